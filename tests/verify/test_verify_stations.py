"""`clickgen verify all`: the station where events were lost, whatever the pipeline, and the file that names it."""

import json
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.errors import EnvironmentProblem, ExitCode, UsageProblem
from clickgen.model.event_id import ID_LENGTH
from clickgen.pipeline.pipeline_file import load_pipeline, pipeline_of
from clickgen.verify.landings.station import S3Station
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.verification_store import read_stations
from clickgen.verify.stations.walk import FunnelStep, Passage, Seen
from clickgen.view.stations import funnel_lines
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.dynamodb_stand_in import StandIn, serving
from tests.support.kinesis_stand_in import StandIn as KinesisStandIn
from tests.support.kinesis_stand_in import records
from tests.support.kinesis_stand_in import serving as serving_stream
from tests.support.planted import ID_AT, RUN, Planted, events, lines

EXAMPLE = Path(__file__).parents[2] / "examples" / "pipeline.toml"


def test_a_pipeline_names_the_station_where_losses_were_planted(tmp_path: Path, clickgen: CommandLine) -> None:
    run = Planted(tmp_path)
    run.claim(0, 100)
    run.put("raw/1", lines(events(0, 100)), packed=True)
    run.put("transformed/1", lines(events(0, 60) + events(65, 90)))
    run.put("curated.jsonl", lines(events(0, 40) + events(60, 62) + events(65, 90)))
    pipeline = tmp_path / "mine.toml"
    pipeline.write_text(
        _station("raw", "s3", at=run.lake / "raw")
        + _station("transformed", "s3", at=run.lake / "transformed")
        + _station("curated", "file", at=run.lake / "curated.jsonl")
    )
    said = clickgen.run("verify", "all", "delivery", "--pipeline", str(pipeline), "--json")
    assert said.code == 1
    assert (said.json["run"], said.json["verdict"], said.json["accepted"]) == (RUN, "anomalous", 100)
    rows = [[row[name] for name in ("station", "found", "lost", "skipped")] for row in said.json["funnel"]]
    assert rows == [["raw", 100, 0, 0], ["transformed", 85, 13, 2], ["curated", 67, 20, 0]]
    assert [station["verdict"] for station in said.json["stations"]] == ["verified", "anomalous", "anomalous"]
    assert said.json["funnel"][1]["witnesses"][0] == "67404b1c-9d2e-8000-8000-00003e······"
    assert "33 of 100 accepted events were lost: 13 at transformed, 20 at curated" in said.err


def test_stations_of_every_kind_stand_in_one_funnel(tmp_path: Path, clickgen: CommandLine) -> None:
    pytest.importorskip("duckdb")
    run = Planted(tmp_path)
    run.claim(0, 50)
    run.put("raw/1", lines(events(0, 50)))
    ids = [part[ID_AT : ID_AT + ID_LENGTH].decode() for part in events(0, 50)]
    curated = run.lake / "curated" / "part-0.parquet"
    curated.parent.mkdir()
    pq.write_table(pa.table({"event_id": ids[:45]}), curated)
    table = StandIn([{"event_id": {"S": event_id}} for event_id in ids[2:44]])
    with serving(table) as url:
        (tmp_path / "pipeline.toml").write_text(
            _station("raw", "s3", at=run.lake / "raw")
            + _station("curated", "parquet", at=curated.parent)
            + _station("served", "dynamodb", table="clicks", endpoint_url=url, region="us-east-1", content="ids")
        )
        options = ["--pipeline", str(tmp_path / "pipeline.toml"), "--json"]
        said = clickgen.run("verify", "all", "delivery", *options, env=CREDENTIALS)
    assert said.code == 1, said.err
    rows = [[row[name] for name in ("station", "found", "lost")] for row in said.json["funnel"]]
    assert rows == [["raw", 50, 0], ["curated", 45, 5], ["served", 42, 3]]
    kept = read_stations(run.run)
    assert kept is not None
    assert [(station.name, station.found, station.lost) for station in kept.stations] == [
        tuple(row) for row in rows
    ]


def test_a_run_is_followed_through_a_transform_into_tables(clickgen: CommandLine, tmp_path: Path) -> None:
    """Raw objects, then JSON with a field renamed, a stream and a table of the same, and Parquet of it."""
    pytest.importorskip("duckdb")
    # some of what is malformed can be parsed all the same: by this seed, none of it is among what is lost below
    options = ["--events", "600", "--rate", "max", "--lanes", "1", "--malformed", "5%", "--seed", "1", "--json"]
    sent = clickgen.run("send", *options)
    assert sent.code == 0, sent.err
    malformed, landed = 0, []
    for line in _landed_lines(clickgen.home / "lake"):
        try:
            event = json.loads(line)
        except ValueError:
            malformed += 1
        else:
            landed.append({"page_path": event.pop("page"), "loaded_at": 1, **event})
    assert 5 < malformed < 60
    transformed = landed[:100] + landed[107:]
    curated = transformed[:200] + transformed[205:]
    texts = [json.dumps(event).encode() for event in transformed]
    (tmp_path / "transformed.jsonl").write_bytes(lines(texts))
    pq.write_table(pa.table({"event_id": [event["event_id"] for event in curated]}), tmp_path / "part.parquet")
    items = [_item(event) for event in curated]
    now_ms = time.time_ns() // 1_000_000
    rules = {"content": "fields", "renamed": {"page": "page_path"}, "added": ["loaded_at"]}
    at_aws = {"region": "us-east-1", **rules}
    shards = KinesisStandIn({"shard-0": records(texts, now_ms)}, page=1000)
    with serving_stream(shards) as stream, serving(StandIn(items, page=1000)) as table:
        (tmp_path / "pipeline.toml").write_text(
            _station("raw", "s3")
            + _station("transformed", "file", at=tmp_path / "transformed.jsonl", **rules)
            + _station("streamed", "kinesis", stream="clicks", endpoint_url=stream, **at_aws)
            + _station("curated", "parquet", at=tmp_path / "part.parquet")
            + _station("served", "dynamodb", table="clicks", endpoint_url=table, **at_aws)
        )
        junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
        options = ["--pipeline", str(tmp_path / "pipeline.toml"), "--junit", str(junit), "--summary", str(summary)]
        said = clickgen.run("verify", "all", "delivery", "--wait", "0s", *options, "--json", env=CREDENTIALS)
    assert said.code == 1, said.err
    rows = [[row[name] for name in ("station", "found", "lost", "dropped")] for row in said.json["funnel"]]
    there = 600 - malformed - 7
    assert rows == [
        ["raw", 600, 0, 0],
        ["transformed", there, 7, malformed],
        ["streamed", there, 0, 0],
        ["curated", there - 5, 5, 0],
        ["served", there - 5, 0, 0],
    ]
    assert [station.get("conflicting", 0) for station in said.json["stations"]] == [0] * 5, said.out
    assert f"{malformed} malformed on purpose" in said.err
    assert "12 of 600 accepted events were lost: 7 at transformed, 5 at curated" in said.err
    suites = ET.parse(junit).getroot()
    names = [suite.attrib["name"].split()[2] for suite in suites]
    assert names == ["raw", "transformed", "streamed", "curated", "served"]
    headings = [line for line in summary.read_text().splitlines() if line.startswith("### ")]
    assert [heading.split()[2] for heading in headings] == [f"{name}:" for name in names]


def test_rules_without_fields_to_compare_or_against_each_other_are_told() -> None:
    text = """\
[[station]]
name = "a"
place = "s3"
dropped = ["x"]

[[station]]
name = "b"
place = "file"
content = "fields"
dropped = ["x"]
added = ["x"]
"""
    with pytest.raises(UsageProblem) as raised:
        pipeline_of(text, "mine.toml")
    assert raised.value.message.splitlines() == [
        'mine.toml:1: station[0]: added, dropped, renamed and loose_types are rules for content = "fields"',
        "mine.toml:6: station[1]: two rules say what becomes of the field 'x'",
    ]


def test_without_a_file_it_says_how_to_write_one(tmp_path: Path, clickgen: CommandLine) -> None:
    Planted(tmp_path).claim(0, 1)
    said = clickgen.run("verify", "all", "delivery", "--pipeline", str(tmp_path / "none.toml"))
    assert said.code == 2
    assert "[[station]]" in said.err


def test_a_station_that_cannot_be_looked_at_is_passed_by(tmp_path: Path, clickgen: CommandLine) -> None:
    run = Planted(tmp_path)
    run.claim(0, 10)
    run.put("raw/1", lines(events(0, 10)))
    pipeline = tmp_path / "pipeline.toml"
    unreachable = _station(
        "stream", "kinesis", stream="clicks", endpoint_url="http://127.0.0.1:9", region="us-east-1"
    )
    pipeline.write_text(unreachable + _station("raw", "s3", at=run.lake / "raw"))
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    said = clickgen.run("verify", "all", "delivery", "--pipeline", str(pipeline), env=credentials)
    assert said.code == 3, said.err
    assert "not looked at" in said.out
    assert said.out.splitlines()[-1].startswith(f"run {RUN} incomplete: ")


def test_all_that_is_wrong_in_the_file_is_told_at_once() -> None:
    text = """\
[[station]]
name = "raw"
place = "kinessis"

[[station]]
place = "s3"
att = "s3://lake/"
content = "both"

[[station]]
name = "wh"
place = "redshift"
table = "public.clicks"
query_timeout = "soon"

[stations]
"""
    with pytest.raises(UsageProblem) as raised:
        pipeline_of(text, "mine.toml")
    assert raised.value.message.splitlines() == [
        'mine.toml:16: stations: unknown key; did you mean "station"?',
        "mine.toml:3: station[0].place: there is no place 'kinessis'; did you mean \"kinesis\"?",
        "mine.toml:5: station[1].name: missing: what it is called in the funnel",
        "mine.toml:8: station[1].content: input should be 'check', 'fields' or 'ids' (given: 'both')",
        'mine.toml:7: station[1].att: unknown key; did you mean "at"?',
        'mine.toml:14: station[2].query_timeout: "soon" is not a duration; write 30s, 5m, 2h, 1h30m or 3d',
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 to 20 stations"),
        ("station = 3", "each station is a table of its own"),
        ("[[station]\n", "mine.toml:1: not a TOML file"),
        ('[[station]]\nname = "a"\nplace = "s3"\n' * 2, 'there are two stations "a"'),
        ('[[station]]\nname = "a"\n', "place: missing: one of s3, file"),
        ('[[station]]\nname = "a"\nplace = "redshift"\ntable = "t"\n', "name a cluster or a workgroup"),
    ],
)
def test_a_file_that_is_no_pipeline_is_explained(text: str, words: str) -> None:
    with pytest.raises(UsageProblem) as raised:
        pipeline_of(text, "mine.toml")
    assert words in raised.value.message


def test_the_example_is_a_pipeline() -> None:
    assert [station.place for station in load_pipeline(EXAMPLE).stations] == ["s3", "s3", "parquet", "athena"]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), st.sampled_from([80, 140]), st.booleans())
@settings(max_examples=30)
def test_the_funnel_fits_the_terminal(found: list[int], width: int, ascii_only: bool) -> None:
    passage = _passage(10**9, found)
    drawn = funnel_lines(passage, width, ascii_only=ascii_only)
    assert len(drawn) == 1 + len(found)
    assert max(len(line) for line in drawn) <= width
    assert not ascii_only or all(line.plain.isascii() for line in drawn)


def test_a_verdict_is_the_worst_of_the_stations_and_never_verified_unseen(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 3)
    run.put("1", lines(events(0, 3)))
    verified = run.verify()
    run.put("1", lines(events(0, 2)))
    lost = run.verify()
    good, bad = (Seen(_raw("a"), "", 0, report=report) for report in (verified, lost))
    unseen = Seen(_raw("b"), "", 0, problem=EnvironmentProblem("no"))
    for stations, verdict, code in (
        ([good, good], Verdict.VERIFIED, ExitCode.OK),
        ([good, bad], Verdict.ANOMALOUS, ExitCode.LOST),
        ([good, unseen], Verdict.INCOMPLETE, ExitCode.ENVIRONMENT),
        ([unseen, bad], Verdict.ANOMALOUS, ExitCode.LOST),
    ):
        passage = Passage(RUN, 3, stations)
        assert (passage.verdict, passage.exit_code) == (verdict, code)


def _station(name: str, place: str, **options: object) -> str:
    keys = {"name": name, "place": place, **options}
    return "\n".join(["[[station]]", *(f"{key} = {_toml(value)}" for key, value in keys.items()), "\n"])


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, default=str)


def _item(event: dict[str, Any]) -> dict[str, Any]:
    """The event as DynamoDB keeps it."""
    exact = json.loads(json.dumps(event), parse_float=Decimal)
    return {name: TypeSerializer().serialize(value) for name, value in exact.items()}


def _landed_lines(lake: Path) -> list[bytes]:
    files = [path for path in sorted(lake.rglob("*")) if path.is_file()]
    landed = [path for path in files if not any(part.startswith(".") for part in path.relative_to(lake).parts)]
    return [line for path in landed for line in path.read_bytes().splitlines()]


def _raw(name: str) -> S3Station:
    return S3Station(name=name, place="s3")


def _passage(accepted: int, found: Sequence[int]) -> Passage:
    steps = [FunnelStep(number, accepted - number, number // 2, 0, []) for number in found]
    seen = [Seen(_raw(f"station {place}"), "", 0, step=step) for place, step in enumerate(steps)]
    return Passage(RUN, accepted, seen)
