"""`send` in the events' own time: whole visits at --rate max, and time that passes faster with --time-scale."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clickgen.profile.load import load_profile
from clickgen.profile.tables import draw_tables
from tests.conftest import CommandLine

PAGES = draw_tables(load_profile("shop"), 1).sessions.pages_e6 / 1e6


def events_of(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def seconds(text: object) -> float:
    return datetime.fromisoformat(str(text)).astimezone(UTC).timestamp()


def test_ten_thousand_events_are_some_two_thousand_whole_visits_of_a_day(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    before = time.time()
    sent = clickgen.run("send", "--rate", "max", "--events", "10000", "--to", f"file:{tmp_path / 'a.jsonl'}")
    assert sent.code == 0, sent.err
    said = re.match(r"10,000 events: about ([\d,]+) sessions of ([\d,]+) visitors, at times from", sent.err)
    assert said, sent.err
    about = [int(number.replace(",", "")) for number in said.groups()]
    counted = clickgen.run("expect", "--json").json["rows"][0]
    assert counted["hits"] == 10_000
    assert counted["hits"] / counted["sessions"] == pytest.approx(PAGES, rel=0.12)
    assert counted["users"] < counted["sessions"]
    assert about == pytest.approx([counted["sessions"], counted["users"]], rel=0.15)
    times = [seconds(event["event_time"]) for event in events_of(tmp_path / "a.jsonl")]
    assert before - 86_400 - 1 <= min(times)
    assert before - 3600 < max(times) <= time.time()


@pytest.mark.parametrize(
    "rate",
    [
        "--stage 0.5s:2000 --stage 0.5s:2000",
        "--rate 1000 --duration 1s --time-scale 900",
        "--stage 2s:4000 --time-scale 600",
        "--stage 1s:3000 --stage 1s:0 --time-scale 60",
    ],
)
def test_the_first_line_foresees_the_visits_of_a_rising_and_of_a_steady_rate(
    clickgen: CommandLine, tmp_path: Path, rate: str
) -> None:
    sent = clickgen.run("send", *rate.split(), "--seed", "5", "--to", f"file:{tmp_path / 'a.jsonl'}")
    assert sent.code == 0, sent.err
    said = re.search(r"about ([\d,]+) sessions of ([\d,]+) visitors", sent.err)
    assert said, sent.err
    about = [int(number.replace(",", "")) for number in said.groups()]
    counted = clickgen.run("expect", "--json").json["rows"][0]
    # 2 % by chance, and as much by rounding
    assert about == pytest.approx([counted["sessions"], counted["users"]], rel=0.08)


def test_the_repeated_run_has_the_same_events_and_is_proved(clickgen: CommandLine, tmp_path: Path) -> None:
    words = ["send", "--rate", "max", "--events", "1500", "--seed", "3", "--start", "2026-01-01T00:00:00Z"]
    for lake in ("a", "b"):
        once = clickgen.run(*words, "--run-id", "0a1b2c3d4e5f", "--home", str(tmp_path / lake))
        assert once.code == 0, once.err
        proof = clickgen.run(
            "verify", "s3", "delivery", "--content", "fields", "--json", "--home", str(tmp_path / lake)
        )
        assert (proof.code, proof.json["delivered"]) == (0, 1500), proof.err
    shown = [clickgen.run("runs", "show", "--json", "--home", str(tmp_path / lake)).json for lake in ("a", "b")]
    assert shown[0]["plan"]["natural"] == shown[1]["plan"]["natural"]
    sums = [clickgen.run("expect", "--by", "hour", "--json", "--home", str(tmp_path / lake)).json for lake in "ab"]
    assert sums[0]["rows"] == sums[1]["rows"]
    assert "--rate max" in clickgen.run("runs", "show", "--home", str(tmp_path / "a")).out


def test_time_that_passes_faster_reaches_the_present_at_the_end(clickgen: CommandLine, tmp_path: Path) -> None:
    began = time.time()
    words = ["--rate", "300", "--duration", "2s", "--time-scale", "600", "--seed", "1"]
    sent = clickgen.run("send", *words, "--to", f"file:{tmp_path / 'a.jsonl'}", "--json")
    assert sent.code == 0, sent.err
    times = [seconds(event["event_time"]) for event in events_of(tmp_path / "a.jsonl")]
    assert len(times) == 600
    assert 1000 < max(times) - min(times) <= 1200
    assert max(times) <= time.time()
    assert min(times) >= began - 1200
    counted = clickgen.run("expect", "--json").json["rows"][0]
    assert counted["sessions"] < 250
    shown = clickgen.run("runs", "show")
    assert "300/s, time x600" in shown.out
    assert "--rate 300 --time-scale 600 --duration 2s" in shown.out


def test_a_day_passes_as_fast_as_the_time_does(clickgen: CommandLine, tmp_path: Path) -> None:
    sent = clickgen.run(
        *["send", "--schedule", "day", "--rate", "400", "--duration", "3s", "--time-scale", "28800", "--json"],
        *["--start", "2026-01-01T00:00:00Z", "--to", f"file:{tmp_path / 'a.jsonl'}"],
    )
    assert sent.code == 0, sent.err
    rows = clickgen.run("expect", "--by", "hour", "--timezone", "Europe/Berlin", "--json").json["rows"]
    by_hour = {row["hour"]: row["hits"] for row in rows}
    evening, night = (sum(by_hour.get(hour, 0) for hour in hours) for hours in (range(18, 23), range(2, 7)))
    assert evening > 3 * night > 0


@pytest.mark.parametrize(
    ("given", "problem", "hint"),
    [
        (["--rate", "max", "--time-scale", "60"], "--time-scale 60 with --rate max", "leave --time-scale out"),
        (["--time-scale", "0.5"], "0.5 is not in the range", None),
        (["--time-scale", "nan"], "not", None),
        (["--duration", "10d", "--time-scale", "100000"], "before 2001 or after 2286", "give a smaller"),
    ],
)
def test_what_cannot_be_scaled(clickgen: CommandLine, given: list[str], problem: str, hint: str | None) -> None:
    said = clickgen.run("send", *given)
    assert said.code == 2
    assert problem in said.err
    assert hint is None or hint in said.err
