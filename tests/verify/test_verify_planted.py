"""Verification of planted disorder: it is explained, and what is damaged beside it is still found."""

import base64
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.deliver.lane_queue import LaneQueue, Linger
from clickgen.deliver.pack import Packing
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import Home
from clickgen.ledger.store import LedgerWriter
from clickgen.model.batch import Answer
from clickgen.model.destination import FirehoseDestination
from clickgen.model.disorder import Disorder, Drift
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Plan
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose import LIMITS, FirehoseSink
from clickgen.traffic.disorder.decisions import Decisions
from clickgen.traffic.simulation import SimulatedLane
from clickgen.verify.landings.objects.object_landing import ObjectLanding, Reader
from clickgen.verify.landings.objects.place import FolderPlace
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.proof.compare.planted_disorder import Planted
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.delivery import Request, Verification
from tests.support.disordered import SEED, blocks_of, disordered_lane, lines_of
from tests.support.local_server import serving
from tests.support.planted import CREATED_MS, SENT_MS, HeldClock
from tests.support.simulated import RUN, START_MS

LANES = 2
LATER_MS = 4_000_000_000_000  # when every deadline has passed
ALL = Disorder(
    late=0.1, late_s=2, duplicate=0.1, malformed=0.1, reorder=0.1, drift=(Drift(field="page_number", at_s=0.4),)
)


class Disordered:
    """A run with planted disorder whose ledger says that all was accepted, and a lake."""

    def __init__(self, folder: Path, disorder: Disorder, count: int) -> None:
        self.disorder, self.count = disorder, count
        self.lake = folder / "lake"
        self.lake.mkdir(parents=True)
        self.run = Home(folder / "home").new_run(RUN)
        self.plan = Plan(
            run=RUN,
            command="send",
            created_ms=CREATED_MS,
            start_ms=START_MS,
            lanes=LANES,
            planned=LANES * count,
            seed=SEED,
            destination=FirehoseDestination(stream="clicks", region="us-east-1"),
        )
        self.run.write_plan(self.plan)
        self.blocks = [blocks_of(self.open_lane(lane)) for lane in range(LANES)]
        ledger = LedgerWriter(self.run.ledger_file)
        for lane in range(LANES):
            ledger.lease([Lease(lane, 0, count)])
            ledger.note([Outcome(lane, 0, count, State.ACCEPTED, 1, SENT_MS, SENT_MS)])
        ledger.close_run({}, {}, Ending.COMPLETE)

    def open_lane(self, lane: int) -> SimulatedLane:
        """A lane from its beginning on."""
        return disordered_lane(self.disorder, self.count, lane=lane, lanes=LANES)

    def sent(self, lane: int) -> list[bytes]:
        """What was sent of a lane, line by line."""
        return lines_of(self.blocks[lane])

    def put(self, name: str, lines: list[bytes]) -> None:
        """Let an object land."""
        (self.lake / name).write_bytes(b"".join(line + b"\n" for line in lines))

    def verify(self) -> DeliveryReport:
        planted = Planted(
            self.plan,
            self.disorder,
            lambda lane: disordered_lane(self.disorder, self.count, lane=lane, lanes=LANES),
        )
        where = SearchScope(FolderPlace(self.lake), None, 60)
        clock = HeldClock(LATER_MS)
        objects = ObjectLanding(self.run, self.plan, where, Reader(planted=planted), lambda _: None)
        return Verification(self.run, self.plan, objects, Request(), clock, lambda _: None, planted).report()

    def counted(self) -> dict[str, int]:
        """What is planted, counted one by one."""
        counts = dict.fromkeys(("late", "duplicates", "malformed", "reordered", "drifted"), 0)
        for lane in range(LANES):
            decided = Decisions(self.disorder, seed=SEED, lane=lane, count=self.count)
            for block in self.blocks[lane]:
                numbers = np.arange(block.first, block.end)
                counts["late"] += int((decided.late_ms(numbers) > 0).sum())
                counts["malformed"] += int(decided.malformed(numbers).sum())
                counts["reordered"] += int(decided.swapped(numbers).sum())
                counts["duplicates"] += 0 if block.copies is None else len(block.copies)
                counts["drifted"] += int((block.due >= 0.4).sum()) if self.disorder.drift else 0
        return counts


@pytest.fixture
def run(tmp_path: Path) -> Disordered:
    """600 events of two lanes, with disorder of all kinds."""
    return Disordered(tmp_path, ALL, 300)


def test_only_planted_disorder_is_verified(run: Disordered) -> None:
    for lane in range(LANES):
        run.put(f"lane-{lane}", run.sent(lane))
    report = run.verify()
    assert report.verdict is Verdict.VERIFIED, report
    assert report.planted is not None
    assert report.planted._asdict() == run.counted() == report.to_json()["planted"]
    assert min(report.planted) > 20
    assert (report.delivered, report.missing, report.unexplained) == (600, 0, 0)
    assert report.explained >= 0.9 * report.planted.duplicates  # copies of an empty line say nothing
    assert (report.conflicting, report.corrupt, report.truncated, report.foreign) == (0, 0, 0, 0)


def test_without_the_plan_planted_disorder_is_damage(run: Disordered) -> None:
    for lane in range(LANES):
        run.put(f"lane-{lane}", run.sent(lane))
    where = SearchScope(FolderPlace(run.lake), None, 60)
    clock = HeldClock(LATER_MS)
    objects = ObjectLanding(run.run, run.plan, where, Reader(), lambda _: None)
    report = Verification(run.run, run.plan, objects, Request(), clock, lambda _: None).report()
    assert report.verdict is Verdict.ANOMALOUS
    assert report.missing > 20 < report.unexplained
    assert report.planted is None


def test_malformed_events_in_the_error_output_do_not_spoil(run: Disordered) -> None:
    for lane in range(LANES):
        decided = Decisions(ALL, seed=SEED, lane=lane, count=300)
        taken: list[bytes] = []
        refused: list[bytes] = []
        for block in run.blocks[lane]:
            for position in range(len(block)):
                malformed = decided.malformed(np.array([block.first + position]))[0]
                (refused if malformed else taken).append(block.event(position))
        run.put(f"taken-{lane}", taken)
        failures = [{"errorCode": "Lambda.FunctionError", "rawData": raw_data(event)} for event in refused]
        run.put(f"errors-{lane}", [json.dumps(failure).encode() for failure in failures])
    report = run.verify()
    assert report.verdict is Verdict.VERIFIED
    assert report.planted is not None
    assert report.failed == report.failed_planted == report.planted.malformed
    assert (report.delivered, report.missing) == (600 - report.failed, 0)
    assert report.failed_codes == {"Lambda.FunctionError": report.failed}


def raw_data(event: bytes) -> str:
    return base64.b64encode(event + b"\n").decode()


disorders = st.builds(
    Disorder,
    late=st.sampled_from([0.0, 0.3]),
    late_s=st.just(5.0),
    duplicate=st.sampled_from([0.0, 0.2]),
    malformed=st.sampled_from([0.0, 0.2]),
    reorder=st.sampled_from([0.0, 0.5]),
    drift=st.sampled_from([(), ALL.drift]),
)
fates = st.lists(st.sampled_from(["deleted", "doubled", "changed"]), max_size=8)


@settings(max_examples=6)
@given(disorders, fates, st.integers(1, 2**32), st.integers(1, 3))
def test_damage_beside_planted_disorder_is_found_exactly(
    tmp_path_factory: pytest.TempPathFactory, disorder: Disorder, damage: list[str], seed: int, objects: int
) -> None:
    run = Disordered(tmp_path_factory.mktemp("run"), disorder, 80)
    lines = [line for lane in range(LANES) for line in run.sent(lane)]
    once = {line for line, count in Counter(lines).items() if count == 1 and len(line) > 100}
    told = [position for position, line in enumerate(lines) if line in once]
    chosen = np.random.default_rng(seed).permutation(told)[: 2 * len(damage) : 2].tolist()
    landed = [[line] for line in lines]
    expected = dict.fromkeys(("deleted", "doubled", "changed"), 0)
    for position, fate in zip(chosen, damage, strict=True):
        line = lines[position]
        landed[position] = {"deleted": [], "doubled": [line, line], "changed": [line[:-9] + b"~" + line[-8:]]}[
            fate
        ]
        expected[fate] += 1
    lost = expected["deleted"] + expected["changed"]
    for number in range(objects):
        part = landed[number * len(lines) // objects : (number + 1) * len(lines) // objects]
        run.put(str(number), [line for group in part for line in group])
    report = run.verify()
    assert report.planted is not None
    assert report.planted._asdict() == run.counted()
    assert (report.delivered, report.missing) == (LANES * 80 - lost, lost)
    assert report.unexplained == expected["doubled"]
    assert report.conflicting + report.corrupt + report.truncated == expected["changed"]
    assert report.verdict is (Verdict.ANOMALOUS if damage else Verdict.VERIFIED)


def test_planted_disorder_through_the_embedded_pipeline(tmp_path: Path) -> None:
    run = Disordered(tmp_path, ALL, 300)
    with serving(run.lake, "--stream", "clicks", "--compression", "gzip") as server:
        sink = FirehoseSink(make_client("firehose", Access(endpoint_url=server.endpoint, embedded=True)), "clicks")
        for lane, pack in enumerate((False, True)):
            queue = LaneQueue(lane, 0, Packing(LIMITS, pack), Linger(1.0, 1.0))
            for block in run.blocks[lane]:
                queue.push(block)
            queue.end()
            queue.grant(300)
            while (candidate := queue.candidate(math.inf)) is not None:
                assert sink.put(queue.take(candidate)) == Answer()
        assert server.stop() == 0
    report = run.verify()
    assert report.verdict is Verdict.VERIFIED
    assert (report.delivered, report.missing, report.corrupt) == (600, 0, 0)
    assert report.explained > 20
