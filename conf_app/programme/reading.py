"""Read event files, and name everything that is wrong in them at once."""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any
from zoneinfo import ZoneInfo

from conf_app.programme import checks
from conf_app.programme.document import (
    FORMAT,
    ContactEntry,
    Document,
    EventEntry,
    HostEntry,
    NoticeEntry,
    RegistrationEntry,
    RoomEntry,
    SessionEntry,
    SpeakerEntry,
    ThemeEntry,
    key,
)
from conf_app.programme.shapes import Wrong, zone_of
from conf_app.refusals import Refusal

Values = dict[str, Any]

_COMMANDS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_NAMES: dict[type, str] = {
    EventEntry: "évènement",
    HostEntry: "host",
    ContactEntry: "contact",
    RegistrationEntry: "registration",
    ThemeEntry: "thème",
    NoticeEntry: "information pratique",
    RoomEntry: "salle",
    SpeakerEntry: "intervenant·e",
    SessionEntry: "créneau",
}


class BadDocument(Refusal):
    """A file says something that cannot be; the message names every fault, one a line."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = [_visible(fault) for fault in faults]
        super().__init__("\n".join(self.faults))


def read(content: bytes, name: str) -> Document:
    """Return what an event file says; ``name`` is the file's, for the messages.

    Raises BadDocument naming each fault by file, entry and field.
    """
    table = _parse(content, name)
    reader = _Reader(name)
    reader.check_format(table)
    tables = reader.tables(table.get("event"), "event", name)
    events = [reader.event(item, number) for number, item in enumerate(tables, 1)]
    reader.faults += [f"{name}, {fault}" for fault in checks.across(events)]
    if not events and not reader.faults:
        reader.faults.append(f"{name}\u00a0: aucun évènement, il faut au moins un [[event]].")
    if reader.faults:
        raise BadDocument(reader.faults)
    return Document(tuple(_build(EventEntry, values) for values in events))


def _parse(content: bytes, name: str) -> Values:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadDocument([f"{name}, ligne {line}\u00a0: le texte n’est pas en UTF-8."]) from None
    except RecursionError:
        raise BadDocument([f"{name}\u00a0: trop de crochets les uns dans les autres."]) from None
    except ValueError as error:  # a TOML fault, or a number of thousands of figures
        found = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        if found:
            place = f", ligne {found[1]}, colonne {found[2]}"
            reason = str(error)[: found.start()]
        else:
            place, reason = "", str(error).removesuffix(" (at end of document)")
        fault = f"{name}{place}\u00a0: ce n’est pas du TOML («\u00a0{reason}\u00a0»)."
        raise BadDocument([fault]) from None


class _Reader:
    """Read tables into values, and collect what is wrong with them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.faults: list[str] = []

    def check_format(self, table: Values) -> None:
        found = table.get("format")
        if found != FORMAT:
            told = f"«\u00a0{found}\u00a0»" if found is not None else "rien"
            self._fault(self._name, "format", f'attendu "{FORMAT}", trouvé {told}')
        self._unknown(table, {"format", "event"}, self._name)

    def event(self, table: Values, number: int) -> Values:
        place = _place(self._name, EventEntry, table, number)
        zone = zone_of(table.get("timezone", "Europe/Paris"))
        values = self._entry(EventEntry, table, place, zone)
        self.faults += [f"{place}, {fault}" for fault in checks.within(values, zone)]
        return values

    def tables(self, value: object, name: str, place: str) -> list[Values]:
        """Return a list of tables, or none and a fault."""
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._fault(place, name.removeprefix("event."), f"attendu des tables [[{name}]]")
            return []
        return value

    def _entry(self, entry: type, table: Values, place: str, zone: ZoneInfo) -> Values:
        values: Values = {}
        for described in fields(entry):
            name = key(described)
            if name in table:
                for value in self._value(described.metadata, table[name], name, place, zone):
                    values[described.name] = value
            elif described.default is MISSING:
                self._fault(place, name, "manque")
        self._unknown(table, {key(described) for described in fields(entry)}, place)
        return values

    def _value(
        self, metadata: Any, value: object, name: str, place: str, zone: ZoneInfo
    ) -> Iterator[Any]:
        """Give the value meant, or nothing and a fault."""
        if "entries" in metadata:
            entry = metadata["entries"]
            path = name if entry is EventEntry else f"event.{name}"
            yield [
                self._entry(entry, item, _place(place, entry, item, number), zone)
                for number, item in enumerate(self.tables(value, path, place), 1)
            ]
        elif "entry" in metadata:
            if isinstance(value, dict):
                yield self._entry(metadata["entry"], value, f"{place}, {name}", zone)
            else:
                self._fault(place, name, f"attendu une table [event.{name}]")
        else:
            try:
                found = metadata["shape"].read(value, zone)
            except Wrong as wrong:
                self._fault(place, name, str(wrong))
            else:
                yield found

    def _unknown(self, table: Values, known: set[str], place: str) -> None:
        for name in sorted(table.keys() - known):
            near = difflib.get_close_matches(name, sorted(known), 1)
            hint = f", tu voulais peut-être dire {near[0]}" if near else ""
            self._fault(place, name, f"ce champ n’existe pas{hint}")

    def _fault(self, place: str, name: str, reason: str) -> None:
        self.faults.append(f"{place}, champ {name}\u00a0: {reason}.")


def _visible(fault: str) -> str:
    """Spell out the characters that would command the terminal a fault is read on."""
    return "".join(
        f"\\u{ord(each):04X}" if unicodedata.category(each) in _COMMANDS else each for each in fault
    )


def _place(outer: str, entry: type, table: Values, number: int) -> str:
    slug = table.get("slug")
    told = f"«\u00a0{slug}\u00a0»" if isinstance(slug, str) else f"nº\u00a0{number}"
    return f"{outer}, {_NAMES[entry]} {told}"


def _build(entry: type, values: Values) -> Any:
    built = dict(values)
    for described in fields(entry):
        if described.name in values:
            if "entries" in described.metadata:
                inner = described.metadata["entries"]
                built[described.name] = tuple(
                    _build(inner, item) for item in values[described.name]
                )
            elif "entry" in described.metadata:
                built[described.name] = _build(described.metadata["entry"], values[described.name])
    return entry(**built)
