"""Run one soak: a site, its people, its troubles; then quiet; then the books."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from conf_app import create_app
from conf_app.clock import utc_now
from conf_app.database import db, transaction
from conf_app.mail.models import MailState, OutboxMail
from conf_app.registration import reminders
from conf_app.registration.models import LostTicketRequest, Wait
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.events import make_conference
from tests.load.browser import Unclear
from tests.load.site import RunningSite, database_of, deadlocks, on_free_port, running
from tests.soak.actions import act
from tests.soak.agreement import A_DAY, Books, expected_traces, traces
from tests.soak.attendee import Attendee
from tests.soak.model import Disagreement, Party, new_tag
from tests.soak.post import FicklePost
from tests.soak.trouble import EARLIEST, Timing, Trouble, move_clock

AT_ONCE = 48
ARRIVALS = 0.4
"""The share of the time in which people come, if the machine keeps up."""
STANDSTILL = 300.0
"""Seconds without a letter leaving, in the end, after which one gives up."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Say how many people act for how long once half are there; ``seed`` chooses what they do."""

    people: int
    seconds: float
    seed: int


@dataclass
class Outcome:
    """Hold what happened, and what does not agree: nothing, if all is well."""

    figures: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


def soak(settings: Settings, folder: Path, plan: Plan, say: Say = lambda _: None) -> Outcome:
    """Run it on an empty database that is migrated."""
    with FicklePost(random.Random(f"{plan.seed} post")) as mail:
        live = replace(on_free_port(settings), smtp_url=mail.url)
        _prepare(live, plan)
        attendees = _attendees(plan, live.port, mail)
        with running(live, folder) as site, database_of(live) as app:
            timing = Timing(plan.seconds)
            trouble = Trouble(site, mail, app, seed=plan.seed, timing=timing)
            unclear = _run(_live(attendees, trouble, timing, say))
            if not unclear:
                _drain(app, site, trouble, say)
                unclear = _run(_look_again(attendees, say))
        if unclear:
            return Outcome(disagreements=unclear)
        say("comparing the books")
        return _compare(live, attendees, trouble, mail)


def _run(acting: Coroutine[Any, Any, None]) -> list[str]:
    """Let people act; return what was unclear to whom, at which all stopped."""
    unclear: list[str] = []
    try:
        if not _has_loop():
            asyncio.run(acting)
        else:  # a browser's fixture keeps a loop in this thread
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, acting).result()
    except* (Unclear, Disagreement) as faults:
        unclear += [
            "\n".join([*getattr(fault, "__notes__", ()), str(fault)]) for fault in faults.exceptions
        ]
    return unclear


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _prepare(live: Settings, plan: Plan) -> None:
    with database_of(live) as app:
        with transaction() as session:
            day = max(plan.people * 3 // 4, 8)
            event = make_conference(
                session, capacity=day, assembly=day // 2, workshop=max(day // 6, 2)
            )
            event.reminder_days, event.release_days, event.eve_letter = 3, 1, True
            if event.pool_id is not None:
                ledger.resize(session, event.pool_id, capacity=day, held=day // 10)
        move_clock(app, EARLIEST)


def _attendees(plan: Plan, port: int, mail: FicklePost) -> list[Attendee]:
    counts: Counter[str] = Counter()
    found = []
    for number in range(plan.people):
        chance = random.Random(f"{plan.seed} {number}")
        address = new_tag() if chance.random() < 0.6 else ""
        found.append(Attendee(port=port, chance=chance, mail=mail, address=address, counts=counts))
    return found


async def _live(attendees: list[Attendee], trouble: Trouble, timing: Timing, say: Say) -> None:
    """Let everybody come one after the other, act and go; the first unclear answer stops all."""
    turns = asyncio.Semaphore(AT_ONCE)
    there = 0

    async def live(attendee: Attendee) -> None:
        nonlocal there
        await asyncio.sleep(attendee.chance.random() * ARRIVALS * timing.seconds)
        async with turns:
            await attendee.register()
        there += 1
        if there * 2 >= len(attendees):
            timing.begin()
        while not timing.is_over:
            await asyncio.sleep(attendee.chance.expovariate(attendee.zeal / timing.seconds))
            async with turns:
                if not timing.is_over:  # one may have queued for long
                    await act(attendee)
                attendee.leave()
        attendee.leave()

    async def tell() -> None:
        while True:
            left = (1 - timing.share) * timing.seconds
            say(f"{there} of {len(attendees)} people there, {left:.0f} s left")
            await asyncio.sleep(1)

    telling = asyncio.create_task(tell())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(trouble.make())
            for attendee in attendees:
                group.create_task(live(attendee))
    finally:
        telling.cancel()


async def _look_again(attendees: list[Attendee], say: Say) -> None:
    """Let everybody read their pages a last time."""
    say("everybody looks again")
    turns = asyncio.Semaphore(AT_ONCE)

    async def look(attendee: Attendee) -> None:
        async with turns:
            for party in attendee.parties:
                await attendee.look(party)
            attendee.leave()

    async with asyncio.TaskGroup() as group:
        for attendee in attendees:
            group.create_task(look(attendee))


def _drain(app: Flask, site: RunningSite, trouble: Trouble, say: Say) -> None:
    """Let all letters go; a new worker begins at once, without the pause of failures."""
    trouble.kill_worker()
    least, moved = None, time.monotonic()
    while any(left := _left(app)):
        say(f"{left[0]} letters to go")
        if least is None or left < least:
            least, moved = left, time.monotonic()
        if time.monotonic() - moved > STANDSTILL:
            raise AssertionError(f"no letter leaves any more, {left} left\n{site.log()[-3000:]}")
        trouble.hurry()
        time.sleep(0.5)


def _left(app: Flask) -> tuple[int, int, int]:
    """Return how many letters, addresses to look up, and events with silent people are left."""
    with app.app_context():
        queued = select(func.count(OutboxMail.id)).where(OutboxMail.state == MailState.QUEUED)
        asked = select(func.count(LostTicketRequest.id))
        due = reminders.due(db.session(), now=utc_now())
        return db.session.scalar(queued) or 0, db.session.scalar(asked) or 0, len(due)


def _compare(
    live: Settings, attendees: list[Attendee], trouble: Trouble, mail: FicklePost
) -> Outcome:
    parties = [party for each in attendees for party in each.parties]
    outcome = Outcome()
    with database_of(live) as app, app.app_context():
        books = Books(live, parties, mail)
        outcome.disagreements += books.disagreements(trouble.worker_killed_at)
        outcome.figures = _figures(attendees, parties, trouble, mail)
    outcome.disagreements += _forgotten(live, parties)
    if found := deadlocks(live):
        outcome.disagreements.append(f"{found} deadlocks")
    return outcome


def _forgotten(live: Settings, parties: list[Party]) -> list[str]:
    """Let a day pass; then no word may stand in any table but those of who is still known."""
    app = create_app(live, lambda: utc_now() + A_DAY)
    with app.app_context():
        (forget,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "formulaires"]
        forget.run(utc_now() + A_DAY, lambda: False)
        found = set(traces(db.session()))
        db.session.remove()
        db.engine.dispose()
    expected = expected_traces(parties)
    return [f"{tag} is kept, though nobody's" for tag in sorted(found - expected)] + [
        f"{tag} is lost" for tag in sorted(expected - found)
    ]


def _figures(
    attendees: list[Attendee], parties: list[Party], trouble: Trouble, mail: FicklePost
) -> Counter[str]:
    """Count what happened, in the order in which it is told."""
    figures: Counter[str] = Counter(
        {
            "attendees": len(attendees),
            "links": len(parties),
            "people": sum(len(party.guests) for party in parties),
        }
    )
    for name, number in sorted(attendees[0].counts.items()):
        figures[name] = number
    states = select(Wait.state, func.count()).group_by(Wait.state)
    for state, number in db.session.execute(states).all():
        figures[f"waits {state.value}"] = number
    figures["links asked whether they come"] = sum(party.is_asked for party in parties)
    guests = [guest for party in parties for guest in party.guests]
    figures["seats released"] = sum(guest.is_released for guest in guests)
    figures["people with needs"] = sum(bool(g.need) for p in parties for g in p.coming)
    figures["links erased"] = sum(party.is_erased for party in parties)
    figures |= trouble.counts
    figures["requests cut and sent again"] = sum(each.cuts for each in attendees)
    figures["answers lost and asked for again"] = sum(each.losses for each in attendees)
    for deed, number in sorted(mail.deeds.items()):
        figures[f"mail server: {deed}"] = number
    figures["letters received"] = len(mail.receptions)
    figures["letters received twice"] = len(mail.doubles())
    return figures
