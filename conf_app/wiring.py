"""Build the application: the only module that knows every room."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, request
from htmx_flask import Htmx
from jinja2 import StrictUndefined, pass_eval_context
from jinja2.nodes import EvalContext

from conf_app import codes, resources
from conf_app.clock import Clock, utc_now
from conf_app.database import compact, db, init_database, transaction
from conf_app.door.api import door_api
from conf_app.door.passes import PassClosed
from conf_app.door.scanner import scanner
from conf_app.door.views import door
from conf_app.mail.delivery import PostOffice
from conf_app.mail.domain import resolve
from conf_app.mail.transports import transport_for
from conf_app.operations import operations
from conf_app.organiser import approvals, members
from conf_app.organiser.access import LinkExpired
from conf_app.organiser.messages import COMPOSERS as TEAM_COMPOSERS
from conf_app.organiser.views import organiser
from conf_app.privacy import retention
from conf_app.privacy.views import privacy
from conf_app.programme import words
from conf_app.programme.models import Event
from conf_app.programme.views import programme
from conf_app.refusals import NotFound, Refusal
from conf_app.registration import owners, queues, reminders, submission, waiting
from conf_app.registration.messages import COMPOSERS, ON_END
from conf_app.registration.offers import offers
from conf_app.registration.owner_pages import owner
from conf_app.registration.tickets import tickets
from conf_app.registration.views import registration
from conf_app.settings import Settings
from conf_app.statements.views import statements
from conf_app.web import assets, context, french
from conf_app.web.addresses import init_addresses
from conf_app.web.errors import init_errors
from conf_app.web.forms import csrf
from conf_app.web.headers import init_headers
from conf_app.web.limits import init_limits
from conf_app.worker import Job, Stop, deliver

_STATUSES: dict[type[Refusal], int] = {
    NotFound: 404,
    LinkExpired: 410,
    members.NotYourRole: 403,
    approvals.NeedsSecond: 403,
    approvals.OwnWord: 403,
    PassClosed: 403,
}


def _forget(now: datetime, _stop: Stop) -> None:
    """Forget the forms that nobody can send again, and the letters of nobody's address."""
    with transaction() as session:
        submission.forget(session, now=now)
        owners.forget_letters(session, now=now)
        members.forget_letters(session, now=now)


def _purge(now: datetime, _stop: Stop) -> None:
    """Erase what has had its day."""
    if retention.due(db.session(), now=now):
        with transaction() as session:
            retention.purge(session, now=now)


def _compact(_now: datetime, _stop: Stop) -> None:
    """Leave in the database's files no trace of what was erased."""
    compact()


def _send_links(now: datetime, _stop: Stop) -> None:
    """Look up the addresses whose tickets somebody lost."""
    if owners.links_are_asked_for(db.session()):
        with transaction() as session:
            owners.send_links(session, now=now)


def _send_sign_ins(now: datetime, _stop: Stop) -> None:
    """Look up the addresses of members who want in."""
    if members.links_are_asked_for(db.session()):
        keys = context.settings().ticket_keys
        with transaction() as session:
            members.send_links(session, keys=keys, now=now)


def _lapse(now: datetime, _stop: Stop) -> None:
    """Let offers go that nobody answered, and queues that are over, each event's on its own."""
    ids = [event.id for event in queues.events_to_lapse(db.session(), now=now)]
    for event_id in ids:
        with transaction() as session:
            waiting.lapse(session, session.get_one(Event, event_id), now=now)


def _remind(now: datetime, stop: Stop) -> None:
    """Send each event's letters of the days before, and give back the seats of the silent."""
    ids = [event.id for event in reminders.due(db.session(), now=now)]
    for event_id in ids:
        more = True
        while more and not stop():
            with transaction() as session:
                more = reminders.remind(session, session.get_one(Event, event_id), now=now)


_JOBS: tuple[Job, ...] = (
    Job("courriels", deliver, every=timedelta(seconds=1)),
    Job("offres", _lapse, every=timedelta(seconds=5)),
    Job("rappels", _remind, every=timedelta(minutes=1)),
    Job("billets perdus", _send_links, every=timedelta(seconds=5)),
    Job("connexions", _send_sign_ins, every=timedelta(seconds=5)),
    Job("traces", _compact, every=timedelta(seconds=10)),
    Job("formulaires", _forget, every=timedelta(hours=1)),
    Job("effacement", _purge, every=timedelta(hours=1)),
)
"""What the worker does, beside beating."""


class _Site(Flask):
    """Keep out of the log the addresses asked for: they may be secret links."""

    def log_exception(self, exc_info: Any) -> None:
        self.logger.error("échec de %s %s", request.method, request.url_rule, exc_info=exc_info)


def create_app(settings: Settings, clock: Clock = utc_now) -> Flask:
    """Build the application from its settings and a clock."""
    app = _Site("conf_app", template_folder=str(resources.TEMPLATES), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.threads,
            "max_overflow": 2,
            "hide_parameters": True,  # they are names and addresses, and errors are logged
        },
        # This machine's own names too: probes ask there, and our links never come from the host.
        TRUSTED_HOSTS=[settings.hostname, "127.0.0.1", "localhost"],
        MAX_CONTENT_LENGTH=256 * 1024,
        SESSION_COOKIE_NAME="__Host-conf" if settings.https else "conf",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # Else a signed-in browser would get a cookie with every public page.
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_I18N_ENABLED=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["conf_app.settings"] = settings
    app.extensions["conf_app.clock"] = clock

    init_database(app)
    Htmx(app)
    init_addresses(app)
    csrf.init_app(app)
    init_headers(app, settings)
    init_errors(app, _STATUSES)
    init_limits(app)
    assets.init_assets(app)
    app.extensions["conf_app.jobs"] = _JOBS
    app.extensions["conf_app.post"] = PostOffice(
        composers={**COMPOSERS, **TEAM_COMPOSERS},
        on_end=ON_END,
        transport=transport_for(settings),
        sender=settings.mail_from,
        clock=clock,
    )
    app.extensions["conf_app.resolver"] = resolve
    _speak_french(app)
    for blueprint in (
        programme,
        registration,
        tickets,
        offers,
        owner,
        privacy,
        door,
        door_api,
        scanner,
        organiser,
        statements,
        operations,
    ):
        app.register_blueprint(blueprint)
    return app


def _unbroken(write: Callable[..., str]) -> Callable[..., str]:
    """Keep hours together in pages; a letter's text stays plain."""

    @pass_eval_context
    def written(context: EvalContext, *values: object) -> str:
        return french.unbroken(write(*values)) if context.autoescape else write(*values)

    return written


def _speak_french(app: Flask) -> None:
    app.jinja_env.filters.update(
        hour=french.hour,
        hours=_unbroken(french.hours),
        day=french.day,
        days=french.days,
        moment=french.moment,
        when=_unbroken(words.when),
        programme_hours=words.programme_hours,
        months=french.months,
        count_of=french.count,
        kilobytes=french.kilobytes,
        ago=french.ago,
        reference=codes.spell,
        listed=french.listed,
        lasting=french.lasting,
    )
    app.jinja_env.globals.update(settings=context.settings, now=context.now)
