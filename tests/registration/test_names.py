"""Names are kept as people write them, and cannot spill over what stands around."""

import unicodedata

import pytest

from conf_app.registration.names import fold


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Hồng Ngọc",
        "Ọláńrewájú Ṣẹ́gun",
        "שָׁלוֹם",
        "ᨀᩮᩥ᩠ᨶ",
        "သန္တာလွှင်",
        "ནོར་བུ་སྒྲོལ་མ",
        "क्ष्मी",
        "👩🏽‍💻 Zoé",
    ],
)
def test_a_real_name_keeps_its_marks(name: str) -> None:
    composed = unicodedata.normalize("NFC", name)

    assert fold(name) == composed
    assert fold(unicodedata.normalize("NFD", name)) == composed


def test_marks_heaped_on_a_letter_are_dropped() -> None:
    assert fold("Ze" + "\u0301" * 70 + "lie") == "Zé" + "\u0301" * 3 + "lie"
    assert fold("a" + "\u200d\u20dd\u0316" * 30 + "b").count("\u0316") <= 3
