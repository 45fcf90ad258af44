"""Answer the scanner page: the sealed snapshot, a scan, a batch of passages.

The description is ``openapi.json``; requests are held against it. A request counts only as
``application/json``, which no other site can send with the post's cookie.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, json, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from conf_app import codes
from conf_app.codes import Reference
from conf_app.database import db, transaction
from conf_app.door import admission, openapi, passes, queries, rules, snapshot, sync
from conf_app.door.admission import Admission, PassageIdReused
from conf_app.door.models import Answer, Device, PassageKind, Reason, UndoReason, Verdict
from conf_app.door.openapi import Malformed
from conf_app.door.passes import PassClosed
from conf_app.door.queries import Sighting
from conf_app.door.sync import Claim, Merged
from conf_app.programme.models import Event
from conf_app.registration import needs
from conf_app.registration.models import Registration
from conf_app.registration.refusals import RegistrationClosed
from conf_app.web import french, identity
from conf_app.web.context import now, settings
from conf_app.web.forms import csrf
from conf_app.web.identity import Role
from conf_app.web.limits import REFERENCES, TooMany, spend
from conf_app.web.private import keep_private

door_api = Blueprint("door_api", __name__, url_prefix="/entree/api")
keep_private(door_api)
csrf.exempt(door_api)  # see the module's second paragraph


class NoPass(Exception):
    """Whoever asks opened no door pass."""


_READS = {"door_api.take_snapshot"}
"""What asks who it is here; what writes asks in its transaction."""


@door_api.before_request
def know_the_post() -> Response | None:
    """Recognise the phone that reads, and refuse what no page of ours sends."""
    if request.method == "POST":
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return problem(403, "other-site", "Cette demande vient d’un autre site.")
    if request.endpoint in _READS:
        g.device = _post(db.session())
    return None


@door_api.get("/openapi.json")
def describe() -> Response:
    """Tell what this API takes and answers."""
    return Response(openapi.text(), mimetype="application/json")


@door_api.get("/snapshot")
def take_snapshot() -> Response:
    """Tell the phone the sealed tickets, or what changed since its last look."""
    since = request.args.get("since")
    blob = snapshot.snapshot(
        db.session(),
        g.device,
        keys=settings().ticket_keys,
        now=now(),
        since=_moment(since, "since") if since is not None else None,
    )
    _note_heard(g.device)
    return Response(blob, mimetype="application/octet-stream")


@door_api.post("/scans")
def scan() -> Response:
    """Decide on one ticket, keep the passage, and tell whose it is."""
    asked = openapi.check("Scan", request.get_json())
    ticket, uuid = bytes.fromhex(asked["ticket"]), UUID(asked["id"])
    with transaction() as session:
        device = _post(session)
        registration, verdict = admission.admit_shown(
            session,
            lambda session: queries.by_id(session, ticket, lock=True),
            device=device,
            uuid=uuid,
            now=now(),
            add=asked.get("add", False),
        )
        # Told from in here, where all of it is loaded: afterwards it would be read anew.
        told = _told(session, device, uuid, registration, verdict)
    return _json(told)


@door_api.post("/passages")
def tell() -> Response:
    """Merge what the phone did by itself, and say what became of each passage."""
    asked = openapi.check("Batch", request.get_json())
    skew = now() - _moment(asked["sent_at"], "sent_at")
    claims = [_claim(each, skew) for each in asked["passages"]]
    with transaction() as session:
        device = passes.sender_of(session, identity.token(Role.DEVICE))
        if device is None:
            raise NoPass
        for each in claims:
            if each.reference is not None:  # short enough to guess: as on the pages
                spend(REFERENCES, f"device {device.id}")
        outcomes = [_outcome(each) for each in sync.merge(session, device, claims, now=now())]
    return _json({"passages": outcomes})


@door_api.errorhandler(NoPass)
def no_pass(_error: NoPass) -> Response:
    """Say that whoever asks opened no pass."""
    return problem(401, "no-pass", "Ce navigateur n’est pas un poste d’entrée.")


@door_api.errorhandler(Malformed)
def malformed(error: Malformed) -> Response:
    """Say what is not as described."""
    return problem(422, "malformed", str(error))


@door_api.errorhandler(PassageIdReused)
def id_reused(_error: PassageIdReused) -> Response:
    """Say that an id stands for another scan."""
    return problem(409, "id-reused", "Cet identifiant a servi à un autre passage.")


@door_api.errorhandler(PassClosed)
def pass_closed(error: PassClosed) -> Response:
    """Say why the pass admits nobody."""
    code = error.standing.value.replace("_", "-")
    return problem(403, f"pass-{code}", "Cet accès ne fait entrer personne en ce moment.")


@door_api.errorhandler(TooMany)
def too_many(error: TooMany) -> Response:
    """Say when to tell the references again."""
    answer = problem(429, "too-many", str(error))
    answer.headers["Retry-After"] = str(error.seconds)
    return answer


@door_api.errorhandler(RegistrationClosed)
def registration_closed(_error: RegistrationClosed) -> Response:
    """Say that nobody is booked in any more."""
    return problem(409, "registration-closed", "L’évènement est annulé, ou il est fini.")


@door_api.errorhandler(HTTPException)
def failed(error: HTTPException) -> Response:
    """Tell any other error as a problem too."""
    return problem(error.code or 500, "http", error.name)


def problem(status: int, code: str, title: str) -> Response:
    """Make a problem of RFC 9457; ``code`` is stable, ``title`` is for people."""
    body = {"type": f"urn:conf-app:door:{code}", "title": title, "status": status, "code": code}
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def _told(
    session: Session,
    device: Device,
    uuid: UUID,
    registration: Registration | None,
    verdict: Admission,
) -> dict[str, Any]:
    event = device.door_pass.door.event
    at = event.at(now())
    elsewhere = registration is not None and registration.event_id != event.id
    return {
        "id": str(uuid),
        "verdict": verdict.kind.value,
        "reason": verdict.reason.value if verdict.reason else None,
        "at": verdict.at.isoformat(),
        "first": _sighting(verdict.first),
        "alert": _sighting(verdict.alert),
        "person": _person(registration, event, verdict) if not elsewhere else None,
        "other": _other(registration) if registration and elsewhere else None,
        "seats": admission.addable(session, verdict, device=device, now=at),
    }


def _person(
    registration: Registration | None, event: Event, verdict: Admission
) -> dict[str, Any] | None:
    """Tell whose ticket it is; of who is refused only what the door needs to say so."""
    if registration is None or verdict.reason not in {None, Reason.NOT_THIS_SESSION}:
        return None
    return {
        "name": registration.name,
        "reference": codes.spell(Reference(registration.reference)),
        "sessions": [
            f"{each.session.title} ({french.hour(each.session.starts_at, event.zone)})"
            for each in registration.bookings
        ],
        "note": needs.note(registration),
    }


def _other(registration: Registration) -> str:
    event = registration.event
    return f"{event.title}, {french.day(event.starts_at, event.zone)}"


def _sighting(seen: Sighting | None) -> dict[str, str] | None:
    return seen and {"at": seen.at.isoformat(), "door": seen.door, "post": seen.post}


def _claim(told: dict[str, Any], skew: timedelta) -> Claim:
    reference = None
    if "reference" in told:
        try:
            reference = codes.parse_reference(told["reference"])
        except codes.NotACode:
            raise Malformed("passages.reference n’est pas une référence.") from None
    try:
        made_at = _moment(told["made_at"], "passages.made_at") + skew
    except OverflowError:
        raise Malformed("passages.made_at n’est pas une date.") from None
    return Claim(
        uuid=UUID(told["id"]),
        made_at=made_at,
        answer=Answer(told["answer"]),
        kind=PassageKind(told["kind"]),
        ticket=bytes.fromhex(told["ticket"]) if "ticket" in told else None,
        reference=reference,
        reason=Reason(told["reason"]) if told.get("reason") else None,
        room=told.get("session", ""),
        undone=UndoReason(told["undone"]) if told.get("undone") else None,
    )


def _outcome(merged: Merged) -> dict[str, Any]:
    passage = merged.passage
    verdict: Verdict | None = passage.verdict if passage else None
    reason = passage.reason if passage else None
    return {
        "id": str(merged.uuid),
        "outcome": merged.outcome.value,
        "verdict": verdict.value if verdict else None,
        "reason": reason.value if reason else None,
        "beyond": bool(passage and passage.beyond),
    }


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(f"{name} n’est pas une date.") from None
    if moment.tzinfo is None or not 1970 < moment.year < 9000:
        raise Malformed(f"{name} n’est pas une date.")
    return moment


def _note_heard(device: Device) -> None:
    moment, last, number = now(), device.heard_at, device.id
    if last is None or moment - last >= rules.HEARD_EVERY:
        with transaction() as session:
            passes.heard(session, number, now=moment)


def _json(value: object) -> Response:
    return Response(json.dumps(value), mimetype="application/json")


def _post(session: Session) -> Device:
    """Return the phone that asks; raise NoPass, or PassClosed."""
    device = passes.device_of(session, identity.token(Role.DEVICE), now=now())
    if device is None:
        raise NoPass
    return device
