"""`clickgen bench learn`: what it prints, of recordings that are read as `clickgen learn` reads them."""

import pytest

from clickgen.bench.learn import Reading, learn_figures
from clickgen.bench.ways import JSON_LOOP, LEARN_WAYS
from clickgen.model.errors import ExitCode
from clickgen.view.bench import learn_lines
from tests.conftest import CommandLine


def readings() -> dict[str, list[Reading]]:
    """Two rounds, the machine half as fast in the second; the loop takes three times as long as the others."""
    return {
        name: [Reading(1000, slow * (3.0 if name == JSON_LOOP else 1.0), 400_000, 200_000_000) for slow in (1, 2)]
        for name in LEARN_WAYS
    }


def test_ratios_are_of_the_same_round() -> None:
    found = learn_figures(readings())
    assert found["csv"] == {
        "events_per_core_second": 750,
        "events": 1000,
        "event_bytes": 400.0,
        "peak_mb": 200.0,
        "ratio": pytest.approx(3),
    }
    assert found[JSON_LOOP]["ratio"] == 1
    assert learn_figures({"csv": readings()["csv"]})["csv"]["ratio"] is None


def test_the_table_fits_eighty_columns_and_names_every_form() -> None:
    lines = learn_lines(learn_figures(readings()))
    assert max(map(len, lines)) <= 80
    assert [line[:16].strip() for line in lines[4:]] == [way.words for way in LEARN_WAYS.values()]


def test_recordings_are_made_and_read(clickgen: CommandLine) -> None:
    said = clickgen.run("bench", "learn", "-n", "2000", "--rounds", "1", "--only", "loop,csv,log,whole", "--json")
    assert said.code == ExitCode.OK, said.err
    found = said.json
    events = found["loop"]["events"]
    assert 1500 < events < 2500
    assert found["csv"]["events"] == found["log"]["events"] == found["whole"]["events"] == events
    assert found["log"]["event_bytes"] < found["loop"]["event_bytes"]
    assert found["csv"]["ratio"] > 0
    assert [path.name for path in clickgen.home.glob("bench-*")] == []
