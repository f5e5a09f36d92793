"""A replay keeps the gaps of its recording, seen from the service, in real time."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import CommandLine
from tests.support.arrivals import arrivals_of, errors_ms, recording_firehose, write_recording

KEYS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}
P99_MS = 2.0
AGREED_MS = 1.0  # between what a run says of its lag and what the service saw: the way there
SECONDS = 3.0  # of a replay at a steady rate
ROUNDS = 5  # of which the best counts: on a machine that others use a process may not run when it wants to


@pytest.fixture
def clickgen_with_keys(tmp_path: Path) -> CommandLine:
    """The command line with credentials that no endpoint checks."""
    command = CommandLine(tmp_path / "home")
    command.environment.update(KEYS)
    return command


def lognormal(speed: float, seed: int = 5) -> NDArray[np.float64]:
    """Seconds at which events happened whose gaps are lognormal, from 1 ms to 2 s, 20 ms in the median."""
    events = round(300 * np.sqrt(speed))
    gaps = np.exp(np.random.default_rng(seed).normal(np.log(0.02), 1.5, events - 1)).clip(0.001, 2.0)
    return np.concatenate(([0.0], np.cumsum(gaps).round(6))).astype(np.float64)


def poisson(rate: float, speed: float, seed: int = 1) -> NDArray[np.float64]:
    """Seconds at which events happened that come by chance, at that rate once they are replayed."""
    gaps = np.random.default_rng(seed).exponential(speed / rate, round(SECONDS * rate) - 1)
    return np.concatenate(([0.0], np.cumsum(gaps).round(6))).astype(np.float64)


class Replayed(NamedTuple):
    """How late the events of a replay were, in milliseconds."""

    late: NDArray[np.float64]  # each at the service
    lag: dict[str, float]  # percentiles, as the run says it


def replayed(clickgen: CommandLine, file: Path, offsets: NDArray[np.float64], speed: float) -> Replayed:
    with recording_firehose() as url:
        words = ("--speed", f"{speed:g}", "--stream", "clicks", "--endpoint-url", url, "--json")
        said = clickgen.run("replay", str(file), *words)
        assert said.code == 0, said.err
        assert said.json["accepted"] == len(offsets)
        return Replayed(errors_ms(arrivals_of(url, len(offsets)), offsets, speed), said.json["lag_ms"])


def test_events_arrive_apart_and_not_as_a_lump(clickgen_with_keys: CommandLine, tmp_path: Path) -> None:
    offsets = np.arange(60, dtype=np.float64) * 0.03
    write_recording(tmp_path / "clicks.jsonl", offsets)
    late, lag = replayed(clickgen_with_keys, tmp_path / "clicks.jsonl", offsets, 1.0)
    assert np.median(late) < 100  # a second's linger made it about 500, and what is left is the machine's
    # `late` is counted from the event that was least late
    assert abs(float(np.median(late)) - lag["p50"]) < 20


@pytest.mark.slow
@pytest.mark.skipif(os.getloadavg()[0] > (os.cpu_count() or 1) / 2, reason="the machine is not quiet")
@pytest.mark.parametrize("rate", [None, 500, 2000, 5000, 10_000, 20_000])
@pytest.mark.parametrize("speed", [1, 10, 100])
def test_the_release_error_at_the_service_is_under_two_milliseconds(
    clickgen_with_keys: CommandLine, tmp_path: Path, speed: float, rate: float | None
) -> None:
    offsets = lognormal(speed) if rate is None else poisson(rate, speed)
    write_recording(tmp_path / "clicks.jsonl", offsets)
    found = []
    for _ in range(ROUNDS):
        late, lag = replayed(clickgen_with_keys, tmp_path / "clicks.jsonl", offsets, speed)
        found.append((float(np.percentile(late, 99)), lag["p99"]))
        seen, said = found[-1]
        if seen < P99_MS and abs(seen - said) < AGREED_MS:
            return
    pytest.fail(f"p99 of {ROUNDS} rounds in ms, at the service and as the run said: {found}")
