"""Events to look at: whole, indented, in colour at a terminal only, and harmless there."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.sink.pretty_lines import PrettyLines
from tests.conftest import CommandLine

TWO = ["send", "--events", "2", "--rate", "max", "--seed", "7", "--to", "-", "--no-live"]
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
EVENTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, width=32) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.text(), EVENTS, max_size=3), max_size=3))
def test_indenting_and_colour_keep_every_value(events: list[dict[str, Any]]) -> None:
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    plain = PrettyLines(coloured=False).of(lines).decode()
    assert _values(plain) == events
    coloured = PrettyLines(coloured=True).of(lines).decode()
    assert [character for character in _COLOUR.sub("", coloured) if character < " " and character != "\n"] == []
    if plain.isascii():
        assert _COLOUR.sub("", coloured) == plain


def _values(text: str) -> list[Any]:
    decoder, values = json.JSONDecoder(), []
    while text := text.lstrip("\n"):
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:]
    return values


def test_what_is_not_json_stays_as_it_is_but_acts_on_no_terminal() -> None:
    torn = b'{"a": 1\n\x1b[2Jb\xff\n'
    assert PrettyLines(coloured=False).of(torn) == torn
    assert PrettyLines(coloured=True).of(torn) == b'{"a": 1\n\\x1b[2Jb\\xff\n'


def test_names_texts_and_values_have_colours_of_their_own() -> None:
    shown = PrettyLines(coloured=True).of(b'{"a": "b: \\"c\\": 1", "d": -1.5, "e": null, "f": [true]}\n').decode()
    assert shown.splitlines() == [
        "{",
        '  \x1b[1;34m"a"\x1b[0m: \x1b[32m"b: \\"c\\": 1"\x1b[0m,',
        '  \x1b[1;34m"d"\x1b[0m: \x1b[36m-1.5\x1b[0m,',
        '  \x1b[1;34m"e"\x1b[0m: \x1b[2mnull\x1b[0m,',
        '  \x1b[1;34m"f"\x1b[0m: [',
        "    \x1b[36mtrue\x1b[0m",
        "  ]",
        "}",
    ]


def test_a_pipe_gets_indented_events_without_colour_with_all_their_ids(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    said = clickgen.run(*TWO, "--pretty")
    assert said.code == 0
    assert "\x1b" not in said.out
    assert said.out.startswith('{\n  "event_id": ')
    assert len(_values(said.out)) == 2
    (tmp_path / "events").write_text(said.out)
    assert (
        clickgen.run("verify", "file", "delivery", "--at", str(tmp_path / "events"), "--content", "ids").code == 0
    )


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colour_unless_its_user_wants_none(
    clickgen: CommandLine, no_color: str, coloured: bool
) -> None:
    ours, theirs = pty.openpty()
    environment = {**clickgen.environment, "NO_COLOR": no_color, "TERM": "xterm"}
    subprocess.run(
        clickgen.command([*TWO, "--pretty"]),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert ('\x1b[1;34m"event_id"\x1b[0m' in shown) is coloured
    assert ("\x1b" in shown) is coloured


def test_nobody_looks_at_events_elsewhere(clickgen: CommandLine) -> None:
    said = clickgen.run("send", "--events", "2", "--pretty")
    assert (said.code, said.out) == (2, "")
    assert "clickgen: --pretty without --to -" in said.err
