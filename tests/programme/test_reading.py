"""A file is read whole, or every fault in it is named: file, entry, field."""

import pytest

from conf_app.programme.reading import BadDocument, read

HEAD = 'format = "conf-app/1"\n'
EVENT = """
[[event]]
slug = "fete"
revision = 1
kind = "conference"
title = "Fête"
starts = 2022-12-15T11:00:00
ends = 2022-12-15T18:00:00
"""
SESSION = """
[[event.session]]
slug = "ag"
title = "AG"
starts = 2022-12-15T17:00:00
ends = 2022-12-15T18:00:00
"""


def faults(text: str) -> list[str]:
    """Return what is wrong with a file, with plain spaces for easy reading."""
    with pytest.raises(BadDocument) as refusal:
        read(text.encode(), "conf.toml")
    return [fault.replace("\u00a0", " ") for fault in refusal.value.faults]


def fault(text: str) -> str:
    found = faults(text)
    assert len(found) == 1, found
    return found[0]


def test_every_fault_is_named_at_once() -> None:
    found = faults(
        'format = "conf-app/9"\nautre = 1\n'
        + EVENT.replace("title", "titel")
        + 'timezone = "Europe/Pari"\nurl = "javascript:alert(1)"\n'
        + '[event.contact]\nemail = "personne"\n'
        + SESSION.replace("T18:00:00", "T16:00:00")
        + 'room = "cave"\nspeakers = ["inconnue"]\ncapacity = -1\n'
    )

    assert sorted(found) == sorted(
        [
            'conf.toml, champ format : attendu "conf-app/1", trouvé « conf-app/9 ».',
            "conf.toml, champ autre : ce champ n’existe pas.",
            "conf.toml, évènement « fete », champ title : manque.",
            "conf.toml, évènement « fete », champ titel : ce champ n’existe pas,"
            " tu voulais peut-être dire title.",
            "conf.toml, évènement « fete », champ timezone :"
            " fuseau horaire inconnu, « Europe/Pari ».",
            "conf.toml, évènement « fete », champ url : attendu une adresse web complète,"
            " https://….",
            "conf.toml, évènement « fete », contact, champ email : attendu une adresse e-mail,"
            " nom@exemple.org.",
            "conf.toml, évènement « fete », créneau « ag », champ ends : doit venir après starts.",
            "conf.toml, évènement « fete », créneau « ag », champ room : aucune salle ne"
            " s’appelle « cave ».",
            "conf.toml, évènement « fete », créneau « ag », champ speakers : personne ne"
            " s’appelle « inconnue » dans [[event.speaker]].",
            "conf.toml, évènement « fete », créneau « ag », champ capacity : ne peut pas être"
            " négatif.",
        ]
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('venue = "a\\u0007"', "champ venue : contient un caractère interdit, U+0007."),
        ('venue = "a\\u2028b"', "champ venue : contient un caractère interdit, U+2028."),
        ('venue = "a\\u202Eb"', "champ venue : contient un caractère interdit, U+202E."),
        ('venue = "\\u200B\\u3164"', "champ venue : ne contient que des caractères invisibles."),
        ('venue = "a\\nb"', "champ venue : doit tenir sur une ligne."),
        ('tagline = "a\\tb"', "champ tagline : contient une tabulation."),
        (f'venue = "{"a" * 201}"', "champ venue : trop long : 201 caractères pour 200 au plus."),
        ("venue = 3", "champ venue : attendu un texte entre guillemets."),
        ('featured = "oui"', "champ featured : attendu true ou false, sans guillemets."),
        ("state = 1", 'champ state : attendu "draft", "published", "postponed", "cancelled",'
         ' "archived".'),
        ('language = "français"', "champ language : attendu un code de langue, par exemple fr"
         " ou pt-BR."),
        ('url = "http://[::1"', "champ url : attendu une adresse web complète, https://…."),
        ('timezone = ""', "champ timezone : ne peut pas être vide."),
        ("theme = 3", "champ theme : attendu des tables [[event.theme]]."),
        ("contact = 3", "champ contact : attendu une table [event.contact]."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_explained(line: str, reason: str) -> None:
    assert fault(HEAD + EVENT + line) == f"conf.toml, évènement « fete », {reason}"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"fete"', '"Fête"', "champ slug : attendu des minuscules sans accent, des chiffres et des"
         " tirets simples."),
        ('"Fête"', '"  "', "champ title : ne peut pas être vide."),
        ("revision = 1", "revision = 0", "champ revision : attendu un nombre entre 1 et"
         " 2000000000."),
        ("revision = 1", "revision = true", "champ revision : attendu un nombre entier, sans"
         " guillemets."),
        ("2022-12-15T18:00:00", "2022-12-15T10:00:00", "champ ends : doit venir après starts."),
        ("2022-12-15T18:00:00", '"18 h"', "champ ends : attendu une date et une heure, par exemple"
         " 2022-12-15T11:00:00."),
        ("2022-12-15T11:00:00", "0001-01-01T00:00:00", "champ starts : attendu une date et une"
         " heure, par exemple 2022-12-15T11:00:00."),
        ("2022-12-15T11:00:00", "2022-12-15T10:00:00Z", "champ starts : attendu l’heure du lieu,"
         " sans « Z » ni décalage."),
        ("2022-12-15T11:00:00", "2022-12-15T11:00:00+01:00", "champ starts : attendu l’heure"
         " du lieu, sans « Z » ni décalage."),
    ],
)  # fmt: skip
def test_a_wrong_event_is_explained(old: str, new: str, reason: str) -> None:
    slug = "Fête" if '"fete"' in old else "fete"
    text = HEAD + EVENT.replace(old, new)

    assert fault(text) == f"conf.toml, évènement « {slug} », {reason}"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("held = 3", "champ held : n’a de sens qu’avec capacity."),
        ("capacity = 3", "champ capacity : il faut d’abord des inscriptions,"
         " [event.registration]."),
        ("speakers = [3]", "champ speakers : attendu un texte entre guillemets."),
        ('speakers = "moi"', 'champ speakers : attendu une liste, ["un", "deux"].'),
        ('speakers = ["a", "a"]', "champ speakers : nomme deux fois la même personne."),
    ],
)  # fmt: skip
def test_a_wrong_session_is_explained(lines: str, reason: str) -> None:
    found = fault(HEAD + EVENT + SESSION + lines)

    assert found == f"conf.toml, évènement « fete », créneau « ag », {reason}"


def test_a_session_needs_hours_on_the_days_of_its_event() -> None:
    early = SESSION.replace("15T17:00:00", "14T23:00:00")
    late = SESSION.replace("15T18:00:00", "16T06:01:00")
    bare = SESSION.replace("2022-12-15T17:00:00", "2022-12-15")
    place = "conf.toml, évènement « fete », créneau « ag », champ"

    assert fault(HEAD + EVENT + early) == (
        f"{place} starts : tombe avant le premier jour de l’évènement."
    )
    assert fault(HEAD + EVENT + late) == (
        f"{place} ends : tombe après le dernier jour de l’évènement (6 h le lendemain)."
    )
    assert fault(HEAD + EVENT + bare) == (
        f"{place} starts : il faut aussi l’heure, par exemple 2022-12-15T11:00:00."
    )


def test_hours_the_clocks_skip_or_tell_twice_are_refused() -> None:
    event = EVENT.replace("ends = 2022-12-15T18:00:00\n", "")
    skipped = event.replace("2022-12-15T11:00:00", "2022-03-27T02:30:00")
    twice = event.replace("2022-12-15T11:00:00", "2022-10-30T02:30:00")
    place = "conf.toml, évènement « fete », champ starts :"

    assert fault(HEAD + skipped) == (
        f"{place} cette heure n’existe pas : les horloges avancent cette nuit-là."
    )
    assert fault(HEAD + twice) == (
        f"{place} cette heure existe deux fois, les horloges reculent cette nuit-là :"
        " écris 2022-10-30T02:30:00+02:00 ou 2022-10-30T02:30:00+01:00."
    )
    for other_hour in (
        twice.replace("02:30:00", "02:30:00+05:00"),
        skipped.replace("02:30:00", "02:30:00+01:00"),
    ):
        assert (
            fault(HEAD + other_hour) == f"{place} attendu l’heure du lieu, sans « Z » ni décalage."
        )
    told = read((HEAD + twice.replace("02:30:00", "02:30:00+01:00")).encode(), "conf.toml")
    assert told.events[0].starts.isoformat() == "2022-10-30T01:30:00+00:00"


def test_names_are_taken_once() -> None:
    assert fault(HEAD + EVENT + SESSION + SESSION) == (
        "conf.toml, évènement « fete », créneau « ag », champ slug : ce nom est pris deux fois."
    )
    assert fault(HEAD + EVENT + EVENT) == (
        "conf.toml, évènement « fete », champ slug : ce nom est pris par un autre évènement."
    )


def test_one_event_at_most_is_featured() -> None:
    featured = EVENT + "featured = true\n"

    assert fault(HEAD + featured + featured.replace("fete", "bal")) == (
        "conf.toml, évènement « bal », champ featured : un seul évènement peut être à la une,"
        " c’est déjà « fete »."
    )


@pytest.mark.parametrize(
    ("lines", "asked"), [("", 5), ("reminder_days = 0", 0), ("reminder_days = 9", 9)]
)
def test_seats_are_given_back_after_people_were_asked(lines: str, asked: int) -> None:
    wrong = f"\n[event.registration]\ncapacity = 10\nrelease_days = 9\n{lines}\n"

    assert fault(HEAD + EVENT + wrong) == (
        "conf.toml, évènement « fete », registration, champ release_days : doit être plus petit"
        f" que reminder_days, qui vaut ici {asked}."
    )


def test_registration_opens_before_it_closes_and_holds_back_what_it_has() -> None:
    wrong = """
[event.registration]
capacity = 10
held = 11
opens = 2022-11-02T09:00:00
closes = 2022-11-01T09:00:00
"""
    place = "conf.toml, évènement « fete », registration, champ"

    assert faults(HEAD + EVENT + wrong) == [
        f"{place} held : dépasse capacity.",
        f"{place} closes : doit venir après opens.",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'format = "conf-app/1"\n[[event]\n', "conf.toml, ligne 2, colonne 8 : ce n’est pas du"
         " TOML (« Expected ']]' at the end of an array declaration »)."),
        (b"format = ", "conf.toml : ce n’est pas du TOML (« Invalid value »)."),
        (b"a = 1\n\xff", "conf.toml, ligne 2 : le texte n’est pas en UTF-8."),
        (b"a = " + b"[" * 5000, "conf.toml : trop de crochets les uns dans les autres."),
        (b'format = "conf-app/1"', "conf.toml : aucun évènement, il faut au moins un [[event]]."),
        (b'format = "conf-app/1"\nevent = 3', "conf.toml, champ event : attendu des tables"
         " [[event]]."),
    ],
)  # fmt: skip
def test_what_is_no_event_file_is_told_where(content: bytes, reason: str) -> None:
    with pytest.raises(BadDocument) as refusal:
        read(content, "conf.toml")

    assert str(refusal.value).replace("\u00a0", " ") == reason


def test_a_file_saved_by_a_windows_editor_is_read() -> None:
    text = (HEAD + EVENT + 'presentation = """\nUn.\n\nDeux.\n"""\n').replace("\n", "\r\n")

    assert read(text.encode("utf-8-sig"), "x").events[0].presentation == "Un.\n\nDeux."


def test_an_hour_may_stay_untold() -> None:
    bare = EVENT.replace("T11:00:00", "").replace("ends = 2022-12-15T18:00:00\n", "")
    entry = read((HEAD + bare).encode(), "x").events[0]

    assert entry.starts.isoformat() == "2022-12-14T23:00:00+00:00"
    assert entry.ends is None
    assert entry.last.isoformat() == "2022-12-15T22:59:00+00:00"


def test_spaces_around_a_time_zone_move_no_hour() -> None:
    text = HEAD + EVENT + 'timezone = " America/New_York"\n'
    entry = read(text.encode(), "x").events[0]

    assert entry.timezone == "America/New_York"
    assert entry.starts.isoformat() == "2022-12-15T16:00:00+00:00"


def test_faults_come_in_order_and_command_no_terminal() -> None:
    names = [f"inconnu{letter}" for letter in "fbadce"]
    text = HEAD + "".join(f"{name} = 1\n" for name in names) + '"\\u001b[2J" = 1\n' + EVENT

    told = [fault.split(" : ")[0] for fault in faults(text)]

    assert told == ["conf.toml, champ \\u001B[2J"] + [
        f"conf.toml, champ {name}" for name in sorted(names)
    ]
