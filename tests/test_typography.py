"""What people read is set as French is: non-breaking spaces where a line must not end."""

import re
from pathlib import Path

import pytest

from conf_app import resources

_NOT_READ = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<script.*?</script>|<[^>]*>", re.DOTALL)
_SAID_IN_CODE = re.compile(r'"([^"\n]*)"')
_PLAIN = re.compile(r".? [:;!?»](?=\s|$)|«(?!\u00a0).?")
_TEXTS = [
    *sorted(resources.TEMPLATES.rglob("*.html")),
    *sorted(resources.TEMPLATES.rglob("*.txt")),
    Path(resources.__file__).parent / "tickets" / "ticket.typ",
]


@pytest.mark.parametrize("path", _TEXTS, ids=lambda path: "-".join(path.parts[-3:]))
def test_a_template_keeps_its_punctuation_on_the_line(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".typ":
        read = "\n".join(line for line in source.splitlines() if not line.startswith("//"))
        shown = [*re.findall(r"\[([^\[\]]*)\]", read), *_SAID_IN_CODE.findall(read)]
    else:
        spoken = [text for text in _SAID_IN_CODE.findall(source) if re.search(r" [a-zé’]", text)]
        attributes = re.findall(r'(?:hint|aria-label|content)="([^"]*)"', source)
        shown = [_NOT_READ.sub("x", source), *attributes, *spoken]

    assert [found[0] for text in shown for found in _PLAIN.finditer(text)] == []


def test_a_qr_code_has_one_name() -> None:
    root = Path(resources.__file__).parents[1]
    written = [
        *_TEXTS,
        *(each for folder in ("conf_app", "docs") for each in root.joinpath(folder).rglob("*.*")),
        *root.glob("*.md"),
    ]
    read = {".html", ".md", ".py", ".txt", ".typ"}
    named = re.compile(r"\bcodes? QR\b", re.IGNORECASE)
    assert [
        path.name
        for path in written
        if path.suffix in read and named.search(path.read_text(encoding="utf-8"))
    ] == []
