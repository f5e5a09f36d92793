"""clickgen/local/README.md: the tests it names exist, and its comparison of emulators is the tested one."""

import re
from pathlib import Path

import pytest

from tests.local.blackbox.differences import table

_TESTS = Path(__file__).parent
_TEXT = (_TESTS.parents[1] / "clickgen" / "local" / "README.md").read_text()
_SERVICE_TABLE = "| behaviour | contract | test |"


def _rows(section: str) -> list[list[str]]:
    """The cells of each row of a service's table, without the headings in it."""
    lines = section.partition(_SERVICE_TABLE)[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in rows if not row[0].startswith("**")]


_SECTIONS = {section.partition("\n")[0]: section for section in _TEXT.split("\n## ")[1:]}
_SERVICES = {title: _rows(section) for title, section in _SECTIONS.items() if _SERVICE_TABLE in section}


@pytest.mark.parametrize("service", _SERVICES)
def test_every_behaviour_names_a_source_and_tests_that_exist(service: str) -> None:
    for row in _SERVICES[service]:
        behaviour, source, tests = row
        named = re.findall(r"`([^`]+\.py)`", tests)
        assert source, behaviour
        assert named, behaviour
        assert [name for name in named if not (_TESTS / name).is_file()] == [], behaviour


@pytest.mark.parametrize("service", _SERVICES)
def test_every_service_says_once_what_it_does_not_do(service: str) -> None:
    section = _SECTIONS[service]
    assert section.count(_SERVICE_TABLE) == 1
    assert section.count("\nNot done:\n\n- ") == 1


def test_no_behaviour_is_listed_twice() -> None:
    listed = [row[0] for rows in _SERVICES.values() for row in rows]
    assert len(listed) > 80  # fewer would mean that a table is not read
    assert len(listed) == len(set(listed))


def test_the_comparison_is_the_tested_one() -> None:
    assert table() in _TEXT
