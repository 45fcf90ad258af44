"""A programme reads the same in calendars, in conference apps and in search engines."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest

from conf_app.programme import calendar, schedule
from conf_app.programme.jsonld import as_script, event_jsonld
from conf_app.programme.models import (
    Event,
    EventKind,
    EventState,
    Room,
    Session,
    SessionKind,
    Speaker,
    Talk,
)
from conf_app.seats.rules import Seats
from tests.events import paris

URL = "https://conf.exemple:8443"


@pytest.fixture
def event() -> Event:
    """Return a conference of a talk by two people and of an assembly, in no database."""
    event = Event(
        id=1,
        slug="conf-2022",
        kind=EventKind.CONFERENCE,
        state=EventState.PUBLISHED,
        title="Conférence </script> & cie",
        tagline="Pour essayer",
        banner="",
        starts_at=paris(11),
        ends_at=paris(17, 30),
        timezone="Europe/Paris",
        language="fr",
        venue="Cité",
        address="30 avenue Corentin-Cariou, 75019 Paris",
        city="Paris",
        url="",
        organiser="Le collectif",
        pool_id=1,
        sequence=2,
        content_version=5,
        updated_at=datetime(2022, 11, 1, tzinfo=UTC),
    )
    hall = Room(id=1, position=0, slug="hall", name="Hall")
    people = [
        Speaker(id=number, position=number, slug=name.lower(), name=name, bio="")
        for number, name in enumerate(("Camille", "Dominique"), 1)
    ]
    event.rooms, event.speakers = [hall], people
    for number, (slug, kind, start, end) in enumerate(
        (
            ("soin", SessionKind.TALK, paris(10, 50), paris(11, 15)),
            ("ag", SessionKind.ASSEMBLY, paris(17, 5), paris(18)),
        ),
        1,
    ):
        session = Session(
            id=number, position=number, slug=slug, kind=kind, title=slug, abstract="",
            starts_at=start, ends_at=end, cancelled=False, sequence=0,
        )  # fmt: skip
        event.sessions.append(session)
    event.sessions[0].room = hall
    event.sessions[0].talks = [
        Talk(position=number, speaker=person) for number, person in enumerate(people)
    ]
    return event


def entries(content: bytes) -> dict[str, Any]:
    """Return the entries of a calendar by identifier."""
    found = icalendar.Calendar.from_ical(content)
    return {str(entry["UID"]): entry for entry in found.walk("VEVENT")}


def test_a_calendar_names_its_time_zone_and_tells_local_hours(event: Event) -> None:
    content = calendar.programme_calendar(event, public_url=URL)
    lines = content.decode().split("\r\n")

    assert "DTSTART;TZID=Europe/Paris:20221215T105000" in lines
    assert "DTEND;TZID=Europe/Paris:20221215T111500" in lines
    assert lines.count("BEGIN:VTIMEZONE") == 1
    assert "TZID:Europe/Paris" in lines
    assert all(len(line.encode()) <= 75 for line in lines)


def test_a_calendar_holds_the_event_then_its_sessions_under_stable_names(event: Event) -> None:
    found = entries(calendar.programme_calendar(event, public_url=URL))

    assert list(found) == [
        "conf-2022@conf.exemple",
        "soin.conf-2022@conf.exemple",
        "ag.conf-2022@conf.exemple",
    ]
    talk = found["soin.conf-2022@conf.exemple"]
    assert str(talk["LOCATION"]) == "Hall, Cité, 30 avenue Corentin-Cariou, 75019 Paris"
    assert str(talk["DESCRIPTION"]) == "Camille, Dominique"
    assert str(talk["URL"]) == f"{URL}/e/conf-2022/programme#soin"
    assert {str(entry["STATUS"]) for entry in found.values()} == {"CONFIRMED"}


def test_the_same_content_makes_the_same_bytes(event: Event) -> None:
    first = calendar.programme_calendar(event, public_url=URL)

    assert calendar.programme_calendar(event, public_url=URL) == first
    assert b"DTSTAMP:20221101T000000Z" in first


@pytest.mark.parametrize(
    ("state", "status"),
    [(EventState.POSTPONED, "TENTATIVE"), (EventState.CANCELLED, "CANCELLED")],
)
def test_calendars_hear_that_an_event_does_not_take_place(
    event: Event, state: EventState, status: str
) -> None:
    event.state = state

    found = entries(calendar.programme_calendar(event, public_url=URL))
    assert {str(entry["STATUS"]) for entry in found.values()} == {status}
    assert {entry["SEQUENCE"] for entry in found.values()} == {2}


def test_calendars_hear_that_a_session_is_cancelled(event: Event) -> None:
    event.sessions[0].cancelled, event.sessions[0].sequence = True, 3

    found = entries(calendar.programme_calendar(event, public_url=URL))
    told = {uid.partition("@")[0]: (str(e["STATUS"]), e["SEQUENCE"]) for uid, e in found.items()}
    assert told == {
        "conf-2022": ("CONFIRMED", 2),
        "soin.conf-2022": ("CANCELLED", 5),
        "ag.conf-2022": ("CONFIRMED", 2),
    }


def test_untold_hours_stay_untold_in_calendars_and_search_engines(event: Event) -> None:
    event.sessions = []
    event.ends_at = paris(23, 59)
    [entry] = entries(calendar.agenda_calendar([event], title="Agenda", public_url=URL)).values()
    assert "DTEND" not in entry

    event.starts_at = paris(0)
    event.ends_at += timedelta(days=1)
    [entry] = entries(calendar.agenda_calendar([event], title="Agenda", public_url=URL)).values()
    assert entry["DTSTART"].to_ical() == b"20221215"
    assert entry["DTEND"].to_ical() == b"20221217"
    described = event_jsonld(event, public_url=URL, seats=None, now=paris(9))
    assert (described["startDate"], described["endDate"]) == ("2022-12-15", "2022-12-16")


def test_a_ticket_calendar_says_when_it_is_for_trial(event: Event) -> None:
    event.clock_shift = timedelta(days=1)

    found = entries(calendar.ticket_calendar(event, event.sessions[1:], public_url=URL))
    assert [str(entry["SUMMARY"]) for entry in found.values()] == [
        "RÉPÉTITION – Conférence </script> & cie",
        "RÉPÉTITION – ag",
    ]


def test_schedule_xml_keeps_the_rules_of_its_format(event: Event) -> None:
    root = ElementTree.fromstring(schedule.schedule_xml(event, public_url=URL))

    assert [child.tag for child in root] == ["generator", "url", "version", "conference", "day"]
    assert re.fullmatch(r"[a-z0-9_-]{4,}", root.findtext("conference/acronym") or "")
    day = root.find("day")
    assert day is not None
    assert day.attrib == {
        "index": "1",
        "date": "2022-12-15",
        "start": "2022-12-15T10:50:00+01:00",
        "end": "2022-12-15T18:00:00+01:00",
    }
    assert [room.get("name") for room in day] == ["Hall", "Cité"]
    found = root.findall("day/room/event")
    assert [(e.findtext("start"), e.findtext("duration")) for e in found] == [
        ("10:50", "00:25"),
        ("17:05", "00:55"),
    ]
    needed = {"room", "title", "type", "date", "start", "duration", "abstract", "track"}
    for each in found:
        assert needed <= {child.tag for child in each}
        assert len({child.tag for child in each}) == len(each)
        assert (each.get("id") or "").isdecimal()
    guids = [each.get("guid") for each in found]
    assert len(set(guids)) == 2
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", g or "") for g in guids)


def test_schedule_json_keeps_the_rules_of_its_format(event: Event) -> None:
    whole = json.loads(schedule.schedule_json(event, public_url=URL))

    assert whole.keys() == {"generator", "schedule"}
    conference = whole["schedule"]["conference"]
    assert {"title", "acronym", "days", "daysCount", "start", "end", "timeslot_duration"} <= (
        conference.keys()
    )
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", conference["acronym"])
    assert conference["daysCount"] == len(conference["days"]) == 1
    needed = {
        "abstract", "date", "duration", "guid", "id", "language", "links", "persons", "room",
        "slug", "start", "subtitle", "title", "track", "type", "url",
    }  # fmt: skip
    for each in _json_sessions(conference):
        assert each.keys() == needed | {"end"}
        assert re.fullmatch(r"[a-z0-9_-]+[a-z0-9]", each["slug"])
        assert re.fullmatch(r"(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]", each["start"])
        for person in each["persons"]:
            assert not {"id", "public_name"} & person.keys()


def test_both_schedules_name_things_alike_and_for_good(event: Event) -> None:
    root = ElementTree.fromstring(schedule.schedule_xml(event, public_url=URL))
    whole = json.loads(schedule.schedule_json(event, public_url=URL))
    event.sessions[0].title = "Autre titre"
    again = json.loads(schedule.schedule_json(event, public_url=URL))

    names = [each["guid"] for each in _json_sessions(whole["schedule"]["conference"])]
    assert names == [each.get("guid") for each in root.findall("day/room/event")]
    assert names == [each["guid"] for each in _json_sessions(again["schedule"]["conference"])]


@pytest.mark.parametrize(("slug", "acronym"), [("conf-2022", "conf2022"), ("fo", "fo2022")])
def test_an_acronym_has_four_characters_or_more(event: Event, slug: str, acronym: str) -> None:
    event.slug = slug

    assert schedule.acronym(event) == acronym


def test_a_programme_of_several_days_lists_each_and_one_without_sessions_its_first(
    event: Event,
) -> None:
    event.sessions[1].starts_at += timedelta(days=2)
    event.sessions[1].ends_at += timedelta(days=2)
    root = ElementTree.fromstring(schedule.schedule_xml(event, public_url=URL))
    assert [day.get("date") for day in root.findall("day")] == [
        "2022-12-15",
        "2022-12-16",
        "2022-12-17",
    ]

    event.sessions = []
    root = ElementTree.fromstring(schedule.schedule_xml(event, public_url=URL))
    assert [(day.get("date"), len(day)) for day in root.findall("day")] == [("2022-12-15", 0)]


def test_nothing_is_said_of_the_price_of_what_others_hold(event: Event) -> None:
    event.pool_id = None

    assert "isAccessibleForFree" not in event_jsonld(
        event, public_url=URL, seats=None, now=paris(9)
    )


def test_search_engines_are_told_that_it_is_free_and_what_is_left(event: Event) -> None:
    described = event_jsonld(event, public_url=URL, seats=Seats(10, 3, 1, 1), now=paris(9))

    assert described["isAccessibleForFree"] is True
    assert described["eventStatus"] == "https://schema.org/EventScheduled"
    assert described["offers"] == {
        "@type": "Offer",
        "url": f"{URL}/e/conf-2022/inscription",
        "price": "0",
        "priceCurrency": "EUR",
        "availability": "https://schema.org/InStock",
        "inventoryLevel": {"@type": "QuantitativeValue", "value": 6},
    }
    assert [each["name"] for each in described["subEvent"]] == ["soin", "ag"]


def test_search_engines_are_told_when_it_is_full_or_closed(event: Event) -> None:
    full = event_jsonld(event, public_url=URL, seats=Seats(3, 3, 0, 1), now=paris(9))
    assert full["offers"]["availability"] == "https://schema.org/SoldOut"

    event.opens_at = paris(10)
    early = event_jsonld(event, public_url=URL, seats=Seats(3, 0, 0, 1), now=paris(9))
    assert early["offers"]["availability"] == "https://schema.org/PreOrder"
    assert early["offers"]["validFrom"] == "2022-12-15T10:00:00+01:00"

    event.state = EventState.POSTPONED
    postponed = event_jsonld(event, public_url=URL, seats=Seats(3, 0, 0, 1), now=paris(9))
    assert postponed["eventStatus"] == "https://schema.org/EventPostponed"
    assert "offers" not in postponed


@pytest.mark.parametrize(
    ("address", "city", "told"),
    [
        (
            "30 avenue du Port, 75019 Paris",
            "Paris",
            {"streetAddress": "30 avenue du Port", "postalCode": "75019"},
        ),
        ("41 rue de Valmy, Lille", "Lille", {"streetAddress": "41 rue de Valmy"}),
        ("41 rue de Lille", "Nantes", {"streetAddress": "41 rue de Lille"}),
        ("", "Nantes", {}),
    ],
)
def test_an_address_says_its_town_once(
    event: Event, address: str, city: str, told: dict[str, str]
) -> None:
    event.address, event.city = address, city

    described = event_jsonld(event, public_url=URL, seats=None, now=paris(9))

    assert described["location"]["address"] == {
        "@type": "PostalAddress",
        "addressLocality": city,
        **told,
    }


def test_a_break_is_no_event(event: Event) -> None:
    event.sessions[0].kind = SessionKind.BREAK

    described = event_jsonld(event, public_url=URL, seats=None, now=paris(9))

    assert [each["name"] for each in described["subEvent"]] == ["ag"]


def test_no_title_can_end_the_script_it_stands_in(event: Event) -> None:
    described = event_jsonld(event, public_url=URL, seats=None, now=paris(9))
    written = as_script(described)

    assert not re.search(r"[<>&]", written)
    assert json.loads(written) == described


def _json_sessions(conference: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for day in conference["days"]:
        for sessions in day["rooms"].values():
            yield from sessions
