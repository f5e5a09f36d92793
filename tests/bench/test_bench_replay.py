"""`clickgen bench replay`: what it promises to print, and that what arrived is held against what was claimed."""

from pathlib import Path

import pytest

from clickgen.bench.against_stub import SendSample, confirm
from clickgen.bench.replay import ReplayMeasured
from clickgen.bench.replay_figures import replay_figures
from clickgen.bench.ways import REPLAY_WAYS
from clickgen.model.errors import EnvironmentProblem, ExitCode
from clickgen.view.bench import replay_lines
from tests.conftest import CommandLine


def sample(events: int, cpu: float) -> SendSample:
    return SendSample(events, cpu, None, cpu, 400.0, [], {})


def measured() -> ReplayMeasured:
    """Two rounds on a machine that is twice as slow in the second; start-up takes 1 s."""
    ways = {
        name: [sample(round(1_000_500 * way.share), (2.0 if way.ordinary else 3.0) * slow) for slow in (1, 2)]
        for name, way in REPLAY_WAYS.items()
    }
    start = {name: [sample(500, 1.0)] * 2 for name, way in REPLAY_WAYS.items() if not way.ordinary}
    return ReplayMeasured(1_000_500, 400.0, ways, start)


def test_ratios_are_of_the_same_round_and_without_start_up() -> None:
    found = replay_figures(measured())
    assert found["packed"]["events_per_core_second"] == round((1_000_500 / 3 + 1_000_500 / 6) / 2)
    assert found["packed"]["steady_events_per_core_second"] == round((1e6 / 2 + 1e6 / 5) / 2)
    first, second = (1e6 / 2) / (200_100 / 2), (1e6 / 5) / (200_100 / 4)
    assert found["packed"]["ratio"] == pytest.approx((first + second) / 2, abs=1e-3)
    assert set(found["loop"]) == {"events_per_core_second", "events"}


def test_a_replay_that_is_mostly_start_up_is_compared_as_a_whole() -> None:
    short = measured()
    short.ways["file"] = [sample(1_000_500, 1.5)] * 2
    found = replay_figures(short)
    assert found["file"]["steady_events_per_core_second"] is None
    assert found["file"]["ratio"] == pytest.approx((1_000_500 / 1.5) * (2 / 200_100 + 4 / 200_100) / 2, abs=1e-3)


def test_the_table_fits_eighty_columns_and_names_every_way() -> None:
    lines = replay_lines(replay_figures(measured()))
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[4:]] == list(REPLAY_WAYS)


def test_a_client_that_claims_what_did_not_arrive_is_no_result() -> None:
    confirm(5, {"accepted": 5}, 5, "the stub received")
    with pytest.raises(EnvironmentProblem, match="of 5 events the client claims 5 and the stub received 4"):
        confirm(5, {"accepted": 5}, 4, "the stub received")


def test_a_recording_is_sent_by_a_loop_and_by_clickgen(clickgen: CommandLine, tmp_path: Path) -> None:
    recording = tmp_path / "clicks.jsonl"
    recording.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(1000)))
    words = ["bench", "replay", str(recording), "--rounds", "1", "--only", "loop_with_ids,packed,file", "--json"]
    said = clickgen.run(*words)
    assert said.code == ExitCode.OK, said.err
    found = said.json
    assert (found["events"], found["loop_with_ids"]["events"], found["file"]["events"]) == (1000, 200, 1000)
    assert found["packed"]["ratio"] is None
    assert found["packed"]["ratio_with_ids"] > 0
    assert [path.name for path in clickgen.home.glob("bench-*")] == []


def test_a_recording_of_a_few_events_measures_nothing(clickgen: CommandLine, tmp_path: Path) -> None:
    recording = tmp_path / "clicks.jsonl"
    recording.write_bytes(b'{"n":1}\n')
    said = clickgen.run("bench", "replay", str(recording))
    assert said.code == ExitCode.USAGE
    assert "has fewer than 500 lines" in said.err
