"""Gather all that is kept of a party, for those it is about (RGPD, articles 15 and 20)."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.door.models import Passage
from conf_app.door.words import VERDICTS
from conf_app.mail.models import OutboxMail
from conf_app.registration import needs
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import (
    Need,
    OldBecause,
    OldTicket,
    Party,
    Presence,
    Registration,
    Submission,
    Wait,
)
from conf_app.registration.words import LETTERS, MAIL_STATES, STATES, WAITS


def gather(session: DatabaseSession, party: Party) -> dict[str, Any]:
    """Return what is kept, under French names; moments are aware, in UTC."""
    event = party.event
    return {
        "evenement": {"titre": event.title, "debut": event.starts_at, "fin": event.ends_at},
        "adresse": party.email,
        "accord": {"texte": party.consent_version, "donne_le": party.consented_at},
        "effacement_le": party.purge_on,
        "rappels": party.reminders,
        "presence": _presence(party.presence) if party.presence else None,
        "personnes": [_person(session, each) for each in party.registrations],
        "attentes": [_wait(each) for each in party.waits],
        "courriels": [_letter(each) for each in _letters(session, party)],
        "formulaires": list(
            session.scalars(
                select(Submission.created_at)
                .where(Submission.party_id == party.id)
                .order_by(Submission.created_at)
            )
        ),
    }


def plain(value: object) -> str:
    """Write as ISO 8601 what JSON has no form for."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _person(session: DatabaseSession, person: Registration) -> dict[str, Any]:
    # What the door read before a ticket was passed on is about whoever gave it.
    before = (
        OldTicket.registration_id == Passage.registration_id,
        OldTicket.why == OldBecause.PASSED_ON,
        OldTicket.at >= Passage.made_at,
    )
    passages = session.scalars(
        select(Passage)
        .where(Passage.registration_id == person.id, ~exists().where(*before))
        .order_by(Passage.made_at)
    )
    return {
        "nom": person.name,
        "reference": codes.spell(codes.Reference(person.reference)),
        "etat": STATES[person.state],
        "inscription_le": person.created_at,
        "annulation_le": person.cancelled_at,
        "rendue_sans_reponse": person.released,
        "besoins": _needs(person.need) if person.need else None,
        "reservations": [booking.session.title for booking in person.bookings],
        "entrees": [
            {
                "le": each.made_at,
                "poste": each.device.door_pass.post,
                "reponse": VERDICTS[each.verdict],
                "reprise_le": each.undone_at,
            }
            for each in passages
        ],
    }


def _needs(need: Need) -> dict[str, Any]:
    told = needs.told(need.registration)
    return {
        "choix": [needs.WORDS[kind] for kind in needs.NeedKind if kind in told.kinds],
        "texte": told.text,
        "montres_a_l_entree": told.at_door,
        "dits_le": need.told_at,
        "texte_de_l_accord": need.consent_version,
        "effaces_le": needs.erased_on(need),
    }


def _presence(presence: Presence) -> dict[str, Any]:
    return {
        "demandee_le": presence.asked_at,
        "courriel_le": presence.told_at,
        "reponse_avant_le": presence.answer_by,
        "confirmee_le": presence.answered_at,
    }


def _wait(wait: Wait) -> dict[str, Any]:
    return {
        "pour": wait.session.title if wait.session else wait.event.title,
        "avec": [person.name for person in wait.people],
        "etat": WAITS[wait.state],
        "depuis_le": wait.joined_at,
        "propose_le": wait.offered_at,
        "jusqu_au": wait.deadline,
        "fini_le": wait.ended_at,
    }


def _letters(session: DatabaseSession, party: Party) -> list[OutboxMail]:
    return list(
        session.scalars(
            select(OutboxMail)
            .where(OutboxMail.kind.in_(COMPOSERS), OutboxMail.subject_id == party.id)
            .order_by(OutboxMail.created_at, OutboxMail.id)
        )
    )


def _letter(mail: OutboxMail) -> dict[str, Any]:
    return {
        "sorte": LETTERS[mail.kind],
        "a": mail.recipient,
        "demande_le": mail.created_at,
        "envoye_le": mail.sent_at,
        "etat": MAIL_STATES[mail.state],
    }
