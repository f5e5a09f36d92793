"""How long events wait for company, by the command line and by the plan; and calls that are rehearsed."""

import json
from pathlib import Path
from typing import Any

import pytest

from clickgen.cost.bill import packed_estimate
from clickgen.model.destination import FileDestination, FirehoseDestination, S3Destination
from clickgen.model.plan import Plan
from clickgen.run.linger import BULK_LINGER_S, LINGER_S, PackedLanes, call_bound, linger_of, senders_of
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose import FirehoseSink
from clickgen.sink.interface import rehearse
from tests.conftest import CommandLine
from tests.deliver.test_delivery import batch_of
from tests.support.snapshots import a_plan, a_replay
from tests.support.wire import wire

AWS = FirehoseDestination(stream="clicks", on_aws=True, region="eu-central-1")


@pytest.mark.parametrize(
    ("plan", "seconds"),
    [
        (a_plan(), LINGER_S),
        (a_plan(pack=True), BULK_LINGER_S),
        (a_plan(rate=None), BULK_LINGER_S),
        (a_plan(linger_s=0.03, pack=True), 0.03),
        (a_plan(destination=S3Destination(stream="bucket/clicks")), BULK_LINGER_S),
        (a_plan(destination=FileDestination(stream="/tmp/clicks.jsonl.gz")), BULK_LINGER_S),
        (a_plan(destination=FileDestination(stream="/tmp/clicks.jsonl")), LINGER_S),
        (a_replay(), 0.0),
        (a_replay(rate=500.0), LINGER_S),
        (a_replay(full_speed=True), BULK_LINGER_S),
        (a_replay(full_speed=True, sources=("-",)), LINGER_S),
        (a_replay(pack=True), BULK_LINGER_S),
    ],
)
def test_a_run_lingers_as_suits_it(plan: Plan, seconds: float) -> None:
    assert linger_of(plan) == seconds


@pytest.mark.parametrize(("region", "quota"), [("us-east-1", 2000), ("eu-central-1", 1000)])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_all_workers_together_make_a_quarter_of_the_calls_that_the_stream_takes(
    region: str, quota: int, workers: int
) -> None:
    plan = a_plan(lanes=64, workers=workers, destination=AWS.model_copy(update={"region": region}))
    bound = call_bound(plan)
    for _ in range(1000):
        bound.cost(0.0)  # however fast this machine is
    left, count = 0.0, 0
    while (left := max(left, bound.permitted_at)) < 1.0:
        bound.take(left)
        count += 1
    assert 0.9 * quota / 4 / workers < count <= quota / 4 / workers + 1


def test_a_plan_that_was_written_before_there_was_a_linger_is_read() -> None:
    written = json.loads(a_replay().model_dump_json())
    for name in ("linger_s", "full_speed"):
        del written[name]
    plan = Plan.model_validate(written)
    assert (plan.linger_s, plan.full_speed, linger_of(plan)) == (None, False, 0.0)


def test_a_replay_has_a_sender_for_every_call_under_way() -> None:
    assert senders_of(a_plan()) == 8
    assert senders_of(a_replay()) == 32


def test_few_of_the_large_calls_are_under_way_at_once() -> None:
    assert senders_of(a_replay(full_speed=True, rate=None)) == 8
    assert senders_of(a_replay(full_speed=True, rate=None, pack=True)) == 3


def test_the_estimate_of_packing_knows_how_many_events_share_a_record() -> None:
    slow, fast = a_plan(rate=5.0, lanes=1), a_plan(rate=50_000.0, lanes=1)
    assert PackedLanes(slow.lanes, slow.linger_s).together(50, 10.0) == 6
    assert PackedLanes(slow.lanes, slow.linger_s).together(50, 0.0) is None
    many = PackedLanes(fast.lanes, fast.linger_s).together(500_000, 10.0)
    assert packed_estimate(500_000, 500_000 * 420, 5120, many) == pytest.approx(
        packed_estimate(500_000, 500_000 * 420, 5120), rel=0.01
    )
    assert packed_estimate(60, 60 * 420, 5120, 6) == 10 * 5120  # a record for each six, where twelve would fit
    assert packed_estimate(62, 62 * 420, 5120, 6) == 11 * 5120


def batches(clickgen: CommandLine, *options: str) -> Any:
    said = clickgen.run("send", "--rate", "200", "--events", "400", "--json", *options)
    assert said.code == 0, said.err
    return said.json


def test_linger_says_how_often_a_call_leaves(clickgen: CommandLine) -> None:
    usual, long = batches(clickgen), batches(clickgen, "--linger", "1s")
    assert 10 <= usual["batches"] <= 22
    assert long["batches"] <= 4
    assert set(usual["answer_ms"]) == {"p50", "p99", "max"}
    assert long["lag_ms"]["p50"] > 200
    assert json.loads(next((clickgen.home / "runs").glob(f"{long['run']}/plan.json")).read_text())["linger_s"] == 1
    shown = clickgen.run("runs", "show", long["run"]).out
    assert "--linger 1s" in shown


def test_linger_is_bounded(clickgen: CommandLine) -> None:
    said = clickgen.run("send", "--linger", "2m")
    assert said.code == 2
    assert "--linger 120s: an event would wait longer than a minute" in said.err


@pytest.mark.parametrize("piped", [False, True])
def test_a_replay_goes_as_fast_as_it_can(clickgen: CommandLine, tmp_path: Path, piped: bool) -> None:
    file = tmp_path / "clicks.jsonl"
    file.write_bytes(b"".join(b'{"n":%d,"ts":%d}\n' % (n, 1_700_000_000 + 100 * n) for n in range(3000)))
    stdin = file.read_bytes() if piped else None
    said = clickgen.run("replay", "-" if piped else str(file), "--rate", "max", "--json", stdin=stdin)
    assert said.code == 0, said.err
    assert said.json["accepted"] == said.json["planned"] == 3000
    assert said.json["seconds"] < 60
    assert "wanted as fast as it goes" in said.err
    if not piped:
        assert "--rate max" in clickgen.run("runs", "show").out
        refused = clickgen.run("replay", str(file), "--rate", "max", "--threshold", "lag_p99<1s")
        assert refused.code == 2
        assert "no lag" in refused.err


def test_a_rehearsed_call_never_leaves_and_the_next_one_does() -> None:
    with wire(lambda _: (200, b"{}")) as server:
        sink = FirehoseSink(make_client("firehose", Access(endpoint_url=server.url, embedded=True)), "clicks")
        rehearse(sink)
        assert server.bodies == []
        sink.put(batch_of(3))
        assert len(json.loads(server.bodies[0])["Records"]) == 3


def test_a_call_leaves_when_it_is_told_to() -> None:
    arrived: list[int] = []
    seen_before: list[int] = []

    def respond(_: bytes) -> tuple[int, bytes]:
        arrived.append(1)
        return 200, b"{}"

    with wire(respond) as server:
        for plain in (True, False):
            client = make_client("firehose", Access(endpoint_url=server.url, embedded=True))
            sink = FirehoseSink(client, "clicks", plain=plain)
            sink.put(batch_of(1), None, lambda: seen_before.append(len(arrived)))
    assert seen_before == [0, 1]
