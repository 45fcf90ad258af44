"""Gather what organisers read of one person: who they are with, and what happened, in order."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door.models import Device, DoorPass, Passage, Verdict
from conf_app.door.words import VERDICTS
from conf_app.mail.models import MailState, OutboxMail
from conf_app.programme.models import Event
from conf_app.refusals import NotFound
from conf_app.registration import queries
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import OldBecause, OldTicket, Party, Registration, Wait
from conf_app.registration.words import LETTERS, WAITS


class Happening(NamedTuple):
    """Hold what happened when, by the event's clock; ``detail`` says more, if there is more."""

    at: datetime
    what: str
    detail: str = ""


class Sheet(NamedTuple):
    """Hold one person, with whom they registered, what happened, where they may be let in.

    ``inside`` is the passage by which they are in to the event, None if they are not.
    """

    person: Registration
    reference: str
    together: list[Registration]
    happenings: list[Happening]
    inside: Passage | None


_REPLACED = {
    OldBecause.PASSED_ON: "A reçu cette place de quelqu’un d’autre",
    OldBecause.REVOKED: "Billet refait",
}


def sheet(session: DatabaseSession, event: Event, reference: str) -> Sheet:
    """Return the sheet of whoever has a reference at an event; raise NotFound."""
    person = named(session, event, reference)
    party = person.party
    passages = session.scalars(
        select(Passage)
        .where(Passage.registration_id == person.id)
        .options(joinedload(Passage.device).joinedload(Device.door_pass).joinedload(DoorPass.door))
        .order_by(Passage.made_at)
    ).all()
    inside = [
        each
        for each in passages
        if each.verdict is Verdict.ADMITTED and not each.undone_at and each.session_id is None
    ]
    happenings = [
        *_own(person),
        *_presence(party),
        *(each for wait in party.waits if person in wait.people for each in _wait(wait)),
        *(each for passage in passages for each in _passage(event, passage)),
        *_old_tickets(session, person),
        *_letters(session, event, party),
    ]
    return Sheet(
        person,
        codes.spell(Reference(person.reference)),
        [each for each in party.registrations if each is not person and each.name],
        sorted(happenings, key=lambda each: each.at),
        inside[0] if inside else None,
    )


def named(session: DatabaseSession, event: Event, reference: str) -> Registration:
    """Return whoever has a reference at an event; raise NotFound."""
    try:
        parsed = codes.parse_reference(reference)
    except codes.NotACode:
        raise NotFound from None
    return queries.by_reference(session, event, parsed)


def _own(person: Registration) -> Iterator[Happening]:
    yield Happening(person.created_at, "S’est inscrit·e")
    if person.cancelled_at:
        why = "faute de réponse" if person.released else ""
        yield Happening(person.cancelled_at, "A rendu sa place", why)


def _presence(party: Party) -> Iterator[Happening]:
    presence = party.presence
    if presence is None:
        return
    yield Happening(presence.asked_at, "On lui demande si elle vient toujours")
    if presence.answered_at:
        yield Happening(presence.answered_at, "Dit venir")


def _wait(wait: Wait) -> Iterator[Happening]:
    what = f"«\u00a0{wait.session.title}\u00a0»" if wait.session else "la journée"
    yield Happening(wait.joined_at, "Attend une place", what)
    if wait.offered_at:
        yield Happening(wait.offered_at, "Une place lui est proposée", what)
    if wait.ended_at:
        yield Happening(wait.ended_at, WAITS[wait.state].capitalize(), what)


def _passage(event: Event, passage: Passage) -> Iterator[Happening]:
    door_pass = passage.device.door_pass
    where = f"{door_pass.door.name} · {door_pass.post}"
    rooms = [each.title for each in event.sessions if each.id == passage.session_id]
    room = f", «\u00a0{rooms[0]}\u00a0»" if rooms else ""
    yield Happening(passage.made_at, VERDICTS[passage.verdict].capitalize(), where + room)
    if passage.undone_at:
        yield Happening(passage.undone_at, "Passage repris", where)


def _old_tickets(session: DatabaseSession, person: Registration) -> Iterator[Happening]:
    for each in session.scalars(select(OldTicket).where(OldTicket.registration_id == person.id)):
        yield Happening(each.at, _REPLACED[each.why])


def _letters(session: DatabaseSession, event: Event, party: Party) -> Iterator[Happening]:
    sent = session.scalars(
        select(OutboxMail).where(OutboxMail.kind.in_(COMPOSERS), OutboxMail.subject_id == party.id)
    )
    for each in sent:
        match each.state:
            case MailState.SENT:
                what = "Courriel envoyé"
            case MailState.FAILED:
                what = "Courriel pas arrivé"
            case _:
                what = "Courriel en file"
        at = event.at(each.sent_at or each.created_at)
        failure = f", {each.error}" if each.state is MailState.FAILED and each.error else ""
        yield Happening(at, what, f"{LETTERS[each.kind]}, à {each.recipient}{failure}")
