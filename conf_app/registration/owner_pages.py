"""Answer whoever owns an address: its links again, « ce n’est pas moi », one ticket kept."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.programme.rules import has_begun
from conf_app.registration import owners, queries, reminders
from conf_app.registration.address import ticket_address
from conf_app.registration.link_forms import AddressForm, DisownForm, LostTicketForm
from conf_app.registration.models import Party
from conf_app.registration.refusals import EventBegun
from conf_app.registration.rules import coming
from conf_app.web.context import now, settings
from conf_app.web.forms import Form, csrf
from conf_app.web.hypermedia import see_other
from conf_app.web.limits import LOST_TICKETS, REGISTRATIONS, TooMany, limit_guesses, spend
from conf_app.web.private import keep_private
from conf_app.web.told import tell_next

owner = Blueprint("owner", __name__)
keep_private(owner)
limit_guesses(owner)


@owner.route("/billet-perdu", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again, filled
def lost() -> str | tuple[str, int] | Redirect:
    """Ask for an address, and note it: the answer is the same whether or not it has tickets."""
    form = LostTicketForm()
    status = 422
    if form.validate_on_submit():
        try:
            spend(LOST_TICKETS)
            with transaction() as writing:
                owners.ask_for_links(writing, form.email.data or "", now=now())
            return see_other(url_for("owner.asked"))
        except TooMany as refusal:
            form.form_errors.append(str(refusal))
            status = 429
    page = render_template("registration/lost.html", form=form)
    return (page, status) if form.errors else page


@owner.get("/billet-perdu/demande")
def asked() -> str:
    """Say what follows, whoever asked."""
    return render_template("registration/asked.html")


@owner.route("/billet/<token>/pas-moi", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def disown(token: str) -> str | tuple[str, int] | Redirect:
    """Take an address off a registration that somebody else made."""
    party = queries.by_manage_token(db.session(), token)
    form = DisownForm()
    if form.validate_on_submit():
        with transaction() as writing:
            owners.disown(
                writing,
                queries.by_manage_token(writing, token),
                cancels=form.cancels.data,
                now=now(),
            )
        return see_other(url_for("owner.disown", token=token))
    page = render_template(
        "registration/disown.html",
        party=party,
        event=party.event,
        people=[] if has_begun(party.event, now()) else coming(party),
        token=token,
        form=form,
    )
    return (page, 422) if form.errors else page


@owner.route("/billet/<token>/adresse", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def address(token: str) -> str | tuple[str, int] | Redirect:
    """Change, add or remove the address that letters about a party go to."""
    party = queries.by_manage_token(db.session(), token)
    form = AddressForm(party)
    status = 422
    if form.validate_on_submit():
        typed = form.email.data or None
        try:
            spend(REGISTRATIONS)
            with transaction() as writing:
                owners.change_address(
                    writing, queries.by_manage_token(writing, token), typed, now=now()
                )
            tell_next("address" if typed else "no_address")
            return see_other(ticket_address(party))
        except TooMany as refusal:
            form.form_errors.append(str(refusal))
            status = 429
    page = render_template(
        "registration/address.html", party=party, event=party.event, token=token, form=form
    )
    return (page, status) if form.errors else page


@owner.route("/billet/<token>/garder/<proof>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def keep_one(token: str, proof: str) -> str | tuple[str, int] | Redirect:
    """Show the other tickets of the address at the event, then cancel them."""
    keys = settings().ticket_keys
    party = queries.by_letter(db.session(), token, proof, keys)
    others = owners.other_tickets(db.session(), party)
    if not others or not coming(party):
        return see_other(ticket_address(party))
    if has_begun(party.event, now()):
        raise EventBegun
    form = Form()
    if form.validate_on_submit():
        with transaction() as writing:
            owners.keep_one(writing, queries.by_letter(writing, token, proof, keys), now=now())
        tell_next("kept")
        return see_other(ticket_address(party))
    page = render_template(
        "registration/keep_one.html",
        event=party.event,
        kept=_named(party),
        others=[line for each in others for line in _named(each)],
        token=token,
        proof=proof,
        form=form,
    )
    return (page, 422) if form.errors else page


@owner.route("/billet/<token>/venir", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def presence(token: str) -> str | tuple[str, int] | Redirect:
    """Ask whether a party still comes; note that it does, or lead to where seats are given back."""
    party = queries.by_manage_token(db.session(), token)
    if not reminders.is_asked(party, now()):
        if request.method == "POST" and reminders.has_answered(party):
            tell_next("coming")  # sent twice: it is noted
        return see_other(ticket_address(party))
    form = Form()
    if form.validate_on_submit():
        with transaction() as writing:
            reminders.confirm(writing, queries.by_manage_token(writing, token), now=now())
        tell_next("coming")
        return see_other(ticket_address(party))
    page = render_template(
        "registration/presence.html",
        party=party,
        event=party.event,
        until=reminders.at_stake(party),
        token=token,
        form=form,
    )
    return (page, 422) if form.errors else page


@owner.route("/billet/<token>/rappels", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # mail programs post here too, without a cookie
def take_reminders(token: str) -> str:
    """Object to reminders, in one click from the letter (RFC 8058), or ask for them again.

    The answer is no redirect: mail programs must not follow one. The address is the secret.
    """
    party = queries.by_manage_token(db.session(), token)
    if request.method == "POST":
        with transaction() as writing:
            party = queries.by_manage_token(writing, token)
            reminders.take(writing, party, takes=request.form.get("rappels") == "oui")
        party = queries.by_manage_token(db.session(), token)
    return render_template(
        "registration/reminders.html", party=party, event=party.event, token=token
    )


def _named(party: Party) -> list[tuple[str, str]]:
    """Return the names of those who come, with their references."""
    return [(one.name, codes.spell(codes.Reference(one.reference))) for one in coming(party)]
