"""Four hundred people want two hundred seats at once, and the server may die at any moment."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select

from conf_app.clock import utc_now
from conf_app.database import db, transaction
from conf_app.mail.models import OutboxMail
from conf_app.programme.models import Session
from conf_app.programme.rules import rehearsal_shift
from conf_app.registration.models import Booking, Party, Registration, RegistrationState
from conf_app.seats.models import SeatPool
from conf_app.settings import Settings
from tests.events import make_conference
from tests.load.person import Person
from tests.load.site import RunningSite, database_of, deadlocks, on_free_port, running

PEOPLE = 400
SEATS = 200
AT_ONCE = 64
KILLS = 20

WISHES = ((), ("ag",), ("atelier-a",), ("ag", "atelier-b"))
"""What people ask for beside the day: more of each session than it has seats."""


@pytest.fixture
def live(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Return the settings of a site whose conference is open now; it ends without a deadlock."""
    live = on_free_port(settings)
    with database_of(live), transaction() as session:
        event = make_conference(session, capacity=SEATS, assembly=60)
        event.clock_shift = rehearsal_shift(event, utc_now())
    yield live
    assert deadlocks(live) == 0


def test_four_hundred_people_get_two_hundred_seats(live: Settings, tmp_path: Path) -> None:
    people = _people(live.port)

    with running(live, tmp_path):
        _run(_rush(people, _registers))

    _check_everybody_knows(people)
    assert sum(len(person.tickets) for person in people) == SEATS
    _check_books(live, people)


def test_seats_stay_counted_while_people_swap_and_cancel(live: Settings, tmp_path: Path) -> None:
    people = _people(live.port)

    with running(live, tmp_path):
        _run(_rush(people, _changes_their_mind))

    _check_everybody_knows(people)
    _check_books(live, people)


def test_nobody_is_lost_or_doubled_when_the_server_is_killed(
    live: Settings, tmp_path: Path
) -> None:
    people = _people(live.port)

    with running(live, tmp_path) as site:
        killer = Killer(site, random.Random(20221215))
        for person in people:
            person.on_answer = killer.count
        _run(_rush(people, _registers))
        _run(_rush([each for each in people if each.tickets], _looks_again))

    assert killer.killed == KILLS
    assert sum(person.cuts for person in people) > 0
    _check_everybody_knows(people)
    assert sum(len(person.tickets) for person in people) == SEATS
    _check_books(live, people)


class Killer:
    """Kill some worker of the site, without warning, after so many answers: twenty times."""

    def __init__(self, site: RunningSite, chance: random.Random) -> None:
        self._site = site
        self._chance = chance
        # Each of the 200 who get in needs three answers, each of the others one at least.
        self._moments = sorted(chance.sample(range(20, 3 * SEATS), KILLS))
        self._answers = 0
        self.killed = 0

    def count(self) -> None:
        """Count an answer; kill if it is time to."""
        self._answers += 1
        if self.killed < KILLS and self._answers >= self._moments[self.killed]:
            workers = self._site.web_workers()
            with contextlib.suppress(psutil.NoSuchProcess):  # it may end by itself meanwhile
                if workers:
                    self._chance.choice(workers).kill()
                    self.killed += 1


def _run(rush: Coroutine[Any, Any, None]) -> None:
    """Run a rush in a thread of its own: the browser's fixture keeps a loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, rush).result()


def _people(port: int) -> list[Person]:
    return [
        Person(
            name=f"Personne {number}",
            port=port,
            email="" if number % 10 else f"personne{number}@exemple.org",
            sessions=WISHES[number % len(WISHES)],
        )
        for number in range(PEOPLE)
    ]


async def _rush(people: Iterable[Person], act: Callable[[Person], Awaitable[None]]) -> None:
    """Let everybody act, so many at a time; the first who meets something unclear stops all."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def act_in_turn(person: Person) -> None:
        async with turns:
            try:
                await act(person)
            finally:
                person.leave()

    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(act_in_turn(person))


async def _registers(person: Person) -> None:
    await person.register("conf")


async def _looks_again(person: Person) -> None:
    await person.see_ticket()


async def _changes_their_mind(person: Person) -> None:
    await person.register("conf")
    if not person.tickets:
        return
    number = int(person.name.split()[-1])
    if number % 3 == 0:
        await person.change(("atelier-b",) if "atelier-a" in person.sessions else ("atelier-a",))
    if number % 7 == 0:
        await person.cancel()


def _check_everybody_knows(people: Iterable[Person]) -> None:
    """Each person was led to one ticket or told "complet", never both, never neither."""
    for person in people:
        assert len(person.tickets) + person.is_told_full == 1


def _check_books(settings: Settings, people: list[Person]) -> None:
    """Compare what people were told, the rows, and the ledger."""
    with database_of(settings):
        session = db.session()
        confirmed = session.scalars(
            select(Registration).where(Registration.state == RegistrationState.CONFIRMED)
        ).all()
        rows = Counter(each.name for each in confirmed)
        inside = [person for person in people if person.tickets and not person.has_cancelled]
        told = Counter(person.name for person in inside)
        assert rows == told
        assert session.scalar(select(SeatPool.taken).order_by(SeatPool.id)) == len(confirmed)

        booked = dict(
            session.execute(
                select(Booking.session_id, func.count()).group_by(Booking.session_id)
            ).all()
        )
        for entry in session.scalars(select(Session).where(Session.pool_id.is_not(None))):
            assert entry.pool is not None
            assert entry.pool.taken == booked.get(entry.id, 0) <= entry.pool.capacity
        wishes = {person.name: set(person.sessions) for person in inside}
        kept = {each.name: {b.session.slug for b in each.bookings} for each in confirmed}
        assert kept == wishes

        # The worker drops the letter of who cancelled before it was written.
        letters = Counter(
            session.scalars(
                select(OutboxMail.recipient)
                .join(Party, OutboxMail.subject_id == Party.id)
                .where(
                    OutboxMail.kind == "registration_confirmed",
                    Party.registrations.any(Registration.state == RegistrationState.CONFIRMED),
                )
            )
        )
        assert letters == Counter(person.email for person in inside if person.email)
