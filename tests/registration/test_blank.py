"""The blank form is kept for a second: the page anyone would get, and nobody else's tokens."""

import pytest
from flask import Flask, session

from conf_app.database import transaction
from conf_app.registration.forms import RegistrationForm
from conf_app.registration.views import _page
from conf_app.seats import ledger
from tests.events import make_conference
from tests.visitor import Page, Visitor

FORM = "/e/conf/inscription"
SECRETS = ("csrf_token", "key")


@pytest.fixture
def pool(app: Flask) -> int:
    """Publish a conference and return its day pool."""
    with app.app_context(), transaction() as writing:
        event = make_conference(writing)
        assert event.pool_id is not None
        return event.pool_id


def tokens(page: Page) -> list[str]:
    """Return the two tokens a form page carries."""
    fields = page.fields()
    return [str(fields[name]) for name in SECRETS]


@pytest.mark.usefixtures("pool")
def test_a_kept_page_is_what_the_template_renders(app: Flask, visitor: Visitor) -> None:
    visitor.get(FORM)
    kept = visitor.get(FORM)

    csrf_token, key = tokens(kept)
    with app.test_request_context(FORM):
        session.clear()
        form = RegistrationForm()
        form.csrf_token.current_token, form.key.data = csrf_token, key
        assert kept.response.text == _page("conf", form)


@pytest.mark.usefixtures("pool")
def test_each_page_has_its_own_tokens_and_both_can_be_sent(app: Flask) -> None:
    first, second = Visitor(app).get(FORM), Visitor(app).get(FORM)

    assert not set(tokens(first)) & set(tokens(second))
    for page, name in ((first, "Zélie"), (second, "Awa")):
        assert page.submit(name=name, consent="y").heading == name


def test_once_seats_are_few_the_page_is_never_late(app: Flask, pool: int, visitor: Visitor) -> None:
    free = int(visitor.get(FORM).texts("#places .figure")[0])
    for left in (3, 2):
        with app.app_context(), transaction() as writing:
            ledger.move(writing, {pool: free - left})
        free = left
        assert visitor.get(FORM).texts("#places .figure") == [str(left)]
    with app.app_context(), transaction() as writing:
        ledger.move(writing, {pool: 2})
    assert visitor.get(FORM).heading == "Rejoindre la liste d’attente"
