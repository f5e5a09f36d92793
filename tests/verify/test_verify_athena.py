"""Verification by Athena's API: the SQL, the pages, the bill, and what goes wrong on the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings

from clickgen.cost.prices import load_prices
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.sink.aws import Access, make_client
from clickgen.verify.landings.sql.athena import AthenaQuery, Session
from clickgen.verify.landings.sql.dialect import quoted
from clickgen.verify.landings.sql.planes import IdColumnSource
from clickgen.verify.landings.sql.table_landing import SqlTableLanding
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.found.landing import Asking
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.athena_stand_in import SCANNED_BYTES, AthenaStandIn, athena
from tests.support.landed_ids import LANES, LandedIds, claimed, landed_ids, verify
from tests.support.planted import BUFFER_S, RUN, Planted, found

ALL_THERE = LandedIds({}, 0, 0, 0)
ONE_LOST = LandedIds({(1, 511): 0, (0, 0): 2, (0, 63): 4}, 3, 2, 1)


def fill(stand_in: AthenaStandIn, ids: LandedIds) -> None:
    """Make the table that is asked about."""
    rows = pa.table({"event_id": pa.array(ids.texts(), pa.string()), "dt": ["2026-01-01"] * len(ids.texts())})
    stand_in.database.register("rows", rows)
    stand_in.database.execute("CREATE SCHEMA IF NOT EXISTS clicks")
    stand_in.database.execute("CREATE OR REPLACE TABLE clicks.events AS SELECT * FROM rows")


def query(stand_in: AthenaStandIn, **session: Any) -> AthenaQuery:
    client = make_client("athena", Access("us-east-1", None, stand_in.endpoint))
    options: dict[str, Any] = {"workgroup": "analysts", "timeout_s": 30.0, "patience_s": 5.0} | session
    return AthenaQuery(client, "clicks.events", Session("clicks", **options), load_prices())


def table(stand_in: AthenaStandIn, where: str | None = None) -> SqlTableLanding:
    source = IdColumnSource(quoted("clicks.events", "--table"), '"event_id"', where)
    return SqlTableLanding(query(stand_in), source, RUN, BUFFER_S, lambda _: None)


pytestmark = pytest.mark.usefixtures("credentials")


@pytest.fixture
def stand_in() -> Iterator[AthenaStandIn]:
    with athena() as server:
        yield server


@settings(max_examples=3)
@given(landed_ids())
def test_what_is_planted_is_counted_exactly(tmp_path_factory: pytest.TempPathFactory, ids: LandedIds) -> None:
    run = claimed(Planted(tmp_path_factory.mktemp("run"), lanes=LANES))
    with athena() as stand_in:
        fill(stand_in, ids)
        assert found(verify(run, table(stand_in))) == ids.expected()


def test_a_condition_narrows_what_is_looked_at(tmp_path: Path, stand_in: AthenaStandIn) -> None:
    run = claimed(Planted(tmp_path, lanes=LANES))
    fill(stand_in, ALL_THERE)
    assert verify(run, table(stand_in, "dt = '2026-01-01'")).verdict is Verdict.VERIFIED
    assert verify(run, table(stand_in, "dt = '1999-01-01'")).missing == len(ALL_THERE.texts())


def test_every_page_is_fetched_and_values_come_as_they_are(stand_in: AthenaStandIn) -> None:
    answer = query(stand_in).ask(
        "SELECT i AS number, CASE WHEN i = 1 THEN NULL ELSE '' END AS text FROM generate_series(0, 2500) AS t(i)"
    )
    rows = list(answer.rows)
    assert answer.columns == ("number", "text")
    assert [int(number) for number, _ in rows] == list(range(2501))
    assert [text for _, text in rows[:3]] == ["", None, ""]
    assert answer.scanned_bytes == SCANNED_BYTES
    assert answer.cost_usd == pytest.approx(5.0 * 3 / 1024)


def test_throttling_passes_and_lasting_throttling_is_told(stand_in: AthenaStandIn) -> None:
    stand_in.throttled = {"StartQueryExecution": 2, "GetQueryExecution": 1, "GetQueryResults": 1}
    assert list(query(stand_in).ask("SELECT 1 AS one").rows) == [("1",)]
    stand_in.throttled = {"StartQueryExecution": 1_000}
    with pytest.raises(EnvironmentProblem, match="Athena refused: TooManyRequestsException: Rate exceeded"):
        query(stand_in, patience_s=0.3).ask("SELECT 1 AS one")


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.clicks.evnts' does not exist", UsageProblem),
        ("COLUMN_NOT_FOUND: line 1:8: Column 'id' cannot be resolved", UsageProblem),
        ("HIVE_BAD_DATA: Error reading field value", EnvironmentProblem),
        ("GENERIC_INTERNAL_ERROR", EnvironmentProblem),
    ],
)
def test_a_query_that_fails_is_told_in_athenas_words(
    stand_in: AthenaStandIn, reason: str, kind: type[UsageProblem | EnvironmentProblem]
) -> None:
    stand_in.fail = reason
    with pytest.raises(kind) as caught:
        query(stand_in).ask("SELECT 1 AS one")
    assert caught.value.message == f"Athena's query failed: {reason}"
    assert caught.value.hint


def test_a_query_that_somebody_cancelled_is_told_so(stand_in: AthenaStandIn) -> None:
    stand_in.fail, stand_in.fail_state = "by an administrator", "CANCELLED"
    with pytest.raises(EnvironmentProblem, match="Athena's query was cancelled: by an administrator"):
        query(stand_in).ask("SELECT 1 AS one")


def test_a_table_that_is_not_there_is_a_mistake(tmp_path: Path, stand_in: AthenaStandIn) -> None:
    with pytest.raises(UsageProblem, match="TABLE_NOT_FOUND") as caught:
        verify(claimed(Planted(tmp_path, lanes=LANES)), table(stand_in))
    assert "--table" in str(caught.value.hint)


def test_a_query_that_takes_too_long_is_stopped(stand_in: AthenaStandIn) -> None:
    stand_in.stay_running = True
    with pytest.raises(EnvironmentProblem, match="did not answer within") as caught:
        query(stand_in, timeout_s=0.2).ask("SELECT 1 AS one")
    assert stand_in.stopped == ["1"]
    assert "--query-timeout" in str(caught.value.hint)


def test_what_asking_cost_is_said(tmp_path: Path, stand_in: AthenaStandIn) -> None:
    fill(stand_in, ALL_THERE)
    told: list[Asking] = []
    source = IdColumnSource('"clicks"."events"', '"event_id"')
    costed = SqlTableLanding(
        query(stand_in), source, RUN, BUFFER_S, told.append, lambda price: f"${price.usd:.4f}"
    )
    report = verify(claimed(Planted(tmp_path, lanes=LANES)), costed)
    assert [asking.words for asking in told] == ["asking", "$0.0146 for asking"]
    assert (report.bytes, len(stand_in.requests)) == (SCANNED_BYTES, 1)


@pytest.mark.parametrize(("copies", "questions"), [(0, 1), (1, 1), (2, 2), (3, 3)])
def test_no_more_is_asked_than_is_open(
    tmp_path: Path, stand_in: AthenaStandIn, copies: int, questions: int
) -> None:
    fill(stand_in, LandedIds({(0, 62): copies}, 0, 0, 0))
    verify(claimed(Planted(tmp_path, lanes=LANES)), table(stand_in))
    assert len(stand_in.requests) == questions


def test_the_command(clickgen: CommandLine, tmp_path: Path, stand_in: AthenaStandIn) -> None:
    run = claimed(Planted(tmp_path, lanes=LANES))
    fill(stand_in, ONE_LOST)
    arguments = [
        "verify",
        "athena",
        "delivery",
        "--home",
        str(run.home),
        "--endpoint-url",
        stand_in.endpoint,
        "--json",
    ]
    said = clickgen.run(*arguments, "--table", "clicks.events", "--output", "s3://results/", env=CREDENTIALS)
    assert said.code == 1, said.err
    expected = ONE_LOST.expected()
    duplicates = expected.pop("unexplained")
    assert {name: said.json[name] for name in expected} == expected
    assert said.json["duplicates"]["unexplained"] == duplicates
    assert "$0.0" in said.err
    wrong = clickgen.run(*arguments, "--table", "clicks.events", env=CREDENTIALS)
    assert wrong.code == 2
    assert "No output location provided" in wrong.err
    assert "--output" in wrong.err
