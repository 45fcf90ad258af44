"""Whatever a QR holds, or a request says, gets a clear answer and never a 5xx."""

import string
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import select

from conf_app import codes
from conf_app.codes import ALPHABET, NotACode
from conf_app.database import transaction
from conf_app.door import sealing
from conf_app.registration.models import Registration
from conf_app.web.context import settings as site
from tests.browser import ON_SQLITE, Live, OpenWindow
from tests.conftest import TestClock
from tests.door.test_api import Hall, scan
from tests.events import make_conference, paris
from tests.team import enrol, ticket_of


def _or_none(parse: Callable[[str], str], text: str) -> str | None:
    try:
        return parse(text)
    except NotACode:
        return None


def _checked(symbols: str) -> str:
    """Add the symbol that checks six, which makes them a reference."""
    return next(
        symbols + each for each in ALPHABET if _or_none(codes.parse_reference, symbols + each)
    )


_LETTERS = st.text(alphabet=ALPHABET + "OILoil- abcxyz", max_size=40)
CONTENTS = st.one_of(
    st.text(max_size=300),
    st.binary(max_size=300).map(lambda told: told.decode("latin-1")),
    st.text(alphabet=string.printable + "\x00\x07\x1b\u200b\u202e\ufeff", max_size=60),
    _LETTERS,
    st.text(alphabet=ALPHABET, min_size=26, max_size=26),
    st.text(alphabet=ALPHABET + "oil-", min_size=7, max_size=9),
    st.text(alphabet=ALPHABET, min_size=6, max_size=6).map(_checked),
    st.builds(
        "{}://{}/{}/{}{}".format,
        st.sampled_from(["HTTPS", "http", "ftp", "javascript"]),
        st.sampled_from(["CONF.EXEMPLE", "localhost:8000", "", "é", "a/b"]),
        st.sampled_from(["B", "b", "billet", ""]),
        st.one_of(_LETTERS, st.text(alphabet=ALPHABET, min_size=26, max_size=26)),
        st.sampled_from(["", "/", "?x=1", "#y", "//"]),
    ),
    st.integers(200, 4000).map(lambda length: "0" * length),
)
"""What a QR may hold: text, bytes, what looks like ours, and what is far too long."""
STRINGS, BATCH = 10_000, 100
EXAMPLES = STRINGS // BATCH


@pytest.fixture
def hall(app: Flask, clock: TestClock) -> Hall:
    clock.moment = paris(12)
    return Hall(app, clock)


def test_ten_thousand_contents_get_a_verdict_each_half_on_each_database(hall: Hall) -> None:
    post, asked = hall.post(), [0]
    csrf = post.get("/entree/").fields("#typed-form")["csrf_token"]

    @settings(
        max_examples=EXAMPLES // 2,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(CONTENTS, min_size=BATCH, max_size=BATCH))
    def each_is_answered(contents: list[str]) -> None:
        for number, content in enumerate(contents):
            if number % 2:
                shown = post.client.get(f"/B/{quote(content, safe='')}", follow_redirects=True)
                assert shown.status_code in {200, 404, 429}, ascii(content)
                assert shown.status_code != 200 or "Refusé" in shown.text, ascii(content)
            else:
                data = {"typed": content, "csrf_token": csrf}
                typed = post.client.post("/entree/", data=data)
                guessed = _or_none(codes.parse_reference, content) is not None
                expected = {303, 422, 429} if guessed else {303, 422}
                assert typed.status_code in expected, ascii(content)
            asked[0] += 1

    each_is_answered()
    assert asked[0] >= STRINGS // 2
    assert hall.passages() == []


@ON_SQLITE
def test_the_scanner_reads_a_content_as_the_server_does(
    live: Live, open_window: OpenWindow
) -> None:
    page = open_window("/agenda")
    found: list[tuple[str, str | None, str | None]] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(CONTENTS, min_size=BATCH, max_size=BATCH))
    def both_agree(contents: list[str]) -> None:
        sent = [each.encode("utf-8", "replace").decode() for each in contents]
        read = page.evaluate(
            """async (contents) => {
              const codes = await import("/static/scanner/codes.js");
              return contents.map((each) => [codes.ticketCode(each), codes.reference(each)]);
            }""",
            sent,
        )
        for content, (code, reference) in zip(sent, read, strict=True):
            assert code == _or_none(codes.parse_ticket_code, content), repr(content)
            assert reference == _or_none(codes.parse_reference, content), repr(content)
            found.append((content, code, reference))

    both_agree()
    assert len(found) >= STRINGS
    assert sum(code is not None for _, code, _ in found) > 500
    assert sum(reference is not None for _, _, reference in found) > 500


def test_tickets_of_elsewhere_and_of_before_open_nothing(hall: Hall) -> None:
    post = hall.post()
    with hall.app.app_context(), transaction() as session:
        other = enrol(session, make_conference(session, slug="autre", featured=False), "Lou")
        elsewhere = ticket_of(other)
        zelie = session.scalars(select(Registration).filter_by(name="Zélie")).one()
        zelie.ticket_seed = codes.new_seed()
        ring = site().ticket_keys
        new = codes.ticket_code(ring[zelie.key_number], codes.Seed(zelie.ticket_seed))
        zelie.ticket_hash = codes.digest(new)
    old = hall.tickets["Zélie"]
    for code, reason in ((elsewhere, "other_event"), (old, "unknown")):
        told = scan(post, sealing.ticket_id(code).hex())
        assert (told["verdict"], told["reason"], told["person"]) == ("refused", reason, None)
    assert scan(post, sealing.ticket_id(new).hex())["verdict"] == "admitted"


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_request_is_answered_as_described(hall: Hall, mode: GenerationMode) -> None:
    cookie = hall.post().client.get_cookie("conf")
    assert cookie is not None
    schema = schemathesis.openapi.from_wsgi("/entree/api/openapi.json", hall.app)
    asked: Counter[str] = Counter()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        cases = operation.as_strategy(generation_mode=mode)

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=cases)
        def is_answered(case: Case[Any]) -> None:
            answer = case.call(headers={"Cookie": f"conf={cookie.value}"})
            assert answer.status_code < 500
            # A date may be written as described, and be none: that is a 422.
            case.validate_response(answer, excluded_checks=[positive_data_acceptance])
            asked[f"{case.method} {case.path}"] += 1

        is_answered()
    assert asked["POST /passages"] > 50
    assert asked["POST /scans"] > 50
