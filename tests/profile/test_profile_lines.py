"""Where in a file a key stands, for errors that name the line; and files as large as they may be."""

import time
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import MAX_TEXT_BYTES
from clickgen.profile.load import load_profile, load_profile_text, profile_names
from clickgen.profile.toml_text import TomlLines

TEXT = """\
# a comment with = and [brackets]
name = "x"

[pages.home]
next = { list = 0.5, "odd key" = 0.5 }
hours = [
  1, 2,  # a comment in between
  "]",
]
words = '''
[not.a.table]
key = 1
'''
after.list.next = { home = 1 }
[[devices]]
type = "mobile"
[[devices.systems]]
os = "Android"
[[devices.systems]]
os = "iOS"
[[devices]]
[[devices.systems]]
os = "Linux"
[devices.systems.more]
deep = 1
"""


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("name", 'name = "x"'),
        ("pages.home", "[pages.home]"),
        ("pages.home.next.list", "next = {"),
        ("pages.home.next.odd key", "next = {"),
        ("pages.home.hours[2]", "hours = ["),
        ("pages.home.words", "words = "),
        ("pages.home.after.list.next.home", "after.list.next"),
        ("pages.home.missing", "[pages.home]"),
        ("devices", "[[devices]]"),
        ("devices[0].systems[1].os", 'os = "iOS"'),
        ("devices[0].systems[1].missing", "[[devices.systems]]"),
        ("devices[1].systems[0].os", 'os = "Linux"'),
        ("devices[1].systems[0].more.deep", "deep = 1"),
    ],
)
def test_a_key_is_found_in_its_line(path: str, begins: str) -> None:
    line = TomlLines(TEXT).of(path)
    assert line is not None
    assert TEXT.splitlines()[line - 1].startswith(begins)


def test_what_is_not_in_the_file_has_no_line() -> None:
    assert TomlLines(TEXT).of("description") is None
    assert TomlLines("").of("name") is None


def keys(values: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The path and the key of everything in a file that is no table."""
    if isinstance(values, dict):
        for key, value in values.items():
            place = f"{path}.{key}" if path else key
            if not isinstance(value, dict | list):
                yield place, key
            yield from keys(value, place)
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from keys(value, f"{path}[{number}]")


@pytest.mark.parametrize("name", profile_names())
def test_every_key_of_a_shipped_profile_is_found_where_it_is_written(name: str) -> None:
    text = load_profile(name).text
    lines, written = TomlLines(text), text.splitlines()
    for path, key in keys(tomllib.loads(text)):
        number = lines.of(path)
        assert number is not None, path
        assert key in written[number - 1], path


def test_errors_name_their_line() -> None:
    text = load_profile("shop").text.replace("think_s = 34", "think_s = -34")
    with pytest.raises(UsageProblem) as caught:
        load_profile_text(text, "mine.toml")
    line = text.splitlines().index("think_s = -34") + 1
    assert caught.value.message.startswith(f"mine.toml:{line}: pages.category.think_s: ")


def test_what_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(UsageProblem, match=r"^mine\.toml:2: not a TOML file: .* in column 5$"):
        load_profile_text("a = 1\nb = = 2\n", "mine.toml")


def large(pages: int) -> str:
    """A profile whose pages each lead to the next and to another far away."""
    minimal = load_profile("minimal").text
    begin, end = minimal.index("[pages.home]"), minimal.index("[visitors]")
    written = "\n".join(
        f'[pages.page_{n}_of_many]\nevent = "page_view"\npath = "/{n}"\nthink_s = 30\n'
        f"next = {{ page_{(n + 1) % pages}_of_many = 0.6, page_{(n + 371) % pages}_of_many = 0.4 }}\n"
        for n in range(pages)
    )
    head = minimal[:begin].replace("home = 0.4, post = 0.6", "page_0_of_many = 1.0")
    return f"{head}{written}\n{minimal[end:]}"


def test_seven_thousand_pages_load_in_two_seconds() -> None:
    text = large(7_000)
    assert len(text) > 0.85 * MAX_TEXT_BYTES
    began = time.process_time()
    profile = load_profile_text(text, "large.toml")
    assert time.process_time() - began < 2
    assert len(profile.pages) == 7_000


def test_of_very_many_mistakes_the_first_hundred_are_told() -> None:
    text = large(3000).replace("next = { page", "next = { pgae")
    with pytest.raises(UsageProblem) as caught:
        load_profile_text(text, "large.toml")
    told = caught.value.message.splitlines()
    assert len(told) == 101
    assert told[0].endswith('there is no page "pgae_1_of_many"; did you mean "page_1_of_many"?')
    assert told[-1] == "large.toml: and more: these are the first 100"
