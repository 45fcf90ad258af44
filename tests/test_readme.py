"""Hold the documents to the code: commands, settings, links, typography, nothing private."""

import re
import subprocess
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from conf_app.cli import commands
from conf_app.settings import BadSettings, Settings
from tests.browser import ON_SQLITE

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))
FRENCH = [path for path in DOCUMENTS if path.name in {"README.md", "exploitation.md"}]
FRENCH += [ROOT / "docs" / "programme.md", ROOT / "docs" / "analyse-d-impact.md", ROOT / "LICENSE"]
DEPLOY = ROOT / "docs" / "deploy"

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[(?:[^\]]|\](?!\())*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"^conf-app((?: +(?:\"[^\"]*\"|[^\s`;&|(\"]+))+)")

by_name = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def code(document: Path) -> Iterator[str]:
    """Give each line of code of a document, in its text and in its blocks."""
    text = document.read_text(encoding="utf-8")
    for language, block in _FENCE.findall(text):
        if language != "text":
            yield from block.splitlines()
    yield from _INLINE.findall(_FENCE.sub("", text))


def prose(document: Path) -> str:
    """Return a document without its code, its addresses, and what is said in English."""
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    text = re.sub(r"^> .*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^[|:\- ]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"https?://\S+", "", _INLINE.sub("code", _LINK.sub("[lien]", text)))


def anchors(document: Path) -> set[str]:
    """Return the anchors that a forge gives the headings of a document."""
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE):
        kept = [
            letter
            for letter in heading.lower().replace(" ", "-")
            if letter in "-_" or unicodedata.category(letter)[0] in "LN"
        ]
        found.add("".join(kept))
    return found


@ON_SQLITE
@by_name
def test_every_command_named_exists_with_its_options(app: Flask, document: Path) -> None:
    info = ScriptInfo(create_app=lambda: app)
    for line in code(document):
        for told in _COMMAND.findall(line):
            words = re.findall(r"\"[^\"]*\"|\S+", told)
            context = click.Context(commands, info_name="conf-app", obj=info)
            command: click.Command = commands
            while isinstance(command, click.Group) and words:
                found = command.get_command(context, words.pop(0))
                assert found is not None, f"{document.name}: conf-app{told}"
                command = found
                context = click.Context(command, parent=context, obj=info)
            known = {name for each in command.get_params(context) for name in each.opts}
            named = {word for word in words if re.match(r"--?[a-z]", word)}
            assert named <= known, f"{document.name}: conf-app{told}"


@ON_SQLITE
def test_every_command_is_told_to_those_who_run_the_site(app: Flask) -> None:
    told = (ROOT / "docs" / "exploitation.md").read_text() + (
        ROOT / "docs/programme.md"
    ).read_text()
    ours = {name: command for name, command in commands.commands.items() if name != "db"}
    for name, command in ours.items():
        paths = [f"{name} {each}" for each in getattr(command, "commands", {})] or [name]
        for path in set(paths) - {"demo"}:  # what `make run` runs
            assert f"conf-app {path}" in told, path


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    for document in [*DOCUMENTS, ROOT / ".ci" / "run"]:
        lines = code(document) if document.suffix else document.read_text().splitlines()
        for line in lines:
            for target in re.findall(r"(?:^|sudo )make (?:-C \S+ )?([a-z]+)", line):
                assert target in targets, f"{document.name}: make {target}"


def settings_table() -> dict[str, tuple[str, str]]:
    """Return default and example of each variable in the table of settings."""
    text = (ROOT / "docs" / "exploitation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \|.*\| ([^|]+) \| `([^|]+)` \|$", text, flags=re.MULTILINE)
    return {name: (default.strip(), example) for name, default, example in rows}


class Listening(dict[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
        """Return a variable, and remember its name."""
        self.asked.add(key)
        return super().get(key, default)


def test_the_table_of_settings_names_what_is_read_and_nothing_else() -> None:
    examples = Listening({name: example for name, (_, example) in settings_table().items()})
    Settings.from_environ(examples)
    assert settings_table().keys() == examples.asked


def test_the_table_of_settings_tells_the_true_defaults() -> None:
    table = settings_table()
    examples = {name: example for name, (_, example) in table.items()}
    for name, (default, _) in table.items():
        without = {key: value for key, value in examples.items() if key != name}
        if default == "*obligatoire*":
            with pytest.raises(BadSettings, match=name):
                Settings.from_environ(without)
        elif default.startswith("`"):
            told = {**without, name: default.strip("`")}
            assert Settings.from_environ(without) == Settings.from_environ(told)
        else:
            Settings.from_environ(without)


def test_the_example_of_an_environment_lacks_only_the_secrets() -> None:
    lines = (DEPLOY / "conf-app.env").read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert values.keys() <= settings_table().keys()
    with pytest.raises(BadSettings) as faults:
        Settings.from_environ({name: value.strip('"') for name, value in values.items()})
    assert [line.split()[0] for line in str(faults.value).splitlines()] == [
        "SECRET_KEY",
        "TICKET_KEYS",
    ]


def test_the_proxy_masks_each_address_that_holds_a_secret() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    masked = [re.compile(rule, re.IGNORECASE) for rule in re.findall(r"~\*(\S+)", nginx)]
    secret = ("/billet/K7", "/B/K7", "/b/K7", "/entree/acces/K7", "/entree/reference/K7")
    for address in (*secret, "/orga/connexion/K7", "/orga/e/conf/inscriptions"):
        assert any(rule.search(address) for rule in masked), address
    (form,) = re.findall(r"log_format (.*?);", nginx, flags=re.DOTALL)
    for telling in ("$request ", "$request_uri", "$uri", "$args", "$http_referer"):
        assert telling not in form


@ON_SQLITE
def test_each_address_with_a_token_is_one_the_proxy_masks(app: Flask) -> None:
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    masked = [re.compile(rule, re.IGNORECASE) for rule in re.findall(r"~\*(\S+)", nginx)]
    secrets = {"token", "code", "reference"}
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.arguments & secrets]
    assert rules
    for rule in rules:
        assert any(mask.search(rule) for mask in masked), rule


@by_name
def test_every_link_leads_somewhere(document: Path) -> None:
    text = _INLINE.sub("", _FENCE.sub("", document.read_text(encoding="utf-8")))
    for link in _LINK.findall(text):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.is_file(), f"{document.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{document.name}: {link}"


def test_every_picture_is_shown_and_told_in_words() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"!\[([^\]]*)\]\(docs/images/([^)]+)\)", text))
    assert sorted(shown.values()) == sorted(path.name for path in ROOT.glob("docs/images/*"))
    assert all(len(words) > 40 for words in shown)


@pytest.mark.parametrize("document", FRENCH, ids=lambda path: path.name)
def test_french_has_its_typography(document: Path) -> None:
    text = prose(document)
    for wrong, what in (
        (r".{0,20} [:;!?»%].{0,20}", "an ordinary space before : ; ! ? »"),
        (r".{0,20}[^\s\u00a0:/][;!?»].{0,20}", "no space before ; ! ? »"),
        (r".{0,20}«[^\u00a0].{0,20}", "no non-breaking space after «"),
        (r".{0,20}\w'\w.{0,20}", "a straight apostrophe"),
    ):
        assert re.findall(wrong, text) == [], what


def committed() -> list[Path]:
    """Return the files under version control, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_somebodys_folder() -> None:
    hosts = "|".join(("pypi", "npmjs", "pythonhosted")) + r")\.(?:org|com)"
    private = re.compile(rf"(?:(?:registry|files|index)\.)?(?:{hosts}|/(?:home|Users|root)/\w")
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert not (found := private.search(text)), f"{path.relative_to(ROOT)}: {found}"


def test_help_is_given_in_french_without_any_setting() -> None:
    answer = CliRunner().invoke(commands, ["event", "import", "--help"])
    assert answer.exit_code == 0
    assert "Lire un fichier d’évènements" in answer.output
