"""`clickgen verify kinesis`: every record of every shard since the run began, once, and what is wrong there."""

from pathlib import Path
from typing import Any, Literal

import boto3
import pytest

from clickgen.model.destination import destination_of
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place as PlannedPlace
from clickgen.sink.aws import Access
from clickgen.verify.landings.kinesis.stream_landing import KinesisLanding, find_stream
from clickgen.verify.landings.objects.object_landing import Reader
from clickgen.verify.proof.compare.report import Verdict
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.kinesis_landing import opened, verified
from tests.support.kinesis_stand_in import StandIn, records, serving
from tests.support.planted import (
    AFTER_DEADLINE_MS,
    FOREIGN,
    LANDED_MS,
    OTHER_RUN,
    RUN,
    SENT_MS,
    HeldClock,
    Planted,
    event,
    events,
    found,
    lines,
)
from tests.support.wire import wire

pytestmark = pytest.mark.usefixtures("credentials")


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    return Planted(tmp_path)


def test_the_command_looks_into_the_stream_that_is_named(run: Planted, clickgen: CommandLine) -> None:
    run.claim(0, 20)
    stand_in = StandIn({"shard-0": records(events(0, 20), LANDED_MS)}, retention_hours=24 * 365 * 100)
    with serving(stand_in) as url:
        options = ["--stream", "clicks", "--endpoint-url", url, "--json"]
        said = clickgen.run("verify", "kinesis", "delivery", *options, env=CREDENTIALS)
    assert said.code == 0, said.err
    assert (said.json["verdict"], said.json["delivered"]) == ("verified", 20)
    assert "reading 1 of 1 shards of kinesis:clicks" in said.err


@pytest.mark.slow
def test_a_run_into_a_stream_is_verified_by_the_command(clickgen: CommandLine, moto: str) -> None:
    make: Any = boto3.client  # the stubs of Kinesis are not installed
    make("kinesis", endpoint_url=moto).create_stream(StreamName="clicks", ShardCount=2)
    options = ["--rate", "max", "--events", "200", "--pack"]
    sent = clickgen.run("send", "--to", "kinesis:clicks", "--endpoint-url", moto, *options, env=CREDENTIALS)
    assert sent.code == 0, sent.err
    said = clickgen.run("verify", "kinesis", "delivery", "--json", env=CREDENTIALS)
    assert said.code == 0, said.err
    assert (said.json["verdict"], said.json["delivered"]) == ("verified", 200)
    assert said.json["latency_s"]["accepted"]["max"] < 60
    assert "reading 2 of 2 shards of kinesis:clicks" in said.err


def test_each_kind_of_record_is_counted_for_what_it_is(run: Planted) -> None:
    run.claim(0, 40)
    stand_in = StandIn(
        {
            "shard-0": records(events(0, 10), LANDED_MS),  # no newline behind them
            "shard-1": records(
                [
                    lines(events(10, 20)),  # packed
                    event(3) + event(20),  # a copy, and one joined to it
                    event(21)[:-9],
                    event(22).replace(b"view", b"vjew"),
                    event(23).replace(b":", b";", 1),
                    event(7, run=OTHER_RUN),
                    FOREIGN,
                    *events(24, 39),
                ],
                LANDED_MS + 1000,
            ),
        }
    )
    report = verified(run, stand_in)
    assert found(report) == {
        "delivered": 36,
        "missing": 4,
        "unexplained": 1,
        "conflicting": 1,
        "corrupt": 1,
        "truncated": 1,
        "other_runs": 1,
        "foreign": 1,
    }
    assert [(witness.object, witness.offset) for witness in report.witnesses["conflicting"]] == [("shard-1/4", 0)]
    (again,) = report.witnesses["duplicates"]
    assert (again.object, again.offset) == ("shard-1/2", 0)
    assert "shard-0/4" in again.detail
    assert report.latency_seconds()["sent"]["max"] == pytest.approx(61, abs=0.5)


@pytest.mark.parametrize(("after_ms", "verdict"), [(0, Verdict.ANOMALOUS), (1, Verdict.INCOMPLETE)])
def test_a_stream_keeps_what_came_just_as_long_ago_as_it_says(
    run: Planted, after_ms: int, verdict: Verdict
) -> None:
    run.claim(0, 1)
    stand_in = StandIn({"shard-0": []}, retention_hours=48)
    assert verified(run, stand_in, now_ms=SENT_MS + 48 * 3_600_000 + after_ms).verdict is verdict


def test_what_the_stream_no_longer_keeps_is_not_called_missing(run: Planted) -> None:
    run.claim(0, 10)
    stand_in = StandIn({"shard-0": records(events(6, 10), LANDED_MS)})
    report = verified(run, stand_in, now_ms=AFTER_DEADLINE_MS + 25 * 3_600_000)
    assert (report.verdict, found(report)) == (Verdict.INCOMPLETE, {"delivered": 4, "pending": 6})
    (unread,) = report.witnesses["unread"]
    assert "24 hours" in unread.detail
    stand_in.retention_hours = 48
    report = verified(run, stand_in, now_ms=AFTER_DEADLINE_MS + 25 * 3_600_000)
    assert (report.verdict, found(report)) == (Verdict.ANOMALOUS, {"delivered": 4, "missing": 6})


def test_ids_alone_are_enough_where_a_transform_rewrites(run: Planted) -> None:
    run.claim(0, 4)
    rewritten = [part.replace(b"view", b"seen") for part in events(0, 4)]
    stand_in = StandIn({"shard-0": records(rewritten, LANDED_MS)})
    assert found(verified(run, stand_in)) == {"missing": 4, "conflicting": 4}
    assert found(verified(run, stand_in, ids_only=True)) == {"delivered": 4}


@pytest.mark.parametrize(("kind", "seconds"), [("firehose", 90), ("kinesis", 0)])
def test_only_what_a_pipeline_may_hold_is_waited_for(
    tmp_path: Path, kind: Literal["firehose", "kinesis"], seconds: int
) -> None:
    run = Planted(tmp_path, place=PlannedPlace(bucket="lake", buffer_seconds=90))
    run.plan = run.plan.model_copy(update={"destination": destination_of(kind, "clicks")})
    with opened(run, StandIn({})) as landing:
        assert landing.buffer_seconds == seconds


@pytest.mark.parametrize(
    ("code", "words", "hint"),
    [
        ("ResourceNotFoundException", "no stream 'clicks'", "name"),
        ("ExpiredTokenException", "expired", None),
    ],
)
def test_a_stream_that_cannot_be_found_is_explained(run: Planted, code: str, words: str, hint: str | None) -> None:
    body = b'{"__type":"%b","message":"no"}' % code.encode()
    with wire(lambda _: (400, body)) as server, pytest.raises(EnvironmentProblem, match=words) as raised:
        find_stream(run.plan, "clicks", Access(endpoint_url=server.url))
    assert hint is None or hint in str(raised.value.hint)


def test_a_stream_that_may_not_be_read_names_the_permissions(run: Planted) -> None:
    run.claim(0, 1)
    denied = b'{"__type":"AccessDeniedException","message":"not authorized"}'
    with wire(lambda _: (400, denied)) as server:
        source = find_stream(run.plan, "clicks", Access(endpoint_url=server.url))
        stream = KinesisLanding(run.run, run.plan, source, Reader(), HeldClock(AFTER_DEADLINE_MS), lambda _: None)
        with pytest.raises(EnvironmentProblem, match="no permission to read stream 'clicks'") as raised:
            stream.look(AFTER_DEADLINE_MS)
    assert "kinesis:GetRecords" in str(raised.value.hint)


def test_a_run_that_went_elsewhere_needs_the_streams_name(run: Planted) -> None:
    with pytest.raises(UsageProblem, match=f"run {RUN} went to firehose:clicks") as raised:
        find_stream(run.plan, None, Access())
    assert "--stream NAME" in str(raised.value.hint)
