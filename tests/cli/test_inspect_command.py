"""`clickgen inspect` says what a recording is, to people and to machines."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CommandLine

BEGIN = 1_700_000_000


def clicks(path: Path) -> str:
    """Two visitors: one clicks every second, the other comes back after an hour; one event is late."""
    events: list[dict[str, Any]] = [{"ts": BEGIN + n, "user_id": "a", "page": f"/{n % 3}"} for n in range(60)]
    events += [
        {"ts": BEGIN + 10, "user_id": "b", "page": "/0"},
        {"ts": BEGIN + 4000, "user_id": "b", "price": 1.5},
    ]
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(path)


def test_machines_get_one_object(clickgen: CommandLine, tmp_path: Path) -> None:
    said = clickgen.run("inspect", clicks(tmp_path / "clicks"), "--json")
    assert said.code == 0, said.err
    found = said.json
    assert (found["events"], found["whole"], found["skipped"]) == (62, True, {})
    time = found["time"]
    assert (time["field"], time["written_as"], time["seconds"]) == ("ts", "seconds since 1970", 4000)
    assert (time["out_of_order"], time["latest_s"], time["longest_gap_s"]) == (1, 49, 3941)
    assert sum(time["rates"]) == 62
    assert found["visitors"] == {"field": "user_id", "count": 2, "busiest": 60}
    assert found["sessions"] == {"field": None, "count": 3}
    price = found["fields"]["price"]
    assert (price["share"], price["types"], price["distinct"], price["example"]) == (
        1 / 62,
        {"number": 1},
        1,
        "1.5",
    )
    assert found["sample"][0] == {"ts": BEGIN, "user_id": "a", "page": "/0"}


def test_people_get_eighty_columns(clickgen: CommandLine, tmp_path: Path) -> None:
    said = clickgen.run("inspect", clicks(tmp_path / "clicks"))
    assert said.code == 0, said.err
    assert max(map(len, said.out.splitlines())) <= 80
    for words in (
        "62 events",
        "ts: seconds since 1970",
        "1 event comes after",
        "user_id: 2, 31.0 events each",
        "/h on average",
    ):
        assert words in said.out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "visits.csv",
            "Date;Time;p\n1999-06-24;10:06:37;/a\n1999-06-24;10:06:38;/b\n",
            "Date + Time: text without a zone, taken as UTC",
        ),
        (
            "access.log",
            '192.0.2.7 - - [01/Jul/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 6245\n',
            "time: text with the zone -0400",
        ),
        ("days.json", '[{"date":"2016-05-09"},{"date":"2016-05-10"}]', "it holds only days"),
        ("orders", '{"n":1}\n', "no field with times was found"),
        (
            "trail",
            '{"Records":[{"eventVersion":"1","eventName":"G","userIdentity":{},"eventTime":"2026-01-01T00:00:00Z"}]}',
            "a CloudTrail log, events at Records",
        ),
    ],
)
def test_times_and_forms_are_named(
    clickgen: CommandLine, tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content)
    said = clickgen.run("inspect", str(tmp_path / name))
    assert said.code == 0, said.err
    assert words in said.out


def test_what_is_no_event_makes_the_code_one(clickgen: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b'{"n":1}\noops\n{"n":2}\n\xff\n')
    said = clickgen.run("inspect", str(tmp_path / "f"))
    assert said.code == 1
    assert "skipped   2: not JSON" in said.out


def test_a_pipe_is_refused(clickgen: CommandLine) -> None:
    said = clickgen.run("inspect", "-", stdin=b'{"n":1}\n')
    assert said.code == 2
    assert "can be read only once" in said.err


def test_what_only_some_parsers_take_is_shown_and_replayed(clickgen: CommandLine, tmp_path: Path) -> None:
    """A lone surrogate, nesting that orjson reads and does not write, and a number beyond all floats."""
    odd = [
        r'{"user":"\ud800","n":1}',
        '{"user":"b","deep":' + "[" * 900 + "]" * 900 + "}",
        '{"user":"c","n":1e999}',
    ]
    file = tmp_path / "odd.jsonl"
    file.write_text("".join(f"{line}\n" for line in odd))
    for shown in ([], ["--json"]):
        said = clickgen.run("inspect", str(file), *shown)
        assert said.code == 0, said.err
    landed = tmp_path / "landed.jsonl"
    for more in ([], ["--multiply", "3", "--pseudonymise", "user"]):
        said = clickgen.run("replay", str(file), "--rate", "max", "--to", f"file:{landed}", *more)
        assert said.code == 0, said.err
    assert clickgen.run("verify").code == 0
    assert all(line[1:].encode() in landed.read_bytes() for line in odd)
