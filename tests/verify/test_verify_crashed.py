"""Every kind of place calls a run that crashed incomplete, on the terminal, in JUnit and in the report."""

import xml.etree.ElementTree as ET
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clickgen.model.event_id import ID_LENGTH
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.athena_stand_in import athena
from tests.support.dynamodb_stand_in import StandIn as Items
from tests.support.dynamodb_stand_in import serving as serving_table
from tests.support.kinesis_stand_in import StandIn as Shards
from tests.support.kinesis_stand_in import records
from tests.support.kinesis_stand_in import serving as serving_stream
from tests.support.planted import ID_AT, LANDED_MS, RUN, Planted, crashed, events
from tests.support.postgres import postgres
from tests.support.redshift_stand_in import redshift

__all__ = ["postgres"]

RESUME = f"clickgen runs resume {RUN}"
IDS = [part[ID_AT : ID_AT + ID_LENGTH].decode() for part in events(0, 20)]


def place_of(kind: str, run: Planted, postgres: str, stack: ExitStack) -> list[str]:
    """The options of `verify KIND delivery` for a place that holds all 20 accepted events."""
    if kind in ("s3", "file"):
        return ["--at", str(run.lake if kind == "s3" else run.lake / "1")]
    if kind == "parquet":
        (run.lake / "curated").mkdir()
        pq.write_table(pa.table({"event_id": IDS}), run.lake / "curated" / "1.parquet")
        return ["--at", str(run.lake / "curated")]
    if kind == "kinesis":
        shards = Shards({"shard-0": records(events(0, 20), LANDED_MS)}, retention_hours=24 * 365 * 100)
        return ["--stream", "clicks", "--endpoint-url", stack.enter_context(serving_stream(shards))]
    if kind == "dynamodb":
        url = stack.enter_context(serving_table(Items([{"event_id": {"S": name}} for name in IDS])))
        return ["--table", "clicks", "--content", "ids", "--region", "us-east-1", "--endpoint-url", url]
    return table_of(kind, postgres, stack)


def table_of(kind: str, postgres: str, stack: ExitStack) -> list[str]:
    """The same for an engine that answers SQL."""
    if kind == "athena":
        stand_in = stack.enter_context(athena())
        stand_in.database.register("rows", pa.table({"event_id": IDS}))
        stand_in.database.execute("CREATE SCHEMA clicks; CREATE TABLE clicks.events AS SELECT * FROM rows")
        return [
            "--table",
            "clicks.events",
            "--region",
            "us-east-1",
            "--endpoint-url",
            stand_in.endpoint,
            "--output",
            "s3://r/",
        ]
    server = stack.enter_context(redshift(postgres))
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS clicks")
        connection.execute("CREATE TABLE clicks (event_id varchar(64))")
        connection.cursor().executemany("INSERT INTO clicks VALUES (%s)", [(name,) for name in IDS])
    where = ["--workgroup", "warehouse", "--database", "dev", "--table", "public.clicks"]
    return [*where, "--region", "us-east-1", "--endpoint-url", server.endpoint]


@pytest.mark.parametrize("kind", ["s3", "file", "parquet", "kinesis", "dynamodb", "athena", "redshift"])
def test_every_place_calls_a_crashed_run_incomplete(
    tmp_path: Path, clickgen: CommandLine, postgres: str, kind: str
) -> None:
    run, junit = crashed(tmp_path), tmp_path / "junit.xml"
    with ExitStack() as stack:
        options = place_of(kind, run, postgres, stack)
        said = clickgen.run("verify", kind, "delivery", *options, "--junit", str(junit), env=CREDENTIALS)
    assert said.code == 4, said.err
    first = said.out.splitlines()[0]
    assert first.startswith(f"run {RUN} incomplete: all 20 accepted events arrived")
    assert "the run crashed or was killed, 20 unsent and 10 unknown" in " ".join(said.out.split())
    assert f"hint     {RESUME}" in said.out
    [verdict] = [case for case in ET.parse(junit).iter("testcase") if "verdict" in case.attrib["name"]]
    assert verdict[0].tag == "failure"
    assert verdict[0].text == RESUME
    page = tmp_path / "report.html"
    assert clickgen.run("report", "-o", str(page)).code == 0
    assert '<span class="badge">incomplete</span>' in page.read_text()
    assert f"<pre>{RESUME}</pre>" in page.read_text()
