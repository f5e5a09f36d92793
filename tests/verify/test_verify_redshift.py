"""Verification in Redshift: its SQL and its Data API over a real PostgreSQL, and a connection to that itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings

from clickgen.cli.place import station_of
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.sink.aws import Access, make_client
from clickgen.verify.landings.sql.dialect import POSTGRESQL, quoted
from clickgen.verify.landings.sql.planes import IdColumnSource
from clickgen.verify.landings.sql.query import Query
from clickgen.verify.landings.sql.redshift import PostgresQuery, RedshiftQuery, Warehouse
from clickgen.verify.landings.sql.table_landing import SqlTableLanding
from clickgen.verify.landings.station import RedshiftStation
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.landed_ids import LANES, LandedIds, claimed, landed_ids, verify
from tests.support.planted import BUFFER_S, RUN, Planted, found
from tests.support.postgres import postgres
from tests.support.redshift_stand_in import RedshiftStandIn, redshift

__all__ = ["postgres"]

SOME_WRONG = LandedIds({(1, 511): 0, (0, 0): 2, (0, 63): 4}, 3, 2, 4)


def fill(dsn: str, ids: LandedIds, kind: str = "varchar(64)") -> None:
    """Make the table that is asked about."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS clicks")
        connection.execute(f"CREATE TABLE clicks (event_id {kind}, page text)".encode())
        with connection.cursor() as cursor, cursor.copy("COPY clicks (event_id) FROM STDIN") as copy:
            for text in ids.texts():
                copy.write_row((text,))


def table(query: Query) -> SqlTableLanding:
    return SqlTableLanding(
        query, IdColumnSource(quoted("public.clicks", "--table"), '"event_id"'), RUN, BUFFER_S, lambda _: None
    )


def data_api(stand_in: RedshiftStandIn, **options: Any) -> RedshiftQuery:
    client = make_client("redshift-data", Access("us-east-1", None, stand_in.endpoint))
    patience = {"timeout_s": 30.0, "patience_s": 5.0} | options
    return RedshiftQuery(client, "public.clicks", Warehouse("dev", workgroup="warehouse", **patience))


pytestmark = pytest.mark.usefixtures("credentials")


@pytest.fixture
def stand_in(postgres: str) -> Iterator[RedshiftStandIn]:
    with redshift(postgres) as server:
        yield server


@settings(max_examples=3)
@given(landed_ids())
def test_what_is_planted_is_counted_exactly_either_way(
    tmp_path_factory: pytest.TempPathFactory, postgres: str, ids: LandedIds
) -> None:
    run = claimed(Planted(tmp_path_factory.mktemp("run"), lanes=LANES))
    fill(postgres, ids)
    with redshift(postgres) as stand_in:
        assert found(verify(run, table(data_api(stand_in)))) == ids.expected()
    assert found(verify(run, table(PostgresQuery(postgres, "public.clicks")))) == ids.expected()


def test_a_column_of_uuids_is_read_too(tmp_path: Path, postgres: str) -> None:
    ids = LandedIds({(0, 1): 0}, 2, 0, 0)
    fill(postgres, ids, "uuid")
    query = PostgresQuery(postgres, "public.clicks")
    assert query.dialect is POSTGRESQL
    assert found(verify(claimed(Planted(tmp_path, lanes=LANES)), table(query))) == ids.expected()


def test_values_come_as_they_are_over_several_pages(stand_in: RedshiftStandIn) -> None:
    sql = "SELECT i AS number, CASE WHEN i = 1 THEN NULL ELSE 'x' END AS text FROM generate_series(0, 99) AS t(i)"
    for query in (data_api(stand_in), PostgresQuery(stand_in.dsn, "postgres")):
        answer = query.ask(sql)
        assert answer.columns == ("number", "text")
        rows = list(answer.rows)
        assert [number for number, _ in rows] == list(range(100))
        assert [text for _, text in rows[:3]] == ["x", None, "x"]
        assert answer.cost_usd is None
        assert list(query.ask("SELECT 1 AS one WHERE 1 = 2").rows) == []


def test_what_goes_wrong_is_told(stand_in: RedshiftStandIn) -> None:
    for query in (data_api(stand_in), PostgresQuery(stand_in.dsn, "postgres")):
        with pytest.raises(UsageProblem, match='relation "nowhere" does not exist') as caught:
            query.ask("SELECT * FROM nowhere")
        assert "--table" in str(caught.value.hint)
        with pytest.raises(EnvironmentProblem, match="division by zero"):
            list(query.ask("SELECT 1 / (i - 5) FROM generate_series(1, 9) AS t(i)").rows)
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        PostgresQuery("postgresql://nobody@127.0.0.1:1/dev", "nowhere")


def test_throttling_passes_and_what_never_ends_is_cancelled(stand_in: RedshiftStandIn) -> None:
    stand_in.throttled = 2
    assert list(data_api(stand_in).ask("SELECT 1 AS one").rows) == [(1,)]
    stand_in.throttled = 1_000
    with pytest.raises(EnvironmentProblem, match="ActiveStatementsExceededException"):
        data_api(stand_in, patience_s=0.3).ask("SELECT 1 AS one")
    stand_in.throttled, stand_in.stay_running = 0, True
    with pytest.raises(EnvironmentProblem, match="did not answer within"):
        data_api(stand_in, timeout_s=0.2).ask("SELECT 1 AS one")
    assert stand_in.cancelled == ["2"]


def test_a_question_over_a_connection_ends_when_its_time_is_up(postgres: str) -> None:
    with pytest.raises(EnvironmentProblem, match=r"did not answer within 0\.1 s") as late:
        list(PostgresQuery(postgres, "public.clicks", 0.1).ask("SELECT pg_sleep(30)").rows)
    assert "--query-timeout" in (late.value.hint or "")


def test_the_command_either_way(clickgen: CommandLine, tmp_path: Path, stand_in: RedshiftStandIn) -> None:
    run = claimed(Planted(tmp_path, lanes=LANES))
    fill(stand_in.dsn, SOME_WRONG)
    arguments = ["verify", "redshift", "delivery", "--home", str(run.home), "--table", "public.clicks", "--json"]
    expected = SOME_WRONG.expected()
    duplicates = expected.pop("unexplained")
    ways = (
        ["--dsn", stand_in.dsn],
        ["--cluster", "wh", "--database", "dev", "--db-user", "me", "--endpoint-url", stand_in.endpoint],
    )
    for way in ways:
        said = clickgen.run(*arguments, *way, env=CREDENTIALS)
        assert said.code == 1, said.err
        assert {name: said.json[name] for name in expected} == expected
        assert said.json["duplicates"]["unexplained"] == duplicates
    asked = stand_in.requests[0]
    assert (asked["ClusterIdentifier"], asked["Database"], asked["DbUser"]) == ("wh", "dev", "me")


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"workgroup": "warehouse"},
        {"dsn": "x", "database": "d"},
        {"cluster": "c", "workgroup": "w", "database": "d"},
    ],
)
def test_it_has_to_be_said_once_which_one_is_asked(named: dict[str, str]) -> None:
    with pytest.raises(UsageProblem) as caught:
        station_of(RedshiftStation, {"table": "public.clicks", "query_timeout": 60.0, **named})
    assert "--cluster NAME or --workgroup NAME" in str(caught.value.hint)
