"""Resuming: what a run had planned and never sent is sent, once, with the ids and bytes that it was to have."""

import json
import os
import shutil
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from clickgen.deliver.lane_queue import LaneQueue, Linger
from clickgen.deliver.pack import Packing
from clickgen.model.batch import SinkLimits
from clickgen.model.block import Block
from clickgen.model.stretches import Stretch, stretches_of, within
from clickgen.traffic.selection import Selection
from tests.conftest import CommandLine, Said
from tests.support.under_way import sending

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
SMALL = SinkLimits(records=7, record_bytes=90, call_bytes=300, bill_unit=40, base64=True)
numbers = st.lists(st.tuples(st.integers(0, 150), st.integers(1, 20)), max_size=10).map(
    lambda drawn: {n for first, count in drawn for n in range(first, first + count)}
)


@given(numbers, st.integers(0, 200), st.integers(0, 200))
def test_stretches_hold_the_numbers_of_a_set(wanted: set[int], begin: int, end: int) -> None:
    stretches = stretches_of(BitMap64(wanted))
    assert [n for first, last in stretches for n in range(first, last)] == sorted(wanted)
    assert all(before[1] < after[0] for before, after in pairwise(stretches))
    inside = [n for first, last in within(stretches, begin, end) for n in range(first, last)]
    assert inside == sorted(n for n in wanted if begin <= n < end)


def blocks_of(count: int, size: int) -> list[Block]:
    """Events 0 to count - 1, one due each second, in blocks."""
    events = [b'{"n":%d}\n' % n for n in range(count)]
    return [
        Block(
            0,
            first,
            b"".join(events[first : first + size]),
            np.cumsum([0, *map(len, events[first : first + size])]),
            np.arange(first, min(count, first + size), dtype=np.float64),
        )
        for first in range(0, count, size)
    ]


@given(numbers, st.integers(1, 40), st.booleans())
def test_only_the_wanted_events_leave_and_no_batch_reaches_over_a_gap(
    wanted: set[int], size: int, pack: bool
) -> None:
    stretches: list[Stretch] = stretches_of(BitMap64(wanted))
    selection = Selection(stretches)
    queue = LaneQueue(0, stretches[0][0] if stretches else 0, Packing(SMALL, pack, 40, 4), Linger(1.0, 1.0))
    left: dict[int, bytes] = {}
    due: list[float] = []
    for block in blocks_of(200, size):
        for piece in selection.pieces(block):
            queue.push(piece)
            due += piece.due.tolist()
        queue.grant(queue.prepared)
    queue.end()
    assert queue.waiting == len(wanted)
    while (candidate := queue.candidate(float("inf"))) is not None:
        batch = queue.take(candidate)
        left |= dict(enumerate(bytes(batch.data).splitlines(), batch.first))
    assert left == {n: b'{"n":%d}' % n for n in wanted}
    assert queue.done
    assert due == sorted(due)
    assert not due or (due[0] == 0.0 and due[-1] == len(due) - len(stretches))


def finish(clickgen: CommandLine, *options: str, code: int = 0) -> Said:
    """Resume the latest run to its end."""
    resumed = clickgen.run("runs", "resume", "--json", *options, env=KEYS)
    assert resumed.code == code, resumed.err
    return resumed


def is_whole(clickgen: CommandLine, events: int) -> None:
    """Every planned event was accepted and is there once, or its copies are explained."""
    proof = clickgen.run("verify", "s3", "delivery", "--json").json
    assert (proof["verdict"], proof["accepted"], proof["delivered"]) == ("verified", events, events)
    assert proof["duplicates"]["unexplained"] == 0


def stop(running: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    time.sleep(1.0)
    running.send_signal(how)
    running.communicate(timeout=60)


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_run_that_was_ended_early_is_finished(clickgen: CommandLine, how: signal.Signals) -> None:
    stop(sending(clickgen, "send", "--rate", "4000", "--events", "20000", "--lanes", "2", "--workers", "2"), how)
    before = clickgen.run("runs", "show", "--json").json
    assert before["unsent"] > 0
    account = finish(clickgen, "--unknown").json
    assert account["accepted"] == account["planned"] == 20_000
    is_whole(clickgen, 20_000)
    assert clickgen.run("runs", "resume").err.startswith(f"run {account['run']} has no unsent events")


@pytest.mark.slow
def test_unknown_events_stay_unknown_unless_they_are_asked_for(clickgen: CommandLine) -> None:
    stop(sending(clickgen, "send", "--rate", "8000", "--events", "60000"), signal.SIGKILL)
    before = clickgen.run("runs", "show", "--json").json
    account = finish(clickgen, code=4 if before["unknown"] else 0).json
    assert account["unknown"] == before["unknown"]
    assert account["accepted"] == 60_000 - before["unknown"]
    again = finish(clickgen, "--unknown").json
    assert again["accepted"] == 60_000
    assert again["records"] == account["records"] + before["unknown"]
    shown = clickgen.run("runs", "show", "--json").json
    assert shown["records"] == again["records"]
    is_whole(clickgen, 60_000)


def test_rejected_events_are_sent_again_on_demand(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks", "--fail-records", "0.2", "--drop-replies", "0.05") as endpoint:
        there = ["--stream", "clicks", "--endpoint-url", endpoint, "--region", "eu-west-1"]
        sent = clickgen.run(
            *("send", *there, "--rate", "max", "--events", "8000", "--max-attempts", "1", "--json"), env=KEYS
        )
        assert sent.code == 1
        assert sent.json["rejected"] > 500
        account = finish(clickgen, "--rejected", "--unknown").json
        assert account["accepted"] == 8_000
        assert account["attempts"] > sent.json["attempts"]
    is_whole(clickgen, 8_000)


def test_a_replay_goes_on_to_the_end_of_its_file(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(12_000)))
    stop(sending(clickgen, "replay", str(file), "--rate", "3000"), signal.SIGKILL)
    account = finish(clickgen, "--unknown").json
    assert account["accepted"] == account["planned"] == 12_000
    is_whole(clickgen, 12_000)


def test_the_folder_of_a_run_is_enough_on_another_machine(clickgen: CommandLine, tmp_path: Path) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint:
        there = ["--stream", "clicks", "--endpoint-url", endpoint, "--region", "eu-west-1"]
        running = sending(clickgen, "send", *there, "--rate", "3000", "--events", "9000", env=KEYS)
        os.kill(running.pid, signal.SIGKILL)
        running.communicate(timeout=60)
        other = CommandLine(tmp_path / "other")
        shutil.copytree(clickgen.home / "runs", other.home / "runs")
        resume = ("runs", "resume", "--unknown", "--json")
        assert "clickgen trust" in other.run(*resume, env=KEYS).err
        assert other.run("trust", "--yes").code == 0
        resumed = other.run(*resume, env=KEYS)
        assert resumed.code == 0, resumed.err
        assert resumed.json["accepted"] == 9_000
    is_whole(other, 9_000)


def test_a_run_that_goes_on_is_not_resumed(clickgen: CommandLine) -> None:
    running = sending(clickgen, "send", "--rate", "500")
    try:
        refused = clickgen.run("runs", "resume")
        assert refused.code == 3
        assert "is held by another process" in refused.err
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)


def test_a_pipe_cannot_be_read_again(clickgen: CommandLine) -> None:
    assert clickgen.run("replay", "-", "--rate", "100", stdin=b'{"a":1}\n').code == 0
    refused = clickgen.run("runs", "resume")
    assert refused.code == 2
    assert "read a pipe" in refused.err
