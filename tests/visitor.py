"""Visit the site as a browser without JavaScript does, and check every page on the way."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib
from flask import Flask
from lxml import html
from werkzeug.test import TestResponse


class Page:
    """Hold one answer: its status, its parsed page, its forms."""

    def __init__(self, visitor: "Visitor", response: TestResponse) -> None:
        self.visitor = visitor
        self.response = response
        self.status = response.status_code
        self.path = response.request.path
        self.tree = html.fromstring(response.text) if response.text.strip() else html.Element("i")

    @property
    def heading(self) -> str:
        """The text of the page's one main heading."""
        (heading,) = self.select("h1")
        return text_of(heading)

    @property
    def text(self) -> str:
        """All that is read on the page, white space folded."""
        (main,) = self.select("main") or [self.tree]
        return text_of(main)

    def select(self, selector: str) -> list[html.HtmlElement]:
        """Return the elements a CSS selector finds."""
        found: list[html.HtmlElement] = self.tree.cssselect(selector)
        return found

    def texts(self, selector: str) -> list[str]:
        """Return the texts of the elements a CSS selector finds."""
        return [text_of(element) for element in self.select(selector)]

    def follow(self, link: str) -> "Page":
        """Open the link that reads so."""
        (element,) = [a for a in self.select("a[href]") if text_of(a) == link]
        return self.visitor.get(urljoin(self.path, element.get("href")))

    def fields(self, selector: str = "main form") -> dict[str, str | list[str]]:
        """Return what a form would send as it stands."""
        (form,) = self.select(selector)
        assert isinstance(form, html.FormElement)
        values: dict[str, str | list[str]] = {}
        for name, value in form.form_values():
            held = values.get(name)
            values[name] = value if held is None else [*_listed(held), value]
        return values

    def submit(
        self,
        selector: str = "main form",
        /,
        changes: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> "Page":
        """Send a form as it stands, with some fields changed (None leaves one out)."""
        (form,) = self.select(selector)
        values: dict[str, Any] = {**self.fields(selector), **(changes or {}), **fields}
        values = {name: value for name, value in values.items() if value is not None}
        target = urljoin(self.path, form.get("action"))
        if form.get("method", "get").lower() == "post":
            return self.visitor.post(target, values)
        return self.visitor.get(target, values)


class Visitor:
    """Keep one browser's cookies; open pages, send forms."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def get(self, path: str, query: Mapping[str, Any] | None = None, **options: Any) -> Page:
        """Open an address, following redirects, and check the page that comes."""
        response = self.client.get(path, query_string=query, follow_redirects=True, **options)
        return self._checked(response)

    def post(self, path: str, data: Mapping[str, Any], **options: Any) -> Page:
        """Send a form, following redirects, and check the page that comes."""
        response = self.client.post(path, data=data, follow_redirects=True, **options)
        return self._checked(response)

    def _checked(self, response: TestResponse) -> Page:
        assert response.status_code < 500, response.text[:2000]
        page = Page(self, response)
        if response.mimetype == "text/html" and "HX-Request" not in response.request.headers:
            check_page(response.text)
        return page


def text_of(element: html.HtmlElement) -> str:
    """Return the text of an element, white space folded, non-breaking spaces kept.

    Hours that no line parts read as a letter has them.
    """
    read = element.text_content().replace("–\u2060\u00a0", "– ").replace("\u00a0", "\ufffc")
    return " ".join(read.split()).replace("\ufffc", "\u00a0")


def check_page(source: str) -> None:
    """Assert what holds of every page: valid, unique ids, titled, every field labelled."""
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(source)
    tree = html.fromstring(source)
    ids = Counter(element.get("id") for element in tree.cssselect("[id]"))
    doubles = [name for name, times in ids.items() if times > 1]
    assert not doubles, f"ids used twice: {doubles}"
    assert tree.get("lang") == "fr"
    (title,) = tree.cssselect("head > title")
    assert title.text_content().strip()
    assert len(tree.cssselect("h1")) == 1
    labelled = {label.get("for") for label in tree.cssselect("label[for]")}
    for field in tree.cssselect("input, select, textarea"):
        if field.get("type") in {"hidden", "submit"}:
            continue
        inside = field.iterancestors("label")
        assert (
            field.get("id") in labelled or next(inside, None) is not None or field.get("aria-label")
        ), f"no label: {html.tostring(field)!r}"
    for form in tree.cssselect("form"):
        assert form.get("action"), f"no action: {html.tostring(form)[:200]!r}"
    for reference in tree.xpath("//@aria-describedby | //@aria-labelledby"):
        for name in reference.split():
            assert tree.xpath("//*[@id=$name]", name=name), f"no element of id {name}"


def is_local(url: str) -> bool:
    """Whether an address stays on this site."""
    return urlsplit(url).netloc in {"", "localhost"}


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
