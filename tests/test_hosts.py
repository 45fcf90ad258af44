"""Answer under our own host only, whoever asks."""

import pytest
from flask import Flask

from tests.browser import ON_SQLITE

pytestmark = ON_SQLITE


@pytest.mark.parametrize("path", ["/", "/billet/K7", "/healthz", "/nulle-part"])
def test_another_host_gets_a_plain_no(
    app: Flask, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = app.test_client().get(path, headers={"Host": "ailleurs.exemple"})
    assert (answer.status_code, answer.text) == (400, "Ce site a une autre adresse.\n")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert caplog.text == ""


def test_probes_may_ask_by_this_machines_own_names(app: Flask) -> None:
    for host in ("localhost", "127.0.0.1:8000"):
        assert app.test_client().get("/", headers={"Host": host}).status_code == 200
