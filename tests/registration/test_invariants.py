"""Whatever people do, in whatever order, the ledger counts what the rows say."""

from itertools import count

from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from conf_app.database import db, transaction
from conf_app.programme.models import Event
from conf_app.refusals import Refusal
from conf_app.registration import actions
from conf_app.registration.models import Booking, Registration, RegistrationState
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference
from tests.people import register

BOOKABLE = ("atelier-a", "atelier-b", "ag")
CLASH = {"atelier-a", "atelier-b"}
PEOPLE = st.integers(0, 5)
WISHES = st.frozensets(st.sampled_from(BOOKABLE))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), PEOPLE, WISHES),
        st.tuples(st.just("change"), PEOPLE, WISHES),
        st.tuples(st.just("cancel"), PEOPLE, st.none()),
        st.tuples(st.just("resize"), st.sampled_from(("jour", *BOOKABLE)), st.integers(0, 4)),
    ),
    max_size=25,
)
_slugs = (f"conf-{number}" for number in count())


class Model:
    """Say what should happen, without a database."""

    def __init__(self, capacities: dict[str, int]) -> None:
        self.capacities = capacities
        self.people: dict[int, frozenset[str]] = {}

    def taken(self, pool: str) -> int:
        """Count the seats taken of a pool."""
        if pool == "jour":
            return len(self.people)
        return sum(pool in wishes for wishes in self.people.values())

    def fits(self, wanted: frozenset[str], held: frozenset[str]) -> bool:
        """Whether sessions can be had by somebody who holds some."""
        free = all(self.taken(pool) < self.capacities[pool] for pool in wanted - held)
        return free and not wanted >= CLASH

    def step(self, deed: str, subject: int | str, wish: frozenset[str] | int | None) -> bool:
        """Do one thing; say whether it was granted."""
        if isinstance(subject, str):
            assert isinstance(wish, int)
            granted = self.taken(subject) <= wish
            if granted:
                self.capacities[subject] = wish
            return granted
        held = self.people.get(subject)
        if deed == "cancel":
            self.people.pop(subject, None)
            return True
        assert isinstance(wish, frozenset)
        if deed == "register":
            day = self.taken("jour") < self.capacities["jour"]
            granted = held is None and day and self.fits(wish, frozenset())
        else:
            granted = held is not None and self.fits(wish, held)
        if granted:
            self.people[subject] = wish
        return granted


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, capacities=st.tuples(*[st.integers(0, 3)] * 4))
def test_the_ledger_counts_what_the_rows_say(
    app: Flask,
    settings: Settings,
    steps: list[tuple[str, int | str, frozenset[str] | int | None]],
    capacities: tuple[int, ...],
) -> None:
    model = Model(dict(zip(("jour", *BOOKABLE), capacities, strict=True)))
    registered: dict[int, int] = {}
    with app.app_context():
        with transaction() as session:
            event = make_conference(
                session, slug=next(_slugs), capacity=capacities[0], featured=False
            )
            pools = {"jour": event.pool_id} | {s.slug: s.pool_id for s in event.sessions}
            for pool, capacity in zip(BOOKABLE, capacities[1:], strict=True):
                ledger.resize(session, pools[pool] or 0, capacity=capacity, held=0)
            event_id = event.id

        for deed, subject, wish in steps:
            already = isinstance(subject, int) and subject in registered
            if deed == "register" and already:
                continue  # another registration is another person
            made_id = 0
            try:
                with transaction() as session:
                    if isinstance(subject, str):
                        assert isinstance(wish, int)
                        ledger.resize(session, pools[subject] or 0, capacity=wish, held=0)
                    elif deed == "register":
                        assert isinstance(wish, frozenset)
                        event = session.get_one(Event, event_id)
                        made = register(session, event, settings=settings, sessions=tuple(wish))
                        made_id = made.id
                    elif not already:
                        continue
                    else:
                        person = session.get_one(Registration, registered[subject])
                        if deed == "cancel":
                            actions.cancel(session, [person], now=NOON_IN_NOVEMBER)
                        else:
                            assert isinstance(wish, frozenset)
                            actions.change(
                                session, person, name="Zoé", sessions=wish, now=NOON_IN_NOVEMBER
                            )
                granted = True
            except Refusal:
                granted = False
            assert granted == model.step(deed, subject, wish), (deed, subject, wish)
            if granted and deed == "register" and isinstance(subject, int):
                registered[subject] = made_id
            if deed == "cancel" and isinstance(subject, int):
                registered.pop(subject)

        session = db.session()
        session.rollback()
        seats = ledger.count(session, [pool for pool in pools.values() if pool])
        for slug, capacity in model.capacities.items():
            assert seats[pools[slug] or 0].taken == model.taken(slug)
            assert seats[pools[slug] or 0].capacity == capacity
        confirmed = session.scalar(
            select(func.count(Registration.id)).where(
                Registration.event_id == event_id,
                Registration.state == RegistrationState.CONFIRMED,
            )
        )
        assert confirmed == model.taken("jour")
        booked = session.scalar(
            select(func.count(Booking.id))
            .join(Registration)
            .where(Registration.event_id == event_id)
        )
        assert booked == sum(model.taken(slug) for slug in BOOKABLE)
