"""Write what people are told about their registration."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.mail.compose import Attachment, Composer, Message, write
from conf_app.mail.delivery import OnEnd
from conf_app.mail.models import OutboxMail
from conf_app.programme.calendar import ticket_calendar
from conf_app.programme.models import Event, EventState, Session
from conf_app.registration import deadlines, queries, queues, reminders, waiting
from conf_app.registration.facts import booked, ticket_facts
from conf_app.registration.models import Party, Registration, RegistrationState, Wait, WaitState
from conf_app.registration.rules import coming, unmet_wait
from conf_app.settings import Settings
from conf_app.tickets.pdf import ticket_pdf
from conf_app.web.context import now, settings, site_address


class Ticket(NamedTuple):
    """Name a ticket: whose it is, how to call it, what it books; of another party, its link."""

    name: str
    reference: str
    sessions: list[Session]
    link: str = ""


class Found(NamedTuple):
    """Name the tickets behind one secret link, none if they were given back.

    ``waits`` says that these people have none yet.
    """

    event: Event
    tickets: list[Ticket]
    waits: bool
    link: str
    keep_link: str


def confirmation(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that brings the tickets, their PDF and calendar, and names other parties'."""
    people = _coming(session, mail)
    if not people:
        return None
    party = people[0].party
    others = [_ticket(each, _link(each.party)) for each in queries.same_address(session, party)]
    if mail.recipient != party.email:
        others = []  # changed since the letter was taken up: what is the new one's is not told here
    given = queries.was_passed_on(session, people[0])
    return _write("registration_confirmed", party, *_files(people), others=others, given=given)


def reissue(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that brings another ticket instead of one that opens no door any more."""
    people = _coming(session, mail)
    return _write("ticket_reissued", people[0].party, *_files(people)) if people else None


def passing_on(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says to whoever had a ticket that somebody else has it now."""
    party = session.get(Party, mail.subject_id)
    return _write("ticket_passed_on", party) if party is not None else None


def cancellation(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says which seats were given back, and who still comes."""
    party = session.get(Party, mail.subject_id)
    gone = [each for each in party.registrations if each not in coming(party)] if party else []
    if party is None or not gone:
        return None
    at = party.event.at(mail.created_at)
    moments = {each.cancelled_at for each in gone if each.cancelled_at and each.cancelled_at <= at}
    # Who left before was told of in another letter.
    left = [each.name for each in gone if not moments or each.cancelled_at == max(moments)]
    wait = unmet_wait(party)
    return _write(
        "registration_cancelled",
        party,
        several=max(len(left), len(coming(party))) > 1,
        left=left,
        waited=wait is not None,
        offered=wait is not None and wait.state is WaitState.OFFERED,
        until=wait.deadline if wait is not None else None,
        offer_link=f"{_link(party)}/offre",
    )


def postponement(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that the event is postponed."""
    return _about_the_event("event_postponed", session, mail)


def event_cancellation(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that the event will not take place."""
    return _about_the_event("event_cancelled", session, mail)


def rescheduling(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says when the event takes place now, with the tickets that say so."""
    party = session.get(Party, mail.subject_id)
    if party is None or not coming(party) or party.event.state is not EventState.PUBLISHED:
        return None
    people = _coming(session, mail)
    waits = [each for each in party.waits if each.state is WaitState.OFFERED]
    return _write(
        "event_rescheduled",
        party,
        *(_files(people) if people else ()),
        seated=bool(people),
        offers=_offers(session, party, waits),
        offer_link=f"{_link(party)}/offre",
    )


def waiting_joined(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that people are in a queue, and at which place."""
    return _about_waits("waiting_joined", session, mail, WaitState.WAITING)


def seat_offered(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that offers seats, and says until when."""
    party = session.get(Party, mail.subject_id)
    if party is None or party.event.state is not EventState.PUBLISHED:
        return None
    return _about_waits("seat_offered", session, mail, WaitState.OFFERED)


def offer_lapsed(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that offered seats went on to the next."""
    return _about_waits("offer_lapsed", session, mail, WaitState.LAPSED)


def presence_asked(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that asks whether people come, and says what their silence means."""
    party = session.get(Party, mail.subject_id)
    if party is None or not party.reminders or not reminders.is_asked(party, now()):
        return None
    event = party.event
    until = reminders.answer_by(event, event.at(now()))
    return _write("presence_asked", party, until=until, presence_link=f"{_link(party)}/venir")


def event_tomorrow(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that tells on the eve how to come."""
    people = _coming(session, mail)
    event = people[0].event if people else None
    if event is None or event.state is not EventState.PUBLISHED or not people[0].party.reminders:
        return None
    if not reminders.is_eve(event, now()):
        return None
    practical = site_address("programme.notices", event=event.slug)
    return _write("event_tomorrow", people[0].party, practical_link=practical)


def seats_released(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that seats were given back for want of an answer."""
    party = session.get(Party, mail.subject_id)
    gone = [each for each in party.registrations if each.released] if party else []
    if party is None or not gone:
        return None
    return _write("seats_released", party, several=len(gone) > 1)


def tickets_found(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that brings the links of all the tickets of an address again."""
    found = [
        Found(
            party.event,
            [_ticket(each) for each in coming(party)],
            any(each.state is not RegistrationState.CONFIRMED for each in coming(party)),
            _link(party),
            _keep_link(party) if queries.same_address(session, party) else "",
        )
        for party in queries.of_address(session, mail.recipient)
    ]
    if not found:
        return None
    return write("tickets_found", site=settings().public_url, found=found)


def offers_told(session: DatabaseSession, mail: OutboxMail, now: datetime, _went: bool) -> None:
    """Begin to count the time to answer the offers that a letter told."""
    waiting.count_from_letter(session, mail.subject_id, queued_at=mail.created_at, now=now)


def question_told(session: DatabaseSession, mail: OutboxMail, now: datetime, went: bool) -> None:
    """Begin to count the time to say that one comes, if the letter that asks left."""
    if went:
        reminders.presence_told(session, mail.subject_id, now=now)


COMPOSERS: dict[str, Composer] = {
    "tickets_found": tickets_found,
    "waiting_joined": waiting_joined,
    "seat_offered": seat_offered,
    "offer_lapsed": offer_lapsed,
    "registration_confirmed": confirmation,
    "registration_cancelled": cancellation,
    "ticket_passed_on": passing_on,
    "ticket_reissued": reissue,
    "presence_asked": presence_asked,
    "event_tomorrow": event_tomorrow,
    "seats_released": seats_released,
    "event_postponed": postponement,
    "event_rescheduled": rescheduling,
    "event_cancelled": event_cancellation,
}


ON_END: dict[str, OnEnd] = {
    "seat_offered": offers_told,
    "event_rescheduled": offers_told,
    "presence_asked": question_told,
}
"""What follows once a letter went."""


class Offer(NamedTuple):
    """Name what people wait for; ``until`` is when an offer of it ends, told now."""

    title: str
    session: Session | None
    names: list[str]
    until: datetime
    position: int


def _about_the_event(name: str, session: DatabaseSession, mail: OutboxMail) -> Message | None:
    party = session.get(Party, mail.subject_id)
    if party is None or not coming(party):
        return None
    offered = any(each.state is WaitState.OFFERED for each in party.waits)
    return _write(name, party, seated=reminders.is_seated(party), offered=offered)


def _about_waits(
    name: str, session: DatabaseSession, mail: OutboxMail, state: WaitState
) -> Message | None:
    party = session.get(Party, mail.subject_id)
    waits = [each for each in party.waits if each.state is state] if party else []
    # What ended earlier was told then.
    last = max((each.ended_at for each in waits if each.ended_at), default=None)
    waits = [each for each in waits if each.ended_at == last]
    if party is None or not waits or not any(each.name for each in party.registrations):
        return None
    offers = _offers(session, party, waits)
    people = {person.id for each in waits for person in each.people}
    return _write(
        name,
        party,
        several=len(people.union(each.id for each in coming(party))) > 1,
        seated=reminders.is_seated(party),
        seats=sum(len(each.names) for each in offers),
        offers=offers,
        offer_link=f"{_link(party)}/offre",
    )


def _offers(session: DatabaseSession, party: Party, waits: Sequence[Wait]) -> list[Offer]:
    at = party.event.at(now())
    return [
        Offer(
            each.session.title if each.session else party.event.title,
            each.session,
            [person.name for person in each.people],
            each.deadline or deadlines.deadline(at, each.starts_at, party.event.zone),
            queues.position(session, each),
        )
        for each in waits
    ]


def _write(name: str, party: Party, *files: Attachment, **values: object) -> Message:
    """Write to a party; ``several`` says whether to all of them, as « vous », or to one."""
    event = party.event
    people = [each for each in party.registrations if each.name]
    told = {
        "event": event,
        "hello": people[0].name if people else "",
        "several": len(coming(party)) > 1,
        "tickets": [_ticket(each) for each in coming(party)],
        "link": _link(party),
        "keep_link": _keep_link(party),
        "event_link": site_address("programme.event_page", event=event.slug),
        "register_link": site_address("registration.register", event=event.slug),
        "purge_day": party.purge_on,
    }
    return write(
        name,
        *files,
        site=settings().public_url,
        reply_to=event.contact_email,
        unsubscribe="" if files else f"{_link(party)}/rappels",  # files: it is the ticket itself
        **told | values,
    )


def _coming(session: DatabaseSession, mail: OutboxMail) -> list[Registration]:
    """Return those of a mail's party who have a ticket."""
    party = session.get(Party, mail.subject_id)
    people = party.registrations if party else []
    return [each for each in people if each.state is RegistrationState.CONFIRMED]


def _files(people: Sequence[Registration]) -> tuple[Attachment, Attachment]:
    house: Settings = settings()
    event = people[0].event
    calendar = ticket_calendar(event, booked(people), public_url=house.public_url)
    return (
        Attachment(
            f"billet{'s' if len(people) > 1 else ''}-{event.slug}.pdf",
            "application/pdf",
            ticket_pdf([ticket_facts(person, house) for person in people]),
        ),
        Attachment(
            f"{event.slug}.ics",
            "text/calendar",
            calendar,
            {"method": "PUBLISH", "charset": "utf-8"},
        ),
    )


def _ticket(person: Registration, link: str = "") -> Ticket:
    reference = codes.spell(codes.Reference(person.reference))
    return Ticket(person.name, reference, booked([person]), link)


def _link(party: Party) -> str:
    token = queries.manage_token(party, settings().ticket_keys)
    return site_address("ticket.show", token=token)


def _keep_link(party: Party) -> str:
    keys = settings().ticket_keys
    return site_address(
        "owner.keep_one",
        token=queries.manage_token(party, keys),
        proof=queries.mail_proof(party, keys),
    )
