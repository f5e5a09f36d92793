"""Text from outside cannot act where it is shown, and stays as it is where it would not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.outside_text import in_lines, one_line

_SEEN_AS_THEY_ARE = [
    "Grüße aus Köln, naïve café",
    "東京\u3000渋谷",
    "한국어 शुभ प्रभात",
    "می‌خواهم",  # Persian, whose letters are joined but for the one that is told not to
    "👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈",
    "C:\\x1b\\temp [red]bold[/red] :smile: <b>&amp;</b>",
    "two  spaces ",
]


@pytest.mark.parametrize("text", _SEEN_AS_THEY_ARE)
def test_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert one_line(text) == in_lines(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b31m", "\\x9b31m"),
        ("a\x07\x08\x7f\x00b", "a\\x07\\x08\\x7f\\x00b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2066b\u2069\u200f\u061c", "a\\u2066b\\u2069\\u200f\\u061c"),
        ("pay\u200bpal pay\u200dpal\u200c", "pay\\u200bpal pay\\u200dpal\\u200c"),
        ("é\u200d\u200dé", "é\\u200d\\u200dé"),
        ("\ud800\udc80", "\\ud800\\udc80"),
        ("\ufeff\ufffe\U000e0041", "\\ufeff\\ufffe\\U000e0041"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"),
    ],
)
def test_what_acts_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert one_line(text) == in_lines(text) == shown


@pytest.mark.parametrize("text", ["one\ntwo\tthree\n", "\r\none \r\n two three", "one\vtwo\f\t three"])
def test_a_message_is_one_line(text: str) -> None:
    assert one_line(text) == "one two three"


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_nothing_that_acts_is_left_of_any_text(text: str) -> None:
    for shown, kept in ((one_line(text), ""), (in_lines(text), "\n\t")):
        signs = [sign for sign in shown if sign not in kept]
        assert not any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in signs)
        assert not any(unicodedata.bidirectional(sign) in _BIDI_ORDERS for sign in signs)
        shown.encode()  # which halves of pairs would not let it
    assert one_line(one_line(text)) == one_line(text)


_BIDI_ORDERS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
