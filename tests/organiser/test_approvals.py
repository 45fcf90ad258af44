"""Where the team wants it so, what cannot be undone takes the word of a second person."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.cli import commands
from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.organiser import approvals, members
from conf_app.organiser.models import Organiser, TeamRole
from tests.conftest import TestClock
from tests.events import make_conference
from tests.organiser.test_team import delivered, removal_of
from tests.team import enrol, organiser
from tests.visitor import Page, Visitor

PAGE, CSV = "/orga/equipe/a-deux", "/orga/e/conf/inscriptions.csv"
TWO_HOURS, A_DAY = timedelta(hours=2), timedelta(days=1)


class Team:
    """Hold three signed-in equals with addresses, who decide by two."""

    def __init__(self, app: Flask, clock: TestClock) -> None:
        self.app, self.clock = app, clock
        with app.app_context(), transaction() as session:
            enrol(session, make_conference(session), "Zélie")
        self.alix, self.sacha, self.noor = self.again()
        with app.app_context(), transaction() as session:
            for each in session.scalars(select(Organiser)):
                each.email = f"{each.name.lower()}@exemple.org"
        self.alix.get(PAGE).submit("form[action$=regle]", regle="oui")

    def again(self) -> list[Visitor]:
        """Sign all in anew: what is asked for here asks for a fresh sign-in."""
        return [organiser(self.app, self.clock, name) for name in ("Alix", "Sacha", "Noor")]

    def later(self, span: timedelta) -> None:
        self.clock.moment += span
        self.alix, self.sacha, self.noor = self.again()

    def acts(self) -> list[tuple[str, str, str]]:
        with self.app.app_context():
            lines = db.session().scalars(select(JournalEntry).order_by(JournalEntry.id))
            return [
                (each.actor, each.act, each.subject)
                for each in lines
                if each.act.startswith("pair.")
            ]

    def letters(self) -> list[tuple[str, str]]:
        return [(str(each["To"]), str(each["Subject"])) for each in delivered(self.app)]

    def number(self, name: str) -> int:
        with self.app.app_context():
            return db.session().scalars(select(Organiser).filter_by(name=name)).one().id

    def rule_is_on(self) -> bool:
        with self.app.app_context():
            return approvals.rule(db.session(), now=self.clock()) is not None


@pytest.fixture
def team(app: Flask, clock: TestClock) -> Team:
    return Team(app, clock)


def ask(visitor: Visitor, path: str = CSV) -> Page:
    refused = visitor.get(path)
    assert (refused.status, refused.heading) == (403, "Cela se décide à deux")
    return refused.submit("form[action$=demander]")


def test_the_rule_is_off_until_somebody_starts_it(app: Flask, clock: TestClock) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    alix = organiser(app, clock)
    assert "n’est pas en marche" in alix.get(PAGE).text
    assert alix.get(CSV).status == 200


def test_names_leave_with_the_word_of_another(team: Team) -> None:
    ask(team.alix)
    letters = team.letters()
    assert [to for to, _ in letters] == ["sacha@exemple.org", "noor@exemple.org"]
    assert letters[0][1].startswith("Alix demande un accord\u00a0: emporter")
    assert team.alix.get(CSV).status == 403
    assert "Répondre" not in team.alix.get("/orga/").text
    assert not team.alix.get(PAGE).select("button[name=reponse]")

    assert "1\u00a0personne attend ton accord" in team.sacha.get("/orga/").text
    team.sacha.get("/orga/").follow("Répondre").submit("li form", reponse="oui")
    answer = team.alix.get(CSV)
    assert (answer.status, answer.response.mimetype) == (200, "text/csv")
    assert team.sacha.get(CSV).status == 403, "their own word is not another's"
    assert [each[0] for each in team.letters()] == ["alix@exemple.org"]
    assert team.acts() == [
        ("Alix", "pair.start", ""),
        ("Alix", "pair.ask", "export conf"),
        ("Sacha", "pair.approve", "export conf"),
    ]

    team.later(A_DAY)
    assert team.alix.get(CSV).status == 403


def test_a_list_without_names_takes_nobody_else(team: Team) -> None:
    assert team.alix.get(f"{CSV}?anonyme=1").status == 200


def test_a_paper_list_takes_two_too(team: Team) -> None:
    team.alix.get("/orga/e/conf/listes-papier").submit(door="Porte Nord")
    assert team.alix.get("/orga/e/conf/listes-papier/1.pdf").status == 403
    ask(team.alix)
    team.noor.get(PAGE).submit("li form", reponse="oui")
    assert team.alix.client.get("/orga/e/conf/listes-papier/1.pdf").mimetype == "application/pdf"


def test_no_is_an_answer(team: Team) -> None:
    ask(team.alix)
    team.sacha.get(PAGE).submit("li form", reponse="non")
    assert ("Sacha", "pair.refuse", "export conf") in team.acts()
    team.later(TWO_HOURS)
    assert team.alix.get(CSV).status == 403


def test_silence_blocks_nobody_and_all_are_told(team: Team) -> None:
    asked = ask(team.alix)
    assert "sans réponse, possible à 14\u00a0h" in asked.text
    assert "à partir de 14\u00a0h" in team.alix.get(CSV).text
    team.letters()
    team.later(TWO_HOURS - timedelta(seconds=1))
    assert team.alix.get(CSV).status == 403
    team.later(timedelta(seconds=1))
    for _ in range(2):
        assert team.alix.get(CSV).status == 200
    assert [each[0] for each in team.letters()] == [
        *("alix@exemple.org", "sacha@exemple.org", "noor@exemple.org")
    ], "once, however often the list is taken"
    assert [each for each in team.acts() if each[1] == "pair.proceed"] == [
        ("Alix", "pair.proceed", "export conf")
    ]
    team.later(A_DAY)
    assert team.alix.get(CSV).status == 403


def test_a_word_given_ahead_serves_others(team: Team) -> None:
    team.sacha.get(PAGE).submit("form.stack[action$=d-avance]", quoi="export", ou="conf")
    assert team.alix.get(CSV).status == 200
    assert team.noor.get(CSV).status == 200
    assert team.sacha.get(CSV).status == 403
    team.later(A_DAY)
    assert team.alix.get(CSV).status == 403


def test_the_same_request_twice_is_asked_once(team: Team) -> None:
    form = team.alix.get(CSV)
    for _ in range(2):
        form.submit("form[action$=demander]")
    assert [each[1] for each in team.acts()] == ["pair.start", "pair.ask"]
    assert len(team.letters()) == 2


def test_a_member_is_removed_by_two_and_oneself_alone(team: Team) -> None:
    sacha = team.number("Sacha")
    refused = removal_of(team.alix.get("/orga/equipe"), "Sacha").submit("main form")
    assert refused.status == 403
    refused.submit("form[action$=demander]")
    assert not team.sacha.get(PAGE).select("button[name=reponse]"), "it is about them"
    with team.app.app_context(), pytest.raises(approvals.OwnWord), transaction() as session:
        by = session.get_one(Organiser, sacha)
        approvals.answer(session, 1, granted=False, by=by, now=team.clock())
    team.noor.get(PAGE).submit("li form", reponse="oui")
    removal_of(team.alix.get("/orga/equipe"), "Sacha").submit("main form")
    assert "Sacha" not in team.alix.get("/orga/equipe").texts("#membres + ul")[0]
    assert team.sacha.get("/orga/").path == "/orga/connexion"

    removal_of(team.noor.get("/orga/equipe"), "Noor").submit("main form")
    with team.app.app_context():
        assert [each.name for each in members.team(db.session())] == ["Alix"]


def test_the_rule_outlives_the_second_member_by_a_week(team: Team) -> None:
    for name in ("Sacha", "Noor"):
        removal_of(getattr(team, name.lower()).get("/orga/equipe"), name).submit("main form")
    assert team.rule_is_on()
    assert "Il ne reste qu’une personne" in team.alix.get(PAGE).text
    ask(team.alix)
    team.clock.moment += TWO_HOURS
    alone = organiser(team.app, team.clock, "Alix")
    assert alone.get(CSV).status == 200

    team.clock.moment += timedelta(days=7) - TWO_HOURS
    assert not team.rule_is_on()
    assert organiser(team.app, team.clock, "Alix").get(CSV).status == 200
    organiser(team.app, team.clock, "Awa")
    assert not team.rule_is_on(), "it does not come back by itself"


def test_the_rule_stays_where_another_comes_in_time(team: Team) -> None:
    with team.app.app_context(), transaction() as session:
        alix = session.scalars(select(Organiser).filter_by(name="Alix")).one()
        for name in ("Sacha", "Noor"):
            other = session.scalars(select(Organiser).filter_by(name=name)).one()
            members.change_role(session, other.id, TeamRole.ACCUEIL, by=alix, now=team.clock())
    team.clock.moment += timedelta(days=6)
    organiser(team.app, team.clock, "Awa")
    team.clock.moment += timedelta(days=6)
    assert team.rule_is_on()


def test_the_rule_is_ended_by_two(team: Team) -> None:
    refused = team.alix.get(PAGE).submit("form[action$=regle]", regle="non")
    assert refused.status == 403
    assert team.rule_is_on()
    refused.submit("form[action$=demander]")
    team.sacha.get(PAGE).submit("li form", reponse="oui")
    team.alix.get(PAGE).submit("form[action$=regle]", regle="non")
    assert not team.rule_is_on()
    assert team.noor.get(CSV).status == 200


def test_the_server_ends_it_and_the_journal_hears_of_it(team: Team) -> None:
    ran = team.app.test_cli_runner().invoke(commands, ("organiser", "rule-off"))
    assert ran.output == "La règle à deux est arrêtée.\n"
    assert team.acts()[-1] == ("ligne de commande", "pair.end", "")
    assert not team.rule_is_on()
    again = team.app.test_cli_runner().invoke(commands, ("organiser", "rule-off"))
    assert again.output == "La règle à deux n’était pas en marche.\n"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"quoi": "danser"}, 400),
        ({"quoi": "export", "ou": "ailleurs"}, 404),
        ({"quoi": "remove", "qui": "x"}, 400),
        ({"quoi": "remove", "qui": "999"}, 404),
        ({"quoi": "remove", "qui": "9" * 30}, 400),
    ],
)
def test_what_is_no_act_is_refused(team: Team, form: dict[str, str], status: int) -> None:
    team.app.config["WTF_CSRF_ENABLED"] = False
    for path in ("demander", "d-avance"):
        assert team.alix.client.post(f"{PAGE}/{path}", data=form).status_code == status
    assert team.alix.client.post(f"{PAGE}/1", data={"reponse": "peut-être"}).status_code == 400
    assert team.alix.client.post(f"{PAGE}/1", data={"reponse": "oui"}).status_code == 404
    assert [each[1] for each in team.acts()] == ["pair.start"]
