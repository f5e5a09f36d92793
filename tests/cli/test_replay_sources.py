"""`clickgen replay` of sources of every kind, as users run it."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.conftest import CommandLine


def sent(clickgen: CommandLine, tmp_path: Path, *words: str, code: int = 0) -> tuple[list[dict[str, Any]], str]:
    """The events that a replay to a file sent, in their order, and what it said."""
    out = tmp_path / "out"
    said = clickgen.run("replay", *words, "--to", f"file:{out}")
    assert said.code == code, said.err
    found = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    return sorted(found, key=lambda event: str(event["clickgen_id"])), said.err


def without_ids(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in event.items() if name != "clickgen_id"} for event in events]


def test_a_folder_of_mixed_objects_is_replayed_and_what_is_none_is_named(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "2026" / "11"
    folder.mkdir(parents=True)
    (folder / "stream-1-a").write_bytes(gzip.compress(b'{"n":1}{"n":2}'))
    (folder / "stream-1-b.zst").write_bytes(zstandard.compress(b'{"n":3}\n'))
    (folder / "rows.csv").write_text("n,p\n4,/x\n5,/y\n")
    (folder / "whole.json").write_text('[{"n":6},{"n":7}]')
    (folder / "cut.gz").write_bytes(gzip.compress(b'{"n":8}\n' + b'{"n":9}\n' * 50)[:-9])
    (folder / "note.txt").write_text("hello\n")
    events, said = sent(clickgen, tmp_path, str(tmp_path / "2026"), "--rate", "5000", code=1)
    assert {1, 2, 3, 4, 5, 6, 7} <= {event["n"] for event in events}
    assert "warning: not read" in said
    assert "note.txt" in said
    (skipped,) = tmp_path.rglob("skipped.jsonl")
    assert "its end is missing" in skipped.read_text()


def test_an_unsorted_table_is_refused_and_sorted(clickgen: CommandLine, tmp_path: Path) -> None:
    rows = [f"{day:02d}.02.2024;10:{minute:02d}:00;{day}" for minute in (5, 3) for day in (3, 1, 2)]
    file = tmp_path / "visits.csv"
    file.write_text("\n".join(["Tag;Uhr;n", *rows * 3]) + "\n")
    fields = ("--time-field", "Tag", "--time-field", "Uhr", "--speed", "1e6")
    _, said = sent(clickgen, tmp_path, str(file), *fields, code=2)
    assert "not in order of time" in said
    assert "--sort" in said
    events, said = sent(clickgen, tmp_path, str(file), *fields, "--sort", "--retime", "2030-01-31T12:00:00Z")
    assert "event time: Tag + Uhr" in said
    assert [(event["Tag"], event["Uhr"]) for event in events[:4:3]] == [
        ("31.01.2030", "12:00:00"),
        ("31.01.2030", "12:02:00"),
    ]
    assert [event["n"] for event in events] == [1] * 6 + [2] * 6 + [3] * 6


def test_records_of_error_output_are_redriven(clickgen: CommandLine, tmp_path: Path) -> None:
    lines = [
        {"attemptsMade": 4, "errorCode": "Lambda.X", "rawData": base64.b64encode(b'{"n":%d}\n' % n).decode()}
        for n in range(3)
    ]
    file = tmp_path / "errors"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _, said = sent(clickgen, tmp_path, str(file), "--rate", "100")
    assert "Firehose error output" in said
    (tmp_path / "out").unlink()
    events, _ = sent(clickgen, tmp_path, str(file), "--redrive", "--rate", "100")
    assert without_ids(events) == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_a_recording_is_repeated_with_other_visitors(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clicks"
    file.write_text("".join(f'{{"t":{1_700_000_000 + n},"visitor_id":"v{n % 2}"}}\n' for n in range(6)))
    events, said = sent(clickgen, tmp_path, str(file), "--loop", "2", "--speed", "1e5", "--retime", "now")
    assert "renewed in each repetition: visitor_id" in said
    assert "recording: 6 events" in said
    times = [event["t"] for event in events]
    assert [time - times[0] for time in times] == list(range(12))
    assert times[0] > 1_750_000_000
    assert len({event["visitor_id"] for event in events}) == 4


def test_a_visitors_events_are_never_in_one_call(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clicks"
    file.write_text("".join(f'{{"visitor_id":"v{n % 5}","n":{n}}}\n' for n in range(40)))
    out = tmp_path / "out"
    said = clickgen.run("replay", str(file), "--ordered", "--rate", "4000", "--to", f"file:{out}", "--json")
    assert said.code == 0, said.err
    assert [json.loads(line)["n"] for line in out.read_text().splitlines()] == list(range(40))
    assert said.json["batches"] >= 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--zone", "Europe/Berln"), "--zone 'Europe/Berln' is not a time zone"),
        (("--where", "n ="), "--where 'n =': it ends too early"),
        (("--sample", "10%"), "it was not found which field says who the visitor is"),
        (("--sort",), "no event time found"),
        (("--speed", "10"), "--speed: no event time found"),
        (("--max-gap", "5s"), "--max-gap: no event time found"),
        (("--separator", "::"), "--separator '::' is not one character"),
        (("--stage", "1m:0"), "the last --stage goes to 0"),
        (("--redrive", "--each", "data"), "--redrive and --each together"),
    ],
)
def test_what_cannot_be_is_refused(
    clickgen: CommandLine, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    file = tmp_path / "clicks"
    file.write_text('{"n":1}\n')
    said = clickgen.run("replay", str(file), *words)
    assert said.code == 2
    assert message in said.err
    assert "hint:" in said.err
    assert not list((clickgen.home / "runs").glob("*"))


def test_what_comes_through_a_pipe_can_be_sorted(clickgen: CommandLine, tmp_path: Path) -> None:
    lines = "".join(f'{{"ts":{1_700_000_000 + (n * 7) % 20},"n":{(n * 7) % 20}}}\n' for n in range(20))
    out = tmp_path / "out"
    said = clickgen.run("replay", "-", "--sort", "--speed", "1e5", "--to", f"file:{out}", stdin=lines.encode())
    assert said.code == 0, said.err
    sent_events = [json.loads(line) for line in out.read_text().splitlines()]
    assert [event["n"] for event in sorted(sent_events, key=lambda event: str(event["clickgen_id"]))] == list(
        range(20)
    )
