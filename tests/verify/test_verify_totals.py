"""`clickgen expect` and `clickgen verify PLACE totals` as users run them, over events that engines can query."""

import csv
import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import click
import duckdb
import psycopg
import pytest

from clickgen.cli.commands.expect import expect
from clickgen.cli.commands.generate import generate
from clickgen.cli.commands.verify.athena import totals as athena_totals
from clickgen.cli.commands.verify.parquet import totals as parquet_totals
from clickgen.cli.commands.verify.redshift import totals as redshift_totals
from clickgen.expect.parsed import ParsedEvents, fields_of
from clickgen.expect.question import Question
from clickgen.expect.simulated import simulated_answers
from clickgen.model.destination import DynamoDbDestination
from clickgen.model.errors import UsageProblem
from clickgen.sink.aws import Access
from clickgen.verify.inspections.totals.columns import sort_columns
from clickgen.verify.inspections.totals.compare import QueryResult, TotalsVerdict, compare_totals
from clickgen.verify.inspections.totals.sources import count_items
from clickgen.verify.landings.dynamodb.table_landing import find_table
from tests.support.athena_stand_in import SCANNED_BYTES, athena
from tests.support.counted import made, sent
from tests.support.postgres import postgres
from tests.support.simulated import shop

__all__ = ["postgres"]  # a fixture

RUN = "0a1b2c3d4e5f"
COUNT_BY_DAY = 'SELECT CAST("event_time" AS DATE) AS dt, country, COUNT(*) AS cnt FROM events GROUP BY 1, 2'


@dataclass(frozen=True)
class Ended:
    """How a command ended, and the JSON object that it printed."""

    code: int
    out: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def ended(command: click.Command, home: Path, *words: str) -> Ended:
    said = io.StringIO()
    with redirect_stdout(said):
        code = command.main([RUN, "--home", str(home), *words], "command", standalone_mode=False)
    return Ended(code or 0, said.getvalue())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run of a minute, whose events are in `events.parquet` beside its runs."""
    home = tmp_path_factory.mktemp("home")
    words = ["--rate", "20", "--since", "2026-03-01T23:59:30Z", "--duration", "1m", "--seed", "7", "--run-id", RUN]
    target = ["--to", str(home / "events.parquet"), "--home", str(home), "--json"]
    with redirect_stdout(io.StringIO()):
        assert generate.main([*words, *target], "generate", standalone_mode=False) == 0
    return home


def changed(home: Path, tmp_path: Path, sql: str) -> Path:
    """The events as a table `events` with something done to it."""
    path = tmp_path / "changed.parquet"
    with duckdb.connect() as connection:
        connection.read_parquet(str(home / "events.parquet")).create("events")
        connection.execute(sql)
        connection.table("events").write_parquet(str(path))
    return path


def test_expect_prints_one_thing_in_three_ways(home: Path) -> None:
    document = ended(expect, home, "--by", "day,country", "--json").json
    assert document["by"] == ["day", "country"]
    assert sum(row["hits"] for row in document["rows"]) == document["accepted"] > 1000
    rows = list(csv.DictReader(io.StringIO(ended(expect, home, "--by", "day,country", "--csv").out)))
    assert [{**row, "hits": int(row["hits"])}["hits"] for row in rows] == [row["hits"] for row in document["rows"]]
    assert float(rows[0]["revenue"]) == document["rows"][0]["revenue"]
    table = ended(expect, home, "--by", "day,country", "--timezone", "Europe/Berlin").out.splitlines()
    accepted = f"{document['accepted']:,} accepted events, each counted once"
    assert table[0] == f"run {RUN}: {accepted}, days and hours of Europe/Berlin"
    assert table[1].split() == ["day", "country", "hits", "users", "sessions", "orders", "revenue", "EUR"]
    assert {line.split()[0] for line in table[2:]} == {"2026-03-02"}


def test_the_query_that_expect_prints_can_be_put_to_the_events(home: Path) -> None:
    sql = ended(expect, home, "--by", "day,page", "--sql", "--dialect", "duckdb", "--table", "clicks").out
    with duckdb.connect() as connection:
        connection.read_parquet(str(home / "events.parquet")).create_view("clicks")
        found = connection.execute(sql).fetchall()
    document = ended(expect, home, "--by", "day,page", "--json").json
    assert [row[:3] for row in found] == [(row["day"], row["page"], row["hits"]) for row in document["rows"]]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--csv", "--json"], "--csv together"),
        (["--field", "page=p"], "--field is for replays"),
        (["--sql", "--field", "page=p"], "--field is for replays"),
        (["--field", "page"], "not NAME=VALUE"),
        (["--by", "day", "--timezone", "Mars/Base"], "no time zone"),
    ],
)
def test_expect_says_what_it_cannot_do(home: Path, words: list[str], problem: str) -> None:
    with pytest.raises(UsageProblem, match=problem):
        ended(expect, home, *words)


def test_totals_of_the_events_themselves_are_counted_and_never_verified(home: Path) -> None:
    at = ["--at", str(home / "events.parquet")]
    found = ended(parquet_totals, home, *at, "--by", "day,hour,page", "--funnel", "--json")
    assert found.code == 0
    assert found.json["verdict"] == "counted"
    assert {"purchase_sessions", "revenue"} < set(found.json["measures"])
    query = home / "daily.sql"
    query.write_text(COUNT_BY_DAY)
    found = ended(
        parquet_totals, home, *at, "--query", str(query), "--column", "hits=cnt", "--column", "day=dt", "--json"
    )
    assert (found.code, found.json["by"], found.json["measures"]) == (0, ["day", "country"], ["hits"])


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ("DELETE FROM events WHERE event_type = 'purchase' AND country = 'DE'", {"differences"}),
        ("DELETE FROM events WHERE country = 'AT'", {"missing"}),
        ("UPDATE events SET country = 'ÖS' WHERE country = 'AT'", {"missing", "surplus"}),
        ("UPDATE events SET cart_value = cart_value + 0.01 WHERE order_id IS NOT NULL", {"differences"}),
        ("INSERT INTO events SELECT * FROM events", set()),
    ],
)
def test_what_a_transform_does_shows_in_the_totals(
    home: Path, tmp_path: Path, change: str, count: set[str]
) -> None:
    path = changed(home, tmp_path, change)
    found = ended(parquet_totals, home, "--at", str(path), "--by", "day,country", "--json")
    assert {name for name in ("differences", "missing", "surplus") if found.json[name]} == count
    assert (found.code, found.json["verdict"]) == ((1, "anomalous") if count else (0, "counted"))


def test_rows_without_ids_count_each_copy(home: Path, tmp_path: Path) -> None:
    path = changed(
        home, tmp_path, "INSERT INTO events SELECT * FROM events LIMIT 3; ALTER TABLE events DROP event_id"
    )
    found = ended(parquet_totals, home, "--at", str(path), "--without-id", "--json")
    (hits,) = (each for each in found.json["differences"] if each["measure"] == "hits")
    assert hits["difference"] == 3
    within = ended(parquet_totals, home, "--at", str(path), "--without-id", "--tolerance", "2%", "--json")
    assert within.json["verdict"] in {"counted", "anomalous"}
    assert "hits" not in {each["measure"] for each in within.json["differences"]}


def test_athena_is_asked_in_its_own_sql(home: Path, credentials: None) -> None:
    with athena() as stand_in:
        stand_in.database.execute("CREATE SCHEMA web")
        stand_in.database.read_parquet(str(home / "events.parquet")).create("web.clicks")
        words = ["--table", "web.clicks", "--workgroup", "w", "--endpoint-url", stand_in.endpoint]
        found = ended(athena_totals, home, *words, "--by", "day,hour,page", "--json")
        assert (found.code, found.json["verdict"], found.json["scanned_bytes"]) == (0, "counted", SCANNED_BYTES)
        assert found.json["cost_usd"] > 0
        narrowed = ended(athena_totals, home, *words, "--where", "country <> 'AT'", "--by", "country", "--json")
        assert narrowed.json["missing"] == [{"country": "AT"}]


@pytest.mark.slow  # a server of PostgreSQL is started
def test_redshift_is_asked_in_its_own_sql(home: Path, postgres: str) -> None:
    with duckdb.connect() as connection:
        events = connection.read_parquet(str(home / "events.parquet"))
        rows = events.select(
            "event_id", "event_time", "visitor_id", "session_id", "order_id", "cart_value", "page"
        ).fetchall()
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(
            "CREATE TABLE clicks (event_id varchar, event_time varchar, visitor_id varchar,"
            " session_id varchar, order_id varchar, cart_value double precision, page varchar)"
        )
        server.cursor().executemany("INSERT INTO clicks VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
    words = ["--table", "public.clicks", "--dsn", postgres, "--by", "day,hour,page", "--timezone", "Europe/Berlin"]
    found = ended(redshift_totals, home, *words, "--json")
    assert (found.code, found.json["verdict"]) == (0, "counted")


def test_items_of_a_table_are_counted_here(moto: str, credentials: None) -> None:
    database: Any = boto3.client("dynamodb", endpoint_url=moto)
    key = {"AttributeName": "event_id"}
    database.create_table(
        TableName="clicks",
        KeySchema=[key | {"KeyType": "HASH"}],
        AttributeDefinitions=[key | {"AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    to_table = DynamoDbDestination(stream="clicks", keys={"event_id": "S"}, endpoint_url=moto)
    plan = sent(120).model_copy(update={"destination": to_table})
    run = made(plan)
    resource: Any = boto3.resource("dynamodb", endpoint_url=moto)
    with resource.Table("clicks").batch_writer() as batch:
        for line in run.lines:
            event = json.loads(line, parse_float=Decimal)
            batch.put_item(event)
            if "order_id" in event or event["page_number"] == 3:  # somebody else's
                batch.put_item(event | {"event_id": "f" + event["event_id"][1:]})
    question = Question(("day", "page"))
    counting = ParsedEvents(question, fields_of(plan, shop(), question), None)
    units = count_items(find_table(plan, None, Access(None, None, moto)), plan, ("event_id",), counting)
    assert units > 0
    columns = sort_columns([*question.by, *counting.measures], {}, question.by, lambda _: True)
    rows = [(*row.words, *row.figures) for row in counting.rows()]
    report = compare_totals(simulated_answers(plan, shop(), run.claims, question), QueryResult(rows), columns)
    assert (report.verdict, report.measures) == (
        TotalsVerdict.COUNTED,
        ("hits", "users", "sessions", "orders", "revenue"),
    )
