"""The ledger gives all the seats asked for, or none."""

import pytest
from flask import Flask

from conf_app.database import transaction
from conf_app.seats import ledger
from conf_app.seats.rules import Seats, SeatState


def test_seats_are_taken_in_all_pools_or_in_none(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            day = ledger.open_pool(session, capacity=2).id
            talk = ledger.open_pool(session, capacity=0).id

        with pytest.raises(ledger.NotEnoughSeats) as refusal, transaction() as session:
            ledger.move(session, {talk: 1, day: 1})

        assert refusal.value.pools == {talk}
        with transaction() as session:
            assert ledger.count(session, [day])[day].taken == 0


def test_held_seats_are_not_for_the_public(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            day = ledger.open_pool(session, capacity=3, held=2).id
            ledger.move(session, {day: 1})

        with pytest.raises(ledger.NotEnoughSeats), transaction() as session:
            ledger.move(session, {day: 1})


def test_a_capacity_never_goes_below_what_is_taken(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            day = ledger.open_pool(session, capacity=3).id
            ledger.move(session, {day: 2})

        with pytest.raises(ledger.CapacityBelowTaken), transaction() as session:
            ledger.resize(session, day, capacity=1, held=0)

        with transaction() as session:
            ledger.resize(session, day, capacity=2, held=0)
            assert ledger.count(session, [day])[day].free == 0


def test_a_tenth_left_is_few() -> None:
    assert Seats(200, 179, 0, 1).state is SeatState.FREE
    assert Seats(200, 180, 0, 1).state is SeatState.FEW
    assert Seats(200, 199, 1, 1).state is SeatState.FULL
