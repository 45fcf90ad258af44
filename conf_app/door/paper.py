"""Hold a door with paper: numbered lists of names, and what was ticked on them, typed back.

A copy is a post like others, whose one phone is made of paper: what is typed back is merged like
what a phone did without network. Here ``now`` is real time.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door import by_hand, passes, sync
from conf_app.door.models import Answer, Device, Door, DoorPass, Passage
from conf_app.door.sync import Claim, Merged
from conf_app.journal import actions as journal
from conf_app.programme.models import Event
from conf_app.refusals import NotFound
from conf_app.registration import waiting
from conf_app.registration.models import OldTicket, Registration, RegistrationState


class Person(NamedTuple):
    """Hold one line of a list."""

    name: str
    reference: Reference


class Copy(NamedTuple):
    """Hold a numbered copy, and how many passages were typed back from it."""

    door_pass: DoorPass
    typed: int


class Ticked(NamedTuple):
    """Hold a box ticked on paper, and when, by the event's clock."""

    reference: Reference
    at: datetime


def make(session: Session, event: Event, *, door: str, actor: str, now: datetime) -> DoorPass:
    """Number a new copy of the list of an event, for a door; the journal hears of it."""
    waiting.lock(session, event)
    last = session.scalar(_copies(event).with_only_columns(func.max(DoorPass.copy_number)))
    number = (last or 0) + 1
    _, door_pass = passes.make(
        session,
        event,
        post=f"Liste papier n°\u00a0{number}",
        door=door,
        devices_at_most=0,
        actor=actor,
        now=now,
    )
    door_pass.copy_number = number
    session.add(
        Device(door_pass=door_pass, token_hash=codes.digest(codes.new_token()), created_at=now)
    )
    session.flush()
    return door_pass


def copies(session: Session, event: Event) -> list[Copy]:
    """Return the copies of an event as it now is, real or in rehearsal, the newest first."""
    typed = (
        select(func.count(Passage.id))
        .join(Passage.device)
        .where(Device.pass_id == DoorPass.id)
        .correlate(DoorPass)
        .scalar_subquery()
    )
    found = _copies(event).add_columns(typed).order_by(DoorPass.copy_number.desc())
    return [Copy(door_pass, number) for door_pass, number in session.execute(found)]


def one_of(session: Session, event: Event, number: int) -> DoorPass:
    """Return a copy by its number; raise NotFound."""
    door_pass = session.scalar(_copies(event).where(DoorPass.copy_number == number))
    if door_pass is None:
        raise NotFound
    return door_pass


def by_letter(session: Session, event: Event) -> list[tuple[str, list[Person]]]:
    """Return who has a seat, by name, under the letters their names begin with."""
    rows = session.execute(
        select(Registration.name, Registration.reference).where(
            Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED
        )
    )
    people = sorted(
        (Person(row.name, Reference(row.reference)) for row in rows),
        key=lambda each: (letter_of(each.name), _plain(each.name), each),
    )
    lettered = groupby(people, lambda each: letter_of(each.name))
    return [(letter, list(group)) for letter, group in lettered]


def letter_of(name: str) -> str:
    """Return the capital a name is listed under; « # » where it begins with no letter."""
    first = _plain(name)[:1].upper()
    return first if first.isalpha() else "#"


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(each for each in letters if not unicodedata.combining(each)).lstrip(" '’-.")


def type_back(
    session: Session, door_pass: DoorPass, ticked: Sequence[Ticked], *, actor: str, now: datetime
) -> list[Merged]:
    """Merge what was ticked on a copy; the same line again changes nothing."""
    event, device = door_pass.door.event, door_pass.devices[0]
    shift = event.at(now) - now
    claims = [
        Claim(
            uuid5(NAMESPACE_URL, f"urn:conf-app:paper:{door_pass.id}:{each.reference}"),
            each.at - shift,
            Answer.ADMITTED,
            reference=each.reference,
        )
        for each in {tick.reference: tick for tick in ticked}.values()
    ]
    merged = sync.merge(session, device, claims, now=now)
    journal.write(
        session,
        actor=actor,
        act="door.paper.typed",
        subject=f"{event.slug} {door_pass.post}",
        count=len(merged),
        now=now,
    )
    return merged


def known(session: Session, event: Event, references: Sequence[Reference]) -> set[Reference]:
    """Return those references that somebody of the event has, or had when a list was printed."""
    of_event = select(Registration.reference).where(
        Registration.event_id == event.id, Registration.reference.in_(references)
    )
    before = (
        select(OldTicket.reference)
        .join(Registration, OldTicket.registration_id == Registration.id)
        .where(Registration.event_id == event.id, OldTicket.reference.in_(references))
    )
    return {Reference(each) for each in session.scalars(of_event.union_all(before)) if each}


def _copies(event: Event) -> Select[DoorPass]:
    return (
        select(DoorPass)
        .join(DoorPass.door)
        .where(
            Door.event_id == event.id,
            DoorPass.rehearsal.is_(event.rehearsal),
            DoorPass.copy_number > by_hand.NUMBER,
        )
        .options(contains_eager(DoorPass.door))
    )
