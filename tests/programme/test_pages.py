"""The public pages: what they show, in every state of an event."""

import pytest
from flask import Flask

from conf_app.database import transaction
from tests.events import make_conference
from tests.visitor import Visitor

PAGES = (
    "/",
    "/agenda",
    "/e/conf/",
    "/e/conf/programme",
    "/e/conf/intervenant-es",
    "/e/conf/intervenant-es/camille",
    "/e/conf/infos-pratiques",
    "/e/conf/places",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole(app: Flask, visitor: Visitor, path: str) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)

    assert visitor.get(path).status == 200
