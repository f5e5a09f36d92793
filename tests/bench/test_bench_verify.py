"""`clickgen bench verify`: what it promises to print, and that what it compares with reads the same events."""

import gzip
import json
import re
from pathlib import Path

import duckdb
import pytest

from clickgen.bench.verify import Look, Looks, Union, measure_union
from clickgen.bench.verify_figures import verify_figures
from clickgen.bench.verify_rivals import by_duckdb, by_json_loop, to_parquet
from clickgen.model.errors import ExitCode
from clickgen.view.bench import verify_lines
from tests.conftest import CommandLine
from tests.support.planted import events, lines

EVENTS = 10_000_500


def looks(cpu: float, wall: float, slow: tuple[int, ...] = (1, 2, 1)) -> list[Look]:
    """Three rounds, in the second of which the machine is slow."""
    return [Look(EVENTS, cpu * times, wall * times, 100 << 20) for times in slow]


def measured() -> Looks:
    start = [Look(500, times, times, 70 << 20) for times in (1.0, 2.0, 1.0)]
    named = {
        "gzip_ids": looks(5.0, 3.0),
        "gzip_content": looks(8.0, 4.5),
        "parquet": looks(2.0, 2.0),
        "again_with_sidecars": looks(1.01, 1.2),
    }
    rivals = {"duckdb": [1e6, 5e5, 1e6], "json_loop": [2e5, 1e5, 2e5]}
    return Looks(EVENTS, 600_000_000, 24, named, start, rivals, Union(10**9, 1000, 16, 0.5))


def test_the_promised_keys_hold_figures_without_start_up() -> None:
    found = verify_figures(measured())
    assert found["gzip_ids"] == {
        "seconds": 3.0, "peak_mb": 100.0, "events_per_second": 5_000_000, "cpu_microseconds": 0.4,
        "ratio_duckdb": 5.0, "ratio_json": 25.0,
    }  # fmt: skip
    assert found["gzip_content"]["events_per_second"] == round(1e7 / 3.5)
    assert found["again_with_sidecars"] == {
        "ratio": 350.0,
        "seconds": 1.2,
    }  # 7 s to 20 ms, what start-up varies by
    assert found["union"] == {"ids": 10**9, "objects": 1000, "seconds": 0.5}
    assert (found["events"], found["objects"], found["start_seconds"]) == (EVENTS, 24, 1.0)


def test_a_look_that_is_mostly_start_up_says_nothing_of_speed() -> None:
    short = measured()
    short.looks["gzip_ids"] = looks(1.5, 1.4)
    entry = verify_figures(short)["gzip_ids"]
    assert entry["seconds"] == 1.4
    assert entry["events_per_second"] is entry["cpu_microseconds"] is entry["ratio_duckdb"] is None


def test_the_figures_fit_a_terminal() -> None:
    for change in ("none", "no duckdb", "short", "union alone"):
        seen = measured()
        if change == "no duckdb":
            del seen.rivals["duckdb"]
        if change == "short":
            seen.looks["gzip_ids"] = looks(1.5, 1.4)
        if change == "union alone":
            seen = Looks(union=seen.union)
        shown = verify_lines(verify_figures(seen))
        assert all(len(line) <= 80 for line in shown), shown
        assert bool(re.search(r" 5\.0 x +25\.0 x", "\n".join(shown))) == (change == "none")


def test_rivals_read_every_event(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.gz").write_bytes(gzip.compress(lines(events(number * 50, number * 50 + 50))))
    assert by_duckdb(tmp_path) == by_json_loop(tmp_path, 1000) == 100
    assert by_json_loop(tmp_path, 30) == 30
    file = tmp_path / "events.parquet"
    (tmp_path / "objects").mkdir()
    (tmp_path / "0.gz").rename(tmp_path / "objects" / "0.gz")
    to_parquet(tmp_path / "objects", file)
    assert duckdb.read_parquet(str(file)).shape[0] == 50


def test_all_that_is_united_is_there() -> None:
    union = measure_union(16_000_000)
    assert (union.numbers, union.objects) == (16_000_000, 1000)
    assert union.seconds > 0


def test_unknown_names_are_refused(clickgen: CommandLine) -> None:
    result = clickgen.run("bench", "verify", "--only", "gzip_ids,gunzip")
    assert result.code == ExitCode.USAGE
    assert "'gunzip' cannot be measured" in result.err
    assert "there are gzip_ids" in result.err


@pytest.mark.slow
def test_the_command_prints_one_object(clickgen: CommandLine, tmp_path: Path) -> None:
    words = ["bench", "verify", "--events", "20000", "--rounds", "1", "--only", "gzip_ids,again_with_sidecars"]
    result = clickgen.run(*words, "--home", str(tmp_path), "--json")
    assert result.code == ExitCode.OK, result.err
    found = json.loads(result.out)
    assert 15_000 < found["events"] < 25_000
    assert found["json_loop_events_per_second"] > 1000
    assert found["gzip_ids"]["peak_mb"] < 150
    assert not list(tmp_path.glob("bench-*"))
