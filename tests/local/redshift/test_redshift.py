"""The Redshift Data API and COPY, through boto3; over PostgreSQL where there is one, and over DuckDB."""

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest
import requests
from botocore.exceptions import ClientError

from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.redshift.duck import Duck
from clickgen.local.redshift.warehouse import RedshiftWarehouse
from tests.support.local_server import LocalServer, service_client, serving

if TYPE_CHECKING:
    from types_boto3_redshift_data import RedshiftDataAPIServiceClient

_NUMBERS = count()
_COPY = "COPY {} FROM 's3://data/{}' IAM_ROLE 'arn:aws:iam::000000000000:role/load' {}"


class Asker:
    """Puts statements to a database of its own."""

    def __init__(self, server: LocalServer, database: str = "dev") -> None:
        self.lake = server.lake
        self.database = database
        self.client: RedshiftDataAPIServiceClient = service_client("redshift-data", server.endpoint)

    def run(self, sql: str, **more: Any) -> Any:
        """The description of a statement that has ended."""
        return self.ended(
            self.client.execute_statement(Sql=sql, Database=self.database, WorkgroupName="clicks", **more)["Id"]
        )

    def ended(self, name: str) -> Any:
        deadline = time.monotonic() + 30
        while True:
            described = self.client.describe_statement(Id=name)
            if described["Status"] not in ("SUBMITTED", "PICKED", "STARTED"):
                return described
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def rows(self, sql: str, **more: Any) -> list[list[Any]]:
        described = self.run(sql, **more)
        assert described["Status"] == "FINISHED", described["Error"]
        pages = self.client.get_paginator("get_statement_result").paginate(Id=described["Id"])
        return [
            [None if "isNull" in cell else next(iter(cell.values())) for cell in row]
            for page in pages
            for row in page["Records"]
        ]

    def put(self, key: str, content: bytes) -> None:
        path = self.lake / "data" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("redshift") / "lake") as server:
        yield server
        server.stop()


@pytest.fixture
def redshift(server: LocalServer) -> Asker:
    return Asker(server, f"db{next(_NUMBERS)}")


def test_storage_clauses_and_types_of_redshift_are_taken(redshift: Asker) -> None:
    made = redshift.run(
        "CREATE TABLE IF NOT EXISTS clicks (id VARCHAR(36) ENCODE ZSTD NOT NULL DISTKEY, n INTEGER IDENTITY(1, 1),"
        " ts TIMESTAMP SORTKEY, ctx SUPER, big VARCHAR(MAX), returning BOOLEAN) DISTSTYLE KEY"
        " COMPOUND SORTKEY (ts, id)"
    )
    assert (made["Status"], made["HasResultSet"]) == ("FINISHED", False)
    assert redshift.run("INSERT INTO clicks (id, ts) VALUES ('a', GETDATE()), ('b', NULL)")["ResultRows"] == 2
    assert redshift.rows("SELECT id, n, ts IS NULL, 5 / 2, returning FROM clicks ORDER BY id") == [
        ["a", 1, False, 2, None],
        ["b", 2, True, 2, None],
    ]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("DATEADD(day, 1, '2026-01-01'::timestamp)", "2026-01-02 00:00:00"),
        ("DATEDIFF(hour, '2026-01-01'::timestamp, '2026-01-02'::timestamp)", 24),
        ("NVL(NULL, 'x')", "x"),
        ("JSON_EXTRACT_PATH_TEXT('{\"a\": {\"b\": 1}}', 'a', 'b')", "1"),
        ("STRTOL('ff', 16)", 255),
        ("LISTAGG(x, ',') WITHIN GROUP (ORDER BY x) FROM (SELECT 'b' AS x UNION ALL SELECT 'a') AS t", "a,b"),
        ("APPROXIMATE COUNT(DISTINCT x) FROM (SELECT 1 AS x UNION ALL SELECT 1) AS t", 1),
        ("'a1' ~ '^[a-z][0-9]$'", True),
        ("1.50::DECIMAL(8, 2)", "1.50"),
    ],
)
def test_functions_of_redshift(redshift: Asker, expression: str, value: object) -> None:
    redshift.database = "functions"
    assert redshift.rows(f"SELECT {expression}") == [[value]]


def test_copy_takes_joined_objects_and_tells_of_what_it_cannot_load(redshift: Asker) -> None:
    redshift.run("CREATE TABLE clicks (id VARCHAR(3) NOT NULL, n INT, price DECIMAL(8, 2), ctx SUPER)")
    events = (
        b'{"id": "a", "n": 1, "price": 1.5, "ctx": {"p": 1}}{"id": "b", "N": 2}\n'
        b'{"id": "c", "n": "x"}\n{"id": "long"}\n{"n": 5}\n{"id": "d", \n'
    )
    redshift.put("in/a.gz", gzip.compress(events))
    copy = _COPY.format("clicks", "in/", "FORMAT AS JSON 'auto' GZIP")
    failed = redshift.run(copy)
    assert failed["Error"] == (
        "ERROR: Load into table 'clicks' failed.  Check 'stl_load_errors' system table for details."
    )
    assert redshift.rows("SELECT count(*) FROM clicks") == [[0]]
    assert redshift.run(f"{copy} MAXERROR 10")["ResultRows"] == 2
    assert redshift.rows("SELECT id, n, price, ctx FROM clicks ORDER BY id") == [
        ["a", 1, "1.50", '{"p":1}'],
        ["b", None, None, None],
    ]
    errors = redshift.rows(
        "SELECT line_number, TRIM(colname), err_code, TRIM(err_reason) FROM stl_load_errors ORDER BY 1, 3"
    )
    assert errors[-4:-1] == [
        [2, "n", 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer"],
        [3, "id", 1204, "String length exceeds DDL length"],
        [4, "id", 1213, "Missing data for not-null field"],
    ]
    assert errors[-1][:3] == [5, "", 1214]


def test_copy_by_manifest_paths_csv_and_parquet(redshift: Asker) -> None:
    redshift.run("CREATE TABLE t (id VARCHAR(8), n INT)")
    redshift.put("m/a.json", b'{"deep": {"id": "a"}, "list": [7, 8]}')
    redshift.put("paths.json", json.dumps({"jsonpaths": ["$.deep.id", "$['list'][1]"]}).encode())
    entries = [{"url": "s3://data/m/a.json", "mandatory": True}]
    redshift.put("manifest", json.dumps({"entries": entries}).encode())
    redshift.put("c/a.csv", b'id,n\n"b,c",2\n,\n')
    redshift.put("p/a.parquet", b"")
    path = redshift.lake / "data" / "p" / "a.parquet"
    duckdb.execute(f"COPY (SELECT 'p' AS anything, 9 AS other) TO '{path}' (FORMAT parquet)")
    for source, options in [
        ("manifest", "MANIFEST JSON 's3://data/paths.json'"),
        ("c/", "CSV IGNOREHEADER 1"),
        ("p/", "FORMAT AS PARQUET"),
    ]:
        loaded = redshift.run(_COPY.format("t", source, options))
        assert loaded["Status"] == "FINISHED", loaded["Error"]
    assert redshift.rows("SELECT id, n FROM t ORDER BY n, id") == [
        ["b,c", 2],
        ["a", 8],
        ["p", 9],
        [None, None],
    ]
    missing = redshift.run(_COPY.format("t", "nowhere/", "JSON 'auto'"))
    assert "does not exist" in missing["Error"]


def test_batches_are_all_or_nothing_and_parameters_are_bound(redshift: Asker) -> None:
    redshift.run("CREATE TABLE t (id VARCHAR(8))")
    owner: Any = {"Database": redshift.database, "WorkgroupName": "clicks"}
    batch = redshift.client.batch_execute_statement(
        Sqls=["INSERT INTO t VALUES ('a')", "INSERT INTO nowhere VALUES (1)"], **owner
    )
    ended = redshift.ended(batch["Id"])
    assert [part["Status"] for part in ended["SubStatements"]] == ["FINISHED", "FAILED"]
    assert 'relation "nowhere" does not exist' in ended["Error"]
    redshift.run("INSERT INTO t VALUES (:it)", Parameters=[{"name": "it", "value": "b'c::x"}])
    assert redshift.rows("SELECT id FROM t") == [["b'c::x"]]
    with pytest.raises(ClientError, match="missing values: it"):
        redshift.client.execute_statement(Sql="SELECT :it", **owner)
    with pytest.raises(ClientError, match="Multiple SQL statements"):
        redshift.client.execute_statement(Sql="SELECT 1; SELECT 2", **owner)


def test_pages_tokens_tables_and_what_is_not_supported(redshift: Asker) -> None:
    owner: Any = {"Database": redshift.database, "WorkgroupName": "clicks"}
    rows = redshift.rows("SELECT n FROM generate_series(1, 2500) AS s(n) ORDER BY n")
    assert rows == [[number] for number in range(1, 2501)]
    again = [
        redshift.client.execute_statement(Sql="CREATE TABLE once (n INT)", ClientToken=redshift.database, **owner)
        for _ in range(2)
    ]
    assert again[0]["Id"] == again[1]["Id"]
    redshift.ended(again[0]["Id"])
    assert [table["name"] for table in redshift.client.list_tables(**owner)["Tables"]] == ["once"]
    assert redshift.database in redshift.client.list_databases(**owner)["Databases"]
    assert "does not support external" in redshift.run("CREATE EXTERNAL SCHEMA s FROM KINESIS")["Error"]
    assert "permission denied" in redshift.run("SELECT pg_read_file('/etc/hostname')")["Error"]
    with pytest.raises(ClientError, match="Either WorkgroupName or ClusterIdentifier"):
        redshift.client.execute_statement(Sql="SELECT 1", Database="dev")


def test_psql_gets_in_with_credentials_and_tables_survive_a_kill(tmp_path: Path) -> None:
    for attempt in range(2):
        with serving(tmp_path / "lake") as server:
            asker = Asker(server)
            serverless = service_client("redshift-serverless", server.endpoint)
            if attempt == 0:
                asker.run("CREATE TABLE kept (n INT)")
                asker.run("INSERT INTO kept VALUES (42)")
                serverless.create_namespace(namespaceName="clicks", dbName="dev")
                serverless.create_workgroup(workgroupName="clicks", namespaceName="clicks")
            assert asker.rows("SELECT n FROM kept") == [[42]]
            signed = serverless.get_credentials(workgroupName="clicks", dbName="dev")
            endpoint = serverless.get_workgroup(workgroupName="clicks")["workgroup"]["endpoint"]
            dsn = f"host={endpoint['address']} port={endpoint['port']} dbname=clicks_dev user={signed['dbUser']}"
            with psycopg.connect(f"{dsn} password={signed['dbPassword']}") as connection:
                assert connection.execute("SELECT n FROM kept").fetchone() == (42,)
            server.kill()


def test_times_of_redshift_serverless_are_texts_which_strict_clients_insist_on(server: LocalServer) -> None:
    def post(action: str, **body: str) -> Any:
        headers = {"X-Amz-Target": f"RedshiftServerless.{action}", "Content-Type": "application/x-amz-json-1.1"}
        return requests.post(server.endpoint, json=body, headers=headers, timeout=10).json()

    post("CreateNamespace", namespaceName="dated")
    workgroup = post("CreateWorkgroup", workgroupName="dated", namespaceName="dated")["workgroup"]
    for made in (workgroup, post("GetNamespace", namespaceName="dated")["namespace"]):
        age = datetime.now(UTC) - datetime.fromisoformat(made["creationDate"])
        assert timedelta() <= age < timedelta(minutes=1)


def test_duckdb_stands_for_it_where_there_is_no_postgresql(tmp_path: Path) -> None:
    lake, state = tmp_path / "lake", tmp_path / "lake" / ".firehose"
    state.mkdir(parents=True)
    warehouse = RedshiftWarehouse(lake, state, ServiceFaults(FaultBoard(), "redshift"))
    warehouse._databases = Duck(state)  # as if no PostgreSQL were installed
    (lake / "data").mkdir()
    (lake / "data" / "a.json").write_text('{"id": "a", "n": 1}{"id": "b"}')
    session = warehouse.session("clicks", "dev")
    warehouse.perform(session, "CREATE TABLE t (id VARCHAR(8) ENCODE ZSTD, n INT) DISTSTYLE EVEN", "clicks")
    assert warehouse.perform(session, _COPY.format("t", "a", "JSON 'auto'"), "clicks").count == 2
    found = warehouse.perform(session, "SELECT id, NVL(n, 0), 5 / 2 FROM t ORDER BY id", "clicks")
    assert [list(row) for row in found.rows] == [["a", 1, 2], ["b", 0, 2]]
    warehouse.close()
