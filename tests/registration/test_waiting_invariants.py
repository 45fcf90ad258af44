"""Whatever people do, no seat is sold twice, none stays blocked, and nobody is passed over.

Two workers, each an application of its own on one database, do things one after another and at
the same moment. What must hold is looked at after each step.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import db, transaction
from conf_app.mail.models import OutboxMail
from conf_app.programme.models import Event
from conf_app.refusals import Refusal
from conf_app.registration import actions, queries, queues, waiting
from conf_app.registration.models import (
    OPEN_WAIT,
    OldTicket,
    Party,
    Registration,
    RegistrationState,
    Wait,
    WaitState,
)
from conf_app.registration.refusals import OfferOver
from conf_app.registration.rules import Attendee, coming
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference, paris
from tests.registration.invariants import check_seats_and_queues

SLUGS = ("atelier-a", "atelier-b", "ag")
PICK = st.integers(0, 7)
SESSIONS = st.frozensets(st.sampled_from(SLUGS))
COME = st.tuples(st.just("come"), st.integers(1, 3), SESSIONS)
ANSWER = st.tuples(st.sampled_from(["accept", "swap", "decline"]), PICK, st.none())
CANCEL = st.tuples(st.just("cancel"), PICK, st.integers(0, 2))
PASS_ON = st.tuples(st.just("pass on"), PICK, st.integers(0, 2))
CHANGE = st.tuples(st.just("change"), PICK, SESSIONS)
WAIT = st.tuples(st.just("wait"), PICK, st.sampled_from(SLUGS))
RESIZE = st.tuples(st.just("resize"), st.sampled_from(("jour", *SLUGS)), st.integers(2, 6))
HOURS_PASS = st.tuples(st.just("hours pass"), st.sampled_from((25, 24, 3)), st.booleans())
DEED = st.one_of(COME, ANSWER, ANSWER, CANCEL, CANCEL, PASS_ON, CHANGE, WAIT, WAIT, RESIZE)
STEPS = st.lists(
    st.one_of(
        st.tuples(DEED),
        st.tuples(DEED, DEED),
        # What the workers do by themselves, and what is clicked twice.
        *(each.map(lambda deed: (deed, deed)) for each in (HOURS_PASS, HOURS_PASS, ANSWER, CANCEL)),
    ),
    min_size=12,
    max_size=18,
)
CROWD = st.lists(COME, min_size=5, max_size=7)
"""Who comes first: too many, so that somebody waits from the beginning."""
WORLDS = 15

Deed = tuple[str, Any, Any]
TOLD: Deed = ("told", None, None)

Ready = Callable[[Sequence[Future[None]]], None]
"""Waits until all who run stand at the starting line, or are through."""

_slugs = (f"attente-{number}" for number in count())
_HELD_UP = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN"
    " (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)


class World:
    """Let things be done to one event, and remember what was seen of its queues."""

    def __init__(self, event_id: int, settings: Settings) -> None:
        self.event_id = event_id
        self.keys = settings.ticket_keys
        self.now = NOON_IN_NOVEMBER
        self.sizes: dict[int, int] = {}
        self.offered: set[int] = set()

    def step(self, session: DatabaseSession, deed: str, subject: Any, wish: Any) -> None:
        """Do one thing, as the pages do; raise the refusal if it is refused."""
        event = session.get_one(Event, self.event_id)
        if deed == "come":
            people = [Attendee(f"P{number}", wish) for number in range(subject)]
            email = "p@exemple.org" if subject > 1 else None
            actions.register(
                session,
                event,
                people=people,
                email=email,
                keys=self.keys,
                now=self.now,
                may_wait=True,
            )
        elif deed == "hours pass":
            waiting.lapse(session, event, now=self.now)
        elif deed == "resize":
            waiting.lock(session, event)
            pool = event.pool_id
            if subject != "jour":
                pool = next(each.pool_id for each in event.sessions if each.slug == subject)
            ledger.resize(session, pool or 0, capacity=wish, held=0)
            waiting.serve(session, event, now=self.now)
        elif deed in {"accept", "swap", "decline"}:
            self._answer(session, subject, deed)
        elif deed == "told":
            for each in self._offered(session):
                waiting.count_from_letter(session, each.party_id, queued_at=self.now, now=self.now)
        else:
            parties = select(Party).where(Party.event_id == self.event_id).order_by(Party.id)
            # Those who have a seat first: what they do is felt by those who wait.
            found = [each for each in session.scalars(parties) if coming(each)]
            found.sort(key=lambda each: coming(each)[0].state is not RegistrationState.CONFIRMED)
            if found:
                party = found[subject % len(found)]
                self._of_party(session, self._opened(session, party), deed, wish)

    def _opened(self, session: DatabaseSession, party: Party) -> Party:
        """Read a party as its secret link does, with its people and what they booked."""
        return queries.by_manage_token(session, queries.manage_token(party, self.keys))

    def _open(self, session: DatabaseSession) -> Sequence[Wait]:
        """Return who waits, or has an offer to answer."""
        waits = select(Wait).where(Wait.event_id == self.event_id, OPEN_WAIT)
        return session.scalars(waits.order_by(Wait.id)).all()

    def _offered(self, session: DatabaseSession) -> Sequence[Wait]:
        """Return what is on offer."""
        return [each for each in self._open(session) if each.state is WaitState.OFFERED]

    def _answer(self, session: DatabaseSession, subject: int, answer: str) -> None:
        # Without an offer, sometimes, somebody leaves a queue.
        found = self._offered(session) or self._open(session)[subject:]
        if not found:
            return
        chosen = found[subject % len(found)]
        party = self._opened(session, chosen.party)
        if chosen not in queues.open_waits(session, party):
            raise OfferOver
        if answer == "decline":
            waiting.decline(session, chosen, now=self.now)
        else:
            waiting.accept(session, chosen, now=self.now, swap=answer == "swap")

    def _of_party(self, session: DatabaseSession, party: Party, deed: str, wish: Any) -> None:
        people = coming(party)
        if deed == "wait":
            actions.wait_for(session, people, wish, now=self.now)
        elif deed == "change":
            actions.change(session, people[0], name="Zoé", sessions=wish, now=self.now)
        elif deed == "pass on":
            actions.pass_on(
                session,
                people[wish % len(people)],
                name="Noor",
                email=None,
                keys=self.keys,
                now=self.now,
            )
        else:
            actions.cancel(session, people[: wish + 1], now=self.now)

    def check(self) -> None:
        """Assert what must hold between any two steps."""
        session = db.session()
        session.rollback()
        event = session.get_one(Event, self.event_id)
        check_seats_and_queues(session, event, now=self.now)
        waits = session.scalars(select(Wait).where(Wait.event_id == event.id)).all()
        self._check_order(waits)
        self._check_letters(session, waits)
        session.rollback()

    def _check_order(self, waits: Sequence[Wait]) -> None:
        """Assert that no seats were offered past somebody earlier whom they would have served."""
        served = [each for each in waits if each.offered_at and each.id not in self.offered]
        for first in waits:
            needs = self.sizes.get(first.id)
            if first.state is WaitState.WAITING and needs is not None:
                for wait in served:
                    later = wait.pool_id == first.pool_id and wait.id > first.id
                    assert not (later and needs <= len(wait.people)), "somebody was overtaken"
        self.offered |= {each.id for each in served}
        self.sizes = {each.id: len(each.people) for each in waits}

    def _check_letters(self, session: DatabaseSession, waits: Sequence[Wait]) -> None:
        """Assert that each offer was told once, whoever made it."""
        parties = {each.party_id for each in waits}
        told = session.scalars(
            select(OutboxMail.subject_id).where(
                OutboxMail.kind == "seat_offered", OutboxMail.subject_id.in_(parties)
            )
        )
        assert Counter(told) == Counter(
            each.party_id for each in waits if each.offered_at and each.party.email
        )


class Workers:
    """Do things to a world by two applications, in two threads, at the same moment."""

    def __init__(self, apps: Sequence[Flask], threads: ThreadPoolExecutor) -> None:
        self._apps = apps
        self._threads = threads

    def do(self, world: World, deeds: Sequence[Deed]) -> None:
        """Do one thing or two at once, each in a transaction of its own."""
        for deed, hours, letters_went in deeds[:1]:
            if deed == "hours pass":
                if letters_went:
                    self.do(world, [TOLD, TOLD])
                world.now += timedelta(hours=hours)
        with self._starting_line(world, alone=len(deeds) == 1) as ready:
            running = [
                self._threads.submit(self._do, app, world, deed)
                for app, deed in zip(self._apps, deeds, strict=False)
            ]
            ready(running)
        for each in running:
            each.result(30)

    def _do(self, app: Flask, world: World, deed: Deed) -> None:
        with app.app_context():
            try:
                with transaction() as session:
                    world.step(session, *deed)
            except ledger.NotEnoughSeats:
                raise  # only the books can say so: somebody was promised what is not there
            except Refusal:
                pass

    @contextlib.contextmanager
    def _starting_line(self, world: World, *, alone: bool) -> Iterator[Ready]:
        """Hold the event's seats until all have read what they read before, and wait for them.

        On SQLite nobody reads before it is their turn: they start as they come.
        """
        if alone or db.engine.dialect.name == "sqlite":
            yield lambda _running: None
            return
        with db.engine.connect() as plain, transaction() as session:
            watch = plain.execution_options(isolation_level="AUTOCOMMIT")
            waiting.lock(session, session.get_one(Event, world.event_id))

            def ready(running: Sequence[Future[None]]) -> None:
                pending = set(running)
                while pending and (watch.scalar(_HELD_UP) or 0) < len(pending):
                    pending = futures.wait(pending, timeout=0.001).not_done

            yield ready


@pytest.fixture
def workers(build: Callable[..., Flask]) -> Iterator[Workers]:
    """Return two workers on the database of the test."""
    with ThreadPoolExecutor(2) as threads:
        yield Workers([build(), build()], threads)


def publish(settings: Settings, capacities: Sequence[int]) -> World:
    """Publish a conference with so many seats for the day and for each session."""
    with transaction() as session:
        event = make_conference(session, slug=next(_slugs), capacity=capacities[0], featured=False)
        for entry, capacity in zip(event.sessions[2:], capacities[1:], strict=True):
            ledger.resize(session, entry.pool_id or 0, capacity=capacity, held=0)
        return World(event.id, settings)


@hypothesis_settings(
    max_examples=WORLDS,
    # Looking for a shorter way to a fault takes minutes, and the fault may hide meanwhile.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(crowd=CROWD, steps=STEPS, capacities=st.tuples(*[st.integers(1, 3)] * 4))
def test_the_queues_are_just(
    app: Flask,
    workers: Workers,
    settings: Settings,
    crowd: list[Deed],
    steps: list[tuple[Deed, ...]],
    capacities: tuple[int, ...],
) -> None:
    with app.app_context():
        world = publish(settings, capacities)
        for deed in crowd:
            workers.do(world, [deed])
        world.check()
        for deeds in steps:
            workers.do(world, deeds)
            world.check()

        # Nothing stays blocked: once the event has begun no seat is on offer any more.
        with transaction() as session:
            waiting.lapse(session, session.get_one(Event, world.event_id), now=paris(18))
        offered = select(func.count(Wait.id)).where(
            Wait.event_id == world.event_id, Wait.state == WaitState.OFFERED
        )
        assert db.session().scalar(offered) == 0


_TO_CHANGE: Deed = ("change", 0, frozenset({"ag"}))
_A_DAY: Deed = ("hours pass", 24, False)
AT_ONCE: tuple[tuple[Deed, Deed], ...] = (
    (("pass on", 0, 0), ("pass on", 0, 0)),
    (("pass on", 0, 0), ("cancel", 0, 0)),
    (("pass on", 0, 0), _TO_CHANGE),
    (("pass on", 0, 0), ("wait", 0, "ag")),
    (("swap", 0, None), _TO_CHANGE),
    (("swap", 0, None), ("cancel", 0, 0)),
    (("swap", 0, None), _A_DAY),
    (("decline", 0, None), ("decline", 0, None)),
    (TOLD, _A_DAY),
    (_A_DAY, _A_DAY),
)


def test_what_is_done_to_one_person_at_the_same_moment_is_done_one_after_the_other(
    app: Flask, workers: Workers, settings: Settings, subtests: pytest.Subtests
) -> None:
    """Awa has a seat in a workshop and is offered one in another; Yann waits behind her."""
    before: list[Deed] = [
        *(("come", 1, frozenset({slug})) for slug in ("atelier-a", "atelier-b")),
        ("come", 1, frozenset()),
        *(("wait", party, "atelier-a") for party in (1, 2)),
        *(("cancel", 0, 0), TOLD),
    ]
    for first, second in (*AT_ONCE, *(pair[::-1] for pair in AT_ONCE)):
        with subtests.test(f"{first[0]} and {second[0]}"), app.app_context():
            world = publish(settings, (3, 1, 1, 1))
            for deed in before:
                workers.do(world, [deed])
            workers.do(world, [first, second])
            world.check()

            passed_on = (
                select(Registration.name, Registration.state)
                .join(OldTicket, OldTicket.registration_id == Registration.id)
                .where(Registration.event_id == world.event_id)
            )
            for name, state in db.session().execute(passed_on):
                # The old link reaches nobody any more.
                assert (name, state) == ("Noor", RegistrationState.CONFIRMED)
