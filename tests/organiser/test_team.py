"""The team governs itself: anybody invites, anybody removes, and everybody is told."""

import re
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.clock import Clock
from conf_app.database import db, transaction
from conf_app.mail.delivery import deliver_due
from conf_app.mail.models import OutboxMail
from conf_app.organiser import access, guard, members
from conf_app.organiser.models import Organiser, SignInLink, SignInRequest, TeamRole
from tests.conftest import TestClock
from tests.events import make_conference
from tests.team import organiser
from tests.visitor import Page, Visitor

TEAM = "/orga/equipe"
SIGN_IN = "/orga/connexion"
INVITE = f"{TEAM}/inviter"


@pytest.fixture
def alix(app: Flask, clock: TestClock) -> Visitor:
    """Return the browser of an organiser."""
    return organiser(app, clock)


def delivered(app: Flask) -> list[EmailMessage]:
    """Send what is due, and take the letters out of the folder, oldest first."""
    with app.app_context():
        deliver_due(app.extensions["conf_app.post"])
    folder = app.extensions["conf_app.settings"].mail_folder
    letters = sorted(folder.glob("*.eml"))
    read = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in letters]
    for each in letters:
        each.unlink()
    return read


def invite(browser: Visitor, name: str = "Sacha", email: str = "sacha@exemple.org") -> Page:
    """Have somebody invite another."""
    return browser.get(INVITE).submit("main form", name=name, email=email)


def join(app: Flask, page: Page) -> Visitor:
    """Return the browser of whom a page shows the link of."""
    (field,) = page.select("#lien")
    visitor = Visitor(app)
    assert visitor.get(field.attrib["value"]).submit().path == "/orga/"
    return visitor


def work(app: Flask, clock: Clock) -> None:
    """Do what the worker does with the addresses that were typed."""
    (job,) = [each for each in app.extensions["conf_app.jobs"] if each.name == "connexions"]
    with app.app_context():
        job.run(clock(), lambda: False)


def link_in(mail: EmailMessage) -> str:
    """Return the path of the sign-in link in a letter."""
    body = mail.get_body(("plain",))
    assert body is not None
    (path,) = re.findall(r"(/orga/connexion/\w{26})", body.get_content())
    return str(path)


def removal_of(page: Page, name: str) -> Page:
    """Open the page that asks whether somebody is to leave."""
    (link,) = [a for a in page.select("a") if a.get("aria-label") == f"Retirer {name} de l’équipe"]
    return page.visitor.get(link.attrib["href"])


def test_who_is_invited_gets_in_and_has_the_same_rights(app: Flask, alix: Visitor) -> None:
    page = invite(alix)
    sacha = join(app, page)

    assert "Sacha est de l’équipe." in page.text
    assert not alix.get(TEAM).select("#lien")
    assert sacha.get(TEAM).texts("#membres") == ["2\u00a0membres"]
    assert invite(sacha, "Noor", "").texts("#membres") == ["3\u00a0membres"]
    assert removal_of(sacha.get(TEAM), "Alix").heading == "Retirer Alix\u00a0?"


def test_the_invitation_goes_by_mail_too_and_its_link_is_the_same(
    app: Flask, alix: Visitor, visitor: Visitor
) -> None:
    page = invite(alix)

    (mail,) = delivered(app)

    assert (mail["To"], mail["Subject"]) == (
        "sacha@exemple.org",
        "Tu es de l’équipe d’organisation onestla.tech",
    )
    assert page.select("#lien")[0].attrib["value"].endswith(link_in(mail))
    assert visitor.get(link_in(mail)).submit().path == "/orga/"
    assert visitor.get(link_in(mail)).status == 410


def test_a_form_sent_twice_gives_a_link_that_works_and_one_member(
    app: Flask, alix: Visitor, visitor: Visitor
) -> None:
    first = invite(alix).select("#lien")[0].attrib["value"]

    again = invite(alix)

    assert again.texts("#membres") == ["2\u00a0membres"]
    assert visitor.get(first).status == 410
    sacha = join(app, again)
    assert [mail["To"] for mail in delivered(app)] == []  # both links are used or void
    refused = invite(alix)
    assert refused.status == 422
    assert sacha.get("/orga/").path == "/orga/"


@pytest.mark.parametrize(
    ("name", "email", "said"),
    [
        ("", "", "Donne un nom\u00a0: c’est lui que le journal écrira."),
        ("Alix", "", "Quelqu’un de l’équipe a déjà ce nom\u00a0: prends-en un autre."),
        ("Noor", "Sacha@exemple.org", "Quelqu’un de l’équipe a déjà cette adresse."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_kept(
    alix: Visitor, name: str, email: str, said: str
) -> None:
    invite(alix)

    page = invite(alix, name, email)

    assert page.status == 422
    assert [text.removeprefix("▲ ") for text in page.texts("p.error")] == [said]
    assert page.fields()["name"] == name
    assert page.visitor.get(TEAM).texts("#membres") == ["2\u00a0membres"]


def test_faults_are_told_in_the_order_of_the_page(alix: Visitor) -> None:
    page = alix.get(INVITE).submit("main form", name="", email="sacha", role="chef")

    fields = [link.attrib["href"] for link in page.select("#erreurs a")]
    assert fields == ["#name", "#email", "#role"]
    assert page.select("#name[autofocus]")
    for field in fields:
        assert page.select(field)


def test_a_removal_shuts_out_at_once_and_tells_everybody(app: Flask, alix: Visitor) -> None:
    sacha = join(app, invite(alix))
    invite(alix, "Noor", "noor@exemple.org")
    delivered(app)

    page = removal_of(alix.get(TEAM), "Sacha").submit()

    assert page.texts("#membres") == ["2\u00a0membres"]
    assert page.texts("[aria-labelledby=parties] li") == [
        "Sacha, depuis le mardi 15\u00a0novembre 2022 à 12\u00a0h (par Alix)"
    ]
    assert sacha.get(TEAM).path == SIGN_IN
    mails = delivered(app)
    assert sorted(mail["To"] for mail in mails) == ["noor@exemple.org", "sacha@exemple.org"]
    body = mails[0].get_body(("plain",))
    assert body is not None
    assert "Sacha n’est plus de l’équipe d’organisation\u00a0: Alix l’a décidé." in (
        body.get_content()
    )
    lines = alix.get("/orga/journal?quoi=equipe").texts("tbody tr:first-child :is(th, td)")
    assert lines[:3] == ["Alix", "a retiré de l’équipe", "Sacha"]
    with app.app_context():
        gone = db.session.scalars(select(Organiser).where(Organiser.name == "Sacha")).one()
        assert gone.email is None


def test_who_was_removed_can_be_invited_again(app: Flask, alix: Visitor) -> None:
    join(app, invite(alix))
    removal_of(alix.get(TEAM), "Sacha").submit()

    page = invite(alix)

    assert page.texts("#membres") == ["2\u00a0membres"]
    assert not page.select("#parties")


def test_one_may_leave_but_not_the_last(app: Flask, alix: Visitor) -> None:
    sacha = join(app, invite(alix))
    asked = removal_of(sacha.get(TEAM), "Sacha")
    assert asked.heading == "Quitter l’équipe\u00a0?"

    assert asked.submit().path == SIGN_IN

    page = alix.get(TEAM)
    assert page.texts("[aria-labelledby=parties] li")[0].endswith("(à sa demande)")
    assert not [a for a in page.select("a") if "/retirer" in a.attrib["href"]]
    number = page_number(app, "Alix")
    alone = alix.get(f"{TEAM}/{number}/retirer")
    assert alone.heading == "Il ne reste que toi"
    sent = alix.post(f"{TEAM}/{number}/retirer", alix.get(INVITE).fields())
    assert (sent.status, sent.heading) == (409, "Il ne reste que toi")


def page_number(app: Flask, name: str) -> int:
    """Return a member's number."""
    with app.app_context():
        return db.session.scalars(select(Organiser.id).where(Organiser.name == name)).one()


def test_of_two_who_remove_each_other_one_is_left(
    app: Flask, alix: Visitor, clock: TestClock, build: Callable[..., Flask]
) -> None:
    join(app, invite(alix))
    first, second = page_number(app, "Alix"), page_number(app, "Sacha")
    crowd = build(threads=4)
    start = threading.Barrier(2)
    refused: list[type[BaseException]] = []

    def remove(by: int, whom: int) -> None:
        with crowd.app_context():
            start.wait()
            try:
                with transaction() as session:
                    members.remove(session, whom, by=session.get_one(Organiser, by), now=clock())
            except Exception as fault:
                refused.append(type(fault))

    threads = [
        threading.Thread(target=remove, args=pair) for pair in ((first, second), (second, first))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == [members.LastMember]
    with app.app_context():
        assert len(members.team(db.session())) == 1


def test_who_was_just_removed_or_demoted_decides_nothing_any_more(
    app: Flask, alix: Visitor, clock: TestClock
) -> None:
    """The page was asked for before, the act comes after: the rows that are held decide."""
    invite(alix)
    invite(alix, "Noor", "noor@exemple.org")
    keys = app.extensions["conf_app.settings"].ticket_keys
    role_of(alix, app, "Noor", "accueil")
    removal_of(alix.get(TEAM), "Sacha").submit("main form")

    invite(alix, "Awa", "")
    awa = page_number(app, "Awa")
    for name in ("Sacha", "Noor"):
        with app.app_context():
            for act in (
                lambda session, by: members.remove(session, awa, by=by, now=clock()),
                lambda session, by: members.change_role(
                    session, awa, TeamRole.ACCUEIL, by=by, now=clock()
                ),
                lambda session, by: members.enlist(
                    session, "Jo", None, keys=keys, by=by, now=clock()
                ),
            ):
                with pytest.raises(members.NotYourRole), transaction() as session:
                    by = session.scalars(select(Organiser).where(Organiser.name == name)).one()
                    act(session, by)


def test_a_member_gets_in_by_mail(
    app: Flask, alix: Visitor, clock: TestClock, visitor: Visitor
) -> None:
    invite(alix)
    delivered(app)

    page = visitor.get("/orga/").submit(email="Sacha@exemple.org")
    work(app, clock)

    assert page.heading == "Regarde ta boîte"
    (mail,) = delivered(app)
    assert (mail["To"], mail["Subject"]) == (
        "sacha@exemple.org",
        "Ton lien de connexion, côté orga",
    )
    clock.advance(minutes=59)
    assert visitor.get(link_in(mail)).submit().path == "/orga/"
    with app.app_context():
        assert db.session.scalars(select(SignInRequest)).all() == []


def test_a_link_by_mail_lasts_an_hour(
    app: Flask, alix: Visitor, clock: TestClock, visitor: Visitor
) -> None:
    invite(alix)
    delivered(app)
    visitor.get(SIGN_IN).submit(email="sacha@exemple.org")
    work(app, clock)
    (mail,) = delivered(app)
    clock.advance(hours=1)

    assert visitor.get(link_in(mail)).status == 410


def test_strangers_get_the_same_answer_and_no_mail(
    app: Flask, alix: Visitor, clock: TestClock, visitor: Visitor
) -> None:
    invite(alix)
    removal_of(alix.get(TEAM), "Sacha").submit()
    delivered(app)

    former = visitor.get(SIGN_IN).submit(email="sacha@exemple.org")
    nobody = visitor.get(SIGN_IN).submit(email="noor@exemple.org")
    work(app, clock)

    assert former.response.data == nobody.response.data
    assert delivered(app) == []


@pytest.mark.parametrize("email", ["", "sacha"])
def test_an_address_that_is_none_is_refused_in_words(visitor: Visitor, email: str) -> None:
    page = visitor.get(SIGN_IN).submit(email=email)

    assert page.status == 422
    assert page.fields()["email"] == email
    assert page.select("#email-erreur")


def test_a_letter_never_carries_the_link_of_somebody_else(
    app: Flask, alix: Visitor, clock: TestClock
) -> None:
    """SQLite gives numbers again: a letter about a link that went must not find another's."""
    invite(alix)
    with app.app_context(), transaction() as session:
        mail = session.scalars(select(OutboxMail)).one()
        members.remove_by_name(session, "Sacha", now=clock())
        session.add(Organiser(name="Noor", email="noor@exemple.org", created_at=clock()))
        noor = access.join(session, "Noor", now=clock())
        keys = app.extensions["conf_app.settings"].ticket_keys
        _, link = access.derived_link(session, noor, keys=keys, now=clock())
        mail.subject_id = link.id

    assert [each["To"] for each in delivered(app) if "Tu es de" in each["Subject"]] == []


def test_one_sees_where_one_is_signed_in_and_closes_it(
    app: Flask, alix: Visitor, clock: TestClock
) -> None:
    invite(alix)
    elsewhere = organiser(app, clock)
    clock.advance(hours=2)
    elsewhere.get("/orga/")
    page = alix.get(TEAM)
    assert sorted(page.texts("[aria-labelledby=connexions] strong")) == [
        "Ce navigateur",
        "Un autre navigateur",
    ]
    assert "vu vers 14\u00a0h le mardi 15\u00a0novembre" in page.text

    (other,) = [
        li
        for li in page.select("[aria-labelledby=connexions] li")
        if "Un autre" in li.text_content()
    ]
    (form,) = other.cssselect("form")
    after = page.submit(f'form[action="{form.attrib["action"]}"]')

    assert after.texts("[aria-labelledby=connexions] strong") == ["Ce navigateur"]
    assert elsewhere.get("/orga/").path == SIGN_IN
    own = after.select("[aria-labelledby=connexions] form")[0].attrib["action"]
    assert after.submit(f'form[action="{own}"]').path == SIGN_IN
    assert alix.get("/orga/").path == SIGN_IN


def test_nobody_closes_the_sign_in_of_another(app: Flask, alix: Visitor, clock: TestClock) -> None:
    sacha = join(app, invite(alix))
    number = sacha.get(TEAM).select("[aria-labelledby=connexions] form")[0].attrib["action"]

    alix.post(number, alix.get(INVITE).fields())

    assert sacha.get("/orga/").path == "/orga/"


def test_letters_to_the_team_are_forgotten_after_a_day(
    app: Flask, alix: Visitor, clock: TestClock
) -> None:
    invite(alix)
    delivered(app)
    invite(alix, "Noor", "noor@exemple.org")
    clock.advance(hours=25)

    with app.app_context():
        with transaction() as session:
            members.forget_letters(session, now=clock())
        left = db.session.scalars(select(OutboxMail.recipient)).all()

    assert left == ["noor@exemple.org"]  # not sent yet


def test_no_token_of_the_team_is_stored(app: Flask, alix: Visitor) -> None:
    page = invite(alix)
    token = page.select("#lien")[0].attrib["value"].rpartition("/")[2]

    with app.app_context():
        for link in db.session.scalars(select(SignInLink)):
            assert token.encode() not in link.token_hash + (link.seed or b"")


CSV = "/orga/e/conf/inscriptions.csv"


@pytest.fixture
def conference(app: Flask) -> None:
    """Make a conference to organise."""
    with app.app_context(), transaction() as session:
        make_conference(session)


@pytest.mark.usefixtures("conference")
def test_names_leave_only_with_a_fresh_sign_in(app: Flask, alix: Visitor, clock: TestClock) -> None:
    sacha = join(app, invite(alix))
    delivered(app)
    clock.advance(minutes=59)
    assert sacha.get(CSV).response.mimetype == "text/csv"
    clock.advance(minutes=1)

    list_page = "/orga/e/conf/emporter"
    assert sacha.get(CSV).path == "/orga/confirmer"
    asked = sacha.get(list_page)
    sent = asked.submit("main form")
    work(app, clock)

    assert (asked.path, asked.heading) == ("/orga/confirmer", "C’est bien toi\u00a0?")
    assert sent.heading == "Regarde ta boîte"
    (mail,) = delivered(app)
    back = sacha.get(link_in(mail)).submit()
    assert back.path == list_page
    assert sacha.get(CSV).response.mimetype == "text/csv"


@pytest.mark.usefixtures("conference")
def test_who_has_no_address_is_told_how(alix: Visitor, clock: TestClock) -> None:
    clock.advance(hours=2)

    page = alix.get(CSV)

    assert "L’équipe ne connaît pas ton adresse." in page.text
    assert not page.select("main form")
    assert alix.post("/orga/confirmer", page.fields("header form")).heading == page.heading


@pytest.mark.parametrize("then", ["//ailleurs.exemple/orga/", "https://ailleurs.exemple", "/"])
def test_nobody_is_led_elsewhere_after_signing_in(
    app: Flask, clock: TestClock, visitor: Visitor, then: str
) -> None:
    with visitor.client.session_transaction() as cookie:
        cookie["then"] = then
    with app.app_context(), transaction() as session:
        token = members.invite(session, "Alix", now=clock())

    assert visitor.get(f"{SIGN_IN}/{token}").submit().path == "/orga/"


def test_a_browser_left_open_invites_nobody(app: Flask, alix: Visitor, clock: TestClock) -> None:
    form = alix.get(INVITE).fields()
    clock.advance(hours=1)

    assert alix.get(INVITE).path == "/orga/confirmer"
    assert alix.post(INVITE, {**form, "name": "Noor"}).path == "/orga/confirmer"
    assert alix.get(TEAM).texts("#membres") == ["1\u00a0membre"]


def test_one_changes_ones_own_address(app: Flask, alix: Visitor, clock: TestClock) -> None:
    invite(alix)
    page = alix.get(TEAM).follow("donner une adresse")

    taken = page.submit("main form", email="sacha@exemple.org")
    assert taken.status == 422
    assert taken.texts("#email-erreur") == ["▲ Quelqu’un d’autre de l’équipe a cette adresse."]
    done = page.submit("main form", email="Alix@exemple.org")
    assert "alix@exemple.org" in done.text

    assert done.follow("changer").submit("main form", email="").path == TEAM
    assert done.follow("changer").fields("main form")["email"] == ""
    lines = alix.get("/orga/journal?quoi=equipe").texts("tbody td:nth-child(2)")
    assert lines.count("a changé son adresse") == 2
    clock.advance(hours=1)
    assert alix.get("/orga/equipe/adresse").path == "/orga/confirmer"


def role_of(browser: Visitor, app: Flask, name: str, role: str) -> Page:
    """Have somebody change a member's role."""
    return browser.get(f"{TEAM}/{page_number(app, name)}/role").submit("main form", role=role)


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize("role", ["programme", "accueil"])
def test_other_roles_see_numbers_and_no_name(app: Flask, alix: Visitor, role: str) -> None:
    sacha = join(app, invite(alix))
    assert role in role_of(alix, app, "Sacha", role).text

    events = sacha.get("/orga/")
    board = events.follow("Conférence d’essai")
    assert bool(board.select('main a[href$="/conflits"]')) == (role == "accueil")
    assert board.follow("Qui est là").heading == "Qui est là"
    for path in ("inscriptions", "inscriptions.csv", "besoins", "entrees", "listes-papier"):
        page = sacha.get(f"/orga/e/conf/{path}")
        assert (page.status, page.heading) == (403, "Pas dans ton rôle")
    assert sacha.get("/orga/e/conf/conflits").status == (200 if role == "accueil" else 403)
    assert sacha.get("/orga/journal").status == 200


@pytest.mark.parametrize("role", ["programme", "accueil"])
def test_other_roles_invite_and_remove_nobody_but_themselves(
    app: Flask, alix: Visitor, role: str
) -> None:
    sacha = join(app, invite(alix))
    form = sacha.get(INVITE).fields()
    own, other = page_number(app, "Sacha"), page_number(app, "Alix")
    role_of(alix, app, "Sacha", role)

    assert "Inviter" not in sacha.get(TEAM).text
    assert sacha.get(INVITE).status == 403
    for path in (INVITE, f"{TEAM}/{other}/retirer", f"{TEAM}/{own}/role"):
        assert sacha.post(path, {**form, "name": "Noor", "role": "orga"}).status == 403
    assert sacha.get(f"{TEAM}/{other}/retirer").status == 403
    assert removal_of(sacha.get(TEAM), "Sacha").submit("main form").path == SIGN_IN
    assert alix.get(TEAM).texts("#membres") == ["1\u00a0membre"]


def test_somebody_is_always_left_who_may_let_others_in(app: Flask, alix: Visitor) -> None:
    invite(alix)
    role_of(alix, app, "Sacha", "accueil")

    assert removal_of(alix.get(TEAM), "Alix").heading == "Il ne reste que toi"
    refused = role_of(alix, app, "Alix", "accueil")
    assert (refused.status, refused.heading) == (409, "Il ne reste que toi")
    unknown = role_of(alix, app, "Sacha", "chef")
    assert (unknown.status, unknown.texts("p.error")) == (422, ["▲ Choisis un de ces rôles."])
    role_of(alix, app, "Sacha", "orga")
    assert removal_of(alix.get(TEAM), "Alix").submit("main form").path == SIGN_IN


@pytest.mark.parametrize(("role", "warned"), [("orga", True), ("accueil", False)])
def test_only_who_sees_names_is_warned_of_them(
    app: Flask, alix: Visitor, visitor: Visitor, role: str, warned: bool
) -> None:
    alix.get(INVITE).submit("main form", name="Sacha", email="sacha@exemple.org", role=role)

    (mail,) = delivered(app)

    body = mail.get_body(("plain",))
    assert body is not None
    assert ("Tu y verras les noms" in body.get_content()) == warned
    assert ("Tu y verras les noms" in visitor.get(link_in(mail)).text) == warned


def test_whoever_comes_by_the_command_line_may_do_everything(
    app: Flask, alix: Visitor, clock: TestClock, visitor: Visitor
) -> None:
    invite(alix)
    role_of(alix, app, "Sacha", "accueil")
    with app.app_context(), transaction() as session:
        token = members.invite(session, "Sacha", now=clock())

    page = visitor.get(f"{SIGN_IN}/{token}").submit()

    assert page.follow("Équipe").follow("Inviter quelqu’un").select("#role-orga")


def test_a_page_is_open_to_other_roles_only_where_it_says_so(app: Flask, alix: Visitor) -> None:
    """What stands in the list exists, so that no name mistyped there opens nothing."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert all(allowed <= endpoints for allowed in guard.OPEN_TO.values())
