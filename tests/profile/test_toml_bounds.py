"""Files in TOML, JSON and SQL that somebody made to be too much: told in a line, soon, and in little memory."""

import time
import tomllib
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import MAX_TEXT_BYTES, read_text_file
from clickgen.pipeline.pipeline_file import load_pipeline, pipeline_of
from clickgen.profile.load import load_profile, load_profile_text, profile_names
from clickgen.profile.toml_text import MAX_DEPTH, MAX_VALUES, TomlLines, parse_toml
from tests.conftest import CommandLine

MANY = 100_000
BOMBS = {
    "arrays": ("a = " + "[" * MANY + "]" * MANY, "mine.toml:1: nested more than 32 deep"),
    "inline tables": ("x = 1\na = " + "{a=" * MANY + "1" + "}" * MANY, "mine.toml:2: nested more than 32 deep"),
    "dotted key": (".".join(["a"] * MANY) + " = 1", "mine.toml:1: nested more than 32 deep"),
    "quoted dotted key": ("'a'." * MANY + '"b" = 1', "mine.toml:1: nested more than 32 deep"),
    "dotted header": ("[" + "a." * MANY + "b]", "mine.toml:1: nested more than 32 deep"),
    "header and key": ("[" + "a." * 20 + "a]\n" + "b." * 20 + "b = 1", "a.a.a.…: nested more than 32 deep"),
    "digits": ("a = " + "9" * MANY, "an integer of more than 64 bits"),
    "hexadecimal digits": ("[t]\na = 0x" + "f" * MANY, "t.a: an integer of more than 64 bits"),
    "keys": ("\n".join(f"k{n} = 1" for n in range(100_001)), "more than 100,000 values"),
    "tables": ("[[a]]\n" * MANY, "more than 100,000 values"),
    "elements": ("a = [" + "1," * MANY + "]", "more than 100,000 values"),
    "quotes without an end": ("a = " + '"\\' * MANY, "mine.toml: not a TOML file"),
    "text without an end": ("a = " + '"""\\' * MANY, "mine.toml: not a TOML file"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_soon_and_in_little_memory(bomb: str) -> None:
    text, what = BOMBS[bomb]
    began = time.process_time()
    with pytest.raises(UsageProblem) as refused:
        parse_toml(text, "mine.toml")
    assert what in refused.value.message
    assert time.process_time() - began < 8


def test_a_bomb_of_depth_takes_little_memory() -> None:
    tracemalloc.start()
    for bomb in ("arrays", "inline tables", "dotted key", "dotted header"):
        with pytest.raises(UsageProblem):
            parse_toml(BOMBS[bomb][0], "mine.toml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize("bomb", ["arrays", "dotted key", "digits"])
def test_profiles_and_pipelines_are_read_through_it(bomb: str) -> None:
    text, what = BOMBS[bomb]
    with pytest.raises(UsageProblem, match=what):
        load_profile_text(text, "mine.toml")
    with pytest.raises(UsageProblem, match=what):
        pipeline_of(text, "mine.toml")


def test_what_the_bounds_allow_is_read() -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert list(parse_toml(f"a = {deep}", "x")) == ["a"]
    with pytest.raises(UsageProblem, match="nested"):
        parse_toml(f"a = [{deep}]", "x")
    keys = ".".join(["a"] * MAX_DEPTH)
    assert list(parse_toml(f"{keys} = 1", "x")) == ["a"]
    with pytest.raises(UsageProblem, match="nested"):
        parse_toml(f"a.{keys} = 1", "x")
    assert len(parse_toml("\n".join(f"k{n} = 1" for n in range(MAX_VALUES)), "x")) == MAX_VALUES
    with pytest.raises(UsageProblem, match="values"):
        parse_toml("\n".join(f"k{n} = 1" for n in range(MAX_VALUES + 1)), "x")
    ends = (1 << 63) - 1, -(1 << 63)
    assert parse_toml(f"a = {ends[0]}\nb = {ends[1]}", "x") == {"a": ends[0], "b": ends[1]}
    for beyond in (ends[0] + 1, ends[1] - 1):
        with pytest.raises(UsageProblem, match="64 bits"):
            parse_toml(f"a = {beyond}", "x")


@pytest.mark.parametrize(
    "text",
    [
        'a = """' + "[{" * MANY + '"""',
        "a = '''" + "[{\n" * MANY + "'''",
        "# " + "[" * MANY,
        "a = '" + "." * MANY + "'",
        'a = "\\"' + "[" * MANY + '"',
        'a = """x\\"""" \n b = "[["',
        'a = [""" "quoted" """"", "["]',
        "\n".join(f"a{n} = [[1.5, 2.5]] # ]" for n in range(99)),
    ],
)
def test_brackets_and_dots_in_texts_and_comments_are_no_depth(text: str) -> None:
    assert parse_toml(text, "x") == tomllib.loads(text)


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), _VALUES, max_size=6))
def test_whatever_is_small_is_read_as_the_standard_library_reads_it(values: dict[str, Any]) -> None:
    def written(value: object) -> str:
        if isinstance(value, list):
            return "[" + ", ".join(map(written, value)) + "]"
        return str(value) if isinstance(value, int) else quoted(str(value))

    def quoted(text: str) -> str:
        return '"' + "".join(f"\\U{ord(sign):08x}" if not sign.isalnum() else sign for sign in text) + '"'

    text = "\n".join(f"{quoted(key)} = {written(value)}" for key, value in values.items())
    assert parse_toml(text, "x") == values


def test_the_shipped_profiles_are_far_below_the_bounds() -> None:
    for name in profile_names():
        assert len(load_profile(name).text) < MAX_TEXT_BYTES / 20


def test_lines_of_a_value_that_may_end_at_each_of_its_lines_are_given_up() -> None:
    text = 'first = 1\na = """\n' + "]\n" * MANY + '"""\nlast = 1\n'
    began = time.process_time()
    lines = TomlLines(text)
    assert time.process_time() - began < 8
    assert (lines.of("first"), lines.of("last")) == (1, None)


def test_a_file_that_is_too_long_or_has_no_end_is_not_read(tmp_path: Path, clickgen: CommandLine) -> None:
    large = tmp_path / "large.toml"
    large.write_text("#" * (MAX_TEXT_BYTES + 1))
    for read in (load_profile, lambda path: load_pipeline(Path(path))):
        with pytest.raises(UsageProblem, match=r"large\.toml: longer than 1 MiB"):
            read(str(large))
    large.write_text("#" * MAX_TEXT_BYTES)
    assert len(read_text_file(large, "it", "A form", "hint")) == MAX_TEXT_BYTES
    for words in (
        ["profiles", "check", "/dev/zero"],
        ["cost", "--events", "5", "--prices", "/dev/zero"],
        ["verify", "all", "delivery", "--pipeline", "/dev/zero"],
    ):
        said = clickgen.run(*words)
        assert said.code in (2, 3), said.err
    said = clickgen.run("profiles", "check", "/dev/zero")
    assert "/dev/zero: longer than 1 MiB" in said.err
