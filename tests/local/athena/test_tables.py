"""Tables over the files of the lake: SerDes and their traps, partitions, projection, Parquet, what is scanned."""

import gzip
import json
from typing import Any

import duckdb
import pytest

from tests.support.athena_client import Asker

_OPENX = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"


def _table(athena: Asker, name: str, columns: str, clauses: str = _OPENX, keys: str = "", more: str = "") -> None:
    partitioned = f"PARTITIONED BY ({keys})" if keys else ""
    made = athena.execution(
        f"CREATE EXTERNAL TABLE {name} ({columns}) {partitioned} {clauses}"
        f" LOCATION 's3://{athena.database}/{name}/' {more}"
    )
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]


def _put(athena: Asker, key: str, content: bytes | list[Any]) -> None:
    if isinstance(content, list):
        content = "".join(json.dumps(row) + "\n" for row in content).encode()
    athena.put(f"{athena.database}/{key}", content)


def test_only_the_first_object_of_a_line_counts_and_other_lines_are_rows_of_nulls(athena: Asker) -> None:
    _put(athena, "t/a.json", b'{"id": "1"}\n{"id": "2"}{"id": "lost"}\n\nnot json\n{"id": "3"}\r\n')
    _table(athena, "t", "id string")
    assert athena.rows("SELECT id FROM t ORDER BY id") == [["1"], ["2"], ["3"], [None], [None]]


def test_malformed_json_fails_a_query_unless_it_is_ignored(athena: Asker) -> None:
    for name in ("strict", "lenient"):
        _put(athena, f"{name}/a.json", b'{"id": "1"}\n{"id": \n')
    _table(athena, "strict", "id string")
    reason = athena.reason("SELECT * FROM strict")
    assert reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: ")
    assert "strict/a.json, line 2" in reason
    _table(athena, "lenient", "id string", f"{_OPENX} WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')")
    assert athena.rows("SELECT * FROM lenient ORDER BY id") == [["1"], [None]]


def test_keys_of_any_case_and_values_of_any_type(athena: Asker) -> None:
    event = {
        "ID": 7, "N": "12", "Big": 1 << 40, "price": "1.5", "ok": "TRUE", "at": "2026-01-01T10:00:00.5+02:00",
        "Ctx": {"Page": "/x", "deep": {"A": [1, "2", None]}}, "tags": {"k": 1}, "amount": 1.005,
        "day": "2026-01-01",
    }  # fmt: skip
    _put(athena, "t/a.json", [event, {"n": 3_000_000_000, "price": "x", "at": 1767261600, "day": "later"}])
    _table(
        athena,
        "t",
        "id string, n int, big bigint, price double, ok boolean, at timestamp,"
        " ctx struct<page:string,deep:struct<a:array<int>>>, tags map<string,string>, amount decimal(8,2),"
        " day date",
    )
    assert athena.rows("SELECT * FROM t ORDER BY id") == [
        ["7", "12", str(1 << 40), "1.5", "true", "2026-01-01 08:00:00.500",
         "{page=/x, deep={a=[1, 2, null]}}", "{k=1}", "1.01", "2026-01-01"],
        [None, None, None, None, None, "2026-01-01 10:00:00.000", None, None, None, None],
    ]  # fmt: skip
    assert athena.rows("SELECT ctx.deep.a[2] FROM t WHERE id = '7'") == [["2"]]


def test_an_object_for_a_number_and_keys_that_differ_by_case_only_are_errors(athena: Asker) -> None:
    _put(athena, "t/a.json", b'{"n": {"a": 1}}\n')
    _put(athena, "u/a.json", b'{"n": 1, "N": 2}\n')
    _table(athena, "t", "n int")
    _table(athena, "u", "n int")
    assert athena.reason("SELECT n FROM t").startswith("HIVE_BAD_DATA: Invalid JSON: Map can not be coerced")
    assert 'Duplicate key "n"' in athena.reason("SELECT n FROM u")
    mapped = "WITH SERDEPROPERTIES ('case.insensitive' = 'false', 'mapping.n' = 'N')"
    athena.execution("DROP TABLE u")
    _table(athena, "u", "n int", f"{_OPENX} {mapped}")
    assert athena.rows("SELECT n FROM u") == [["2"]]


def test_compression_is_told_by_the_name_alone_and_hidden_names_are_skipped(athena: Asker) -> None:
    _put(athena, "t/deeper/a.json.gz", gzip.compress(b'{"id": "gz"}\n'))
    _put(athena, "t/_b.json", b'{"id": "hidden"}\n')
    _put(athena, "t/.c/d.json", b'{"id": "hidden"}\n')
    _put(athena, "t/empty.json", b"")
    _table(athena, "t", "id string")
    assert athena.rows('SELECT id, "$path" FROM t') == [["gz", f"s3://{athena.database}/t/deeper/a.json.gz"]]
    assert athena.rows("SELECT * FROM t WHERE \"$path\" LIKE '%a.json.gz'") == [["gz"]]
    _put(athena, "t/no-suffix", gzip.compress(b'{"id": "unseen"}\n'))
    assert ["unseen"] not in athena.rows("SELECT id FROM t")


def test_delimited_text_and_quoted_csv(athena: Asker) -> None:
    _put(athena, "t/a.txt", b"id;n;when\na;1;2026-01-01 10:00:00\n\\N;x;\nshort\n")
    delimited = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ';'"
    header = "TBLPROPERTIES ('skip.header.line.count' = '1')"
    _table(athena, "t", "id string, n int, at timestamp", delimited, more=header)
    assert athena.rows("SELECT * FROM t ORDER BY id") == [
        ["a", "1", "2026-01-01 10:00:00.000"],
        ["short", None, None],
        [None, None, None],
    ]
    _put(athena, "q/a.csv", b'"a,b","say ""x"""\nplain,2\n')
    _table(athena, "q", "x string, y string", "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'")
    assert athena.rows("SELECT * FROM q ORDER BY x") == [["a,b", 'say "x"'], ["plain", "2"]]


def test_partitions_in_hive_style_are_repaired_added_and_dropped(athena: Asker) -> None:
    for day in ("01", "02"):
        _put(athena, f"t/dt=2026-01-{day}/a.json", [{"id": day}])
    _put(athena, "elsewhere/a.json", [{"id": "far"}])
    _table(athena, "t", "id string", keys="dt string")
    assert athena.rows("SELECT count(*) FROM t") == [["0"]]
    assert ["Repair: Added partition to metastore t:dt=2026-01-01"] in athena.rows("MSCK REPAIR TABLE t")
    place = f"s3://{athena.database}/elsewhere/"
    athena.rows(f"ALTER TABLE t ADD IF NOT EXISTS PARTITION (dt = '2026-01-03') LOCATION '{place}'")
    assert athena.rows("SHOW PARTITIONS t") == [["dt=2026-01-01"], ["dt=2026-01-02"], ["dt=2026-01-03"]]
    one = athena.execution("SELECT id FROM t WHERE dt > '2026-01-02'")
    assert athena.results(one["QueryExecutionId"])[1:] == [["far"]]
    assert one["Statistics"]["DataScannedInBytes"] == len(b'{"id": "far"}\n')
    athena.rows("ALTER TABLE t DROP PARTITION (dt = '2026-01-03')")
    assert athena.rows("SELECT dt, count(*) FROM t GROUP BY dt ORDER BY dt") == [
        ["2026-01-01", "1"],
        ["2026-01-02", "1"],
    ]
    assert "Cannot apply operator: varchar = integer" in athena.reason("SELECT * FROM t WHERE dt = 2026")


def test_projected_partitions_need_no_catalogue(athena: Asker) -> None:
    for site, hour in (("shop", "2026/01/01/09"), ("shop", "2026/01/01/10"), ("blog", "2026/01/01/10")):
        _put(athena, f"p/{site}/{hour}/a.json", [{"id": f"{site}-{hour[-2:]}"}])
    place = f"s3://{athena.database}/p"
    properties = (
        (
            "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.site.type' = '{kind}', {values}"
            "'projection.hour.type' = 'date', 'projection.hour.format' = 'yyyy/MM/dd/HH',"
            " 'projection.hour.range' = '2026/01/01/00,NOW', 'projection.hour.interval' = '1',"
            " 'projection.hour.interval.unit' = 'HOURS',"
            f" 'storage.location.template' = '{place}/${{site}}/${{hour}}/')"
        )
        .replace("${{", "${")
        .replace("}}", "}")
    )
    enum = properties.replace("{kind}", "enum").replace("{values}", "'projection.site.values' = 'shop,blog', ")
    _table(athena, "p", "id string", keys="site string, hour string", more=enum)
    assert athena.rows("SELECT id, hour FROM p WHERE site = 'shop' AND hour <= '2026/01/01/09'") == [
        ["shop-09", "2026/01/01/09"]
    ]
    assert athena.rows("SELECT count(*) FROM p WHERE hour < '2026/01/02'") == [["3"]]
    athena.rows("DROP TABLE p")
    _table(
        athena, "p", "id string", keys="site string, hour string",
        more=properties.replace("{kind}", "injected").replace("{values}", ""),
    )  # fmt: skip
    assert athena.rows("SELECT id FROM p WHERE site = 'blog' AND hour < '2026/01/02'") == [["blog-10"]]
    assert athena.reason("SELECT id FROM p").startswith(
        "CONSTRAINT_VIOLATION: For the injected projected partition"
    )


_PROJECTED = {
    "'projection.k.type' = 'integer', 'projection.k.range' = '8,10', 'projection.k.digits' = '2'": "08 09 10",
    "'projection.k.type' = 'integer', 'projection.k.range' = '0,9', 'projection.k.interval' = '5'": "0 5",
    "'projection.k.type' = 'date', 'projection.k.range' = '2026-01,2026-03', 'projection.k.format' = 'yyyy-MM'": (
        "2026-01 2026-02 2026-03"
    ),
}


@pytest.mark.parametrize("settings", _PROJECTED)
def test_values_that_are_projected(athena: Asker, settings: str) -> None:
    values = _PROJECTED[settings].split()
    for value in [*values, "99"]:
        _put(athena, f"t/k={value}/a.json", [{"id": value}])
    _table(
        athena,
        "t",
        "id string",
        keys="k string",
        more=f"TBLPROPERTIES ('projection.enabled' = 'true', {settings})",
    )
    assert athena.rows("SELECT k FROM t ORDER BY id") == [[value] for value in sorted(values)]


def test_parquet_by_name_and_types_that_do_not_fit(athena: Asker) -> None:
    _put(athena, "t/a.parquet", b"")
    path = athena.server.lake / athena.database / "t" / "a.parquet"
    row = (
        "SELECT 'x' AS Id, 1::INTEGER AS n, {'Page': '/p'} AS ctx, 2.5::DOUBLE AS wide, repeat('y', 9999) AS blob"
    )
    duckdb.execute(f"COPY ({row}) TO '{path}' (FORMAT parquet)")
    _table(
        athena,
        "t",
        "id string, n bigint, ctx struct<page:string>, absent string, blob string",
        "STORED AS PARQUET",
    )
    found = athena.execution("SELECT id, n, ctx, absent FROM t")
    assert athena.results(found["QueryExecutionId"])[1:] == [["x", "1", "{page=/p}", None]]
    whole = athena.execution("SELECT * FROM t")
    assert 0 < found["Statistics"]["DataScannedInBytes"] < whole["Statistics"]["DataScannedInBytes"]
    athena.rows("ALTER TABLE t REPLACE COLUMNS (id int)")
    assert "Field id's type BYTE_ARRAY in parquet file" in athena.reason("SELECT id FROM t")
    _put(athena, "t/b.parquet", b'{"id": 1}')
    assert "HIVE_BAD_DATA: Not valid Parquet file" in athena.reason("SELECT id FROM t")


def test_a_partition_of_another_type_than_its_table_is_refused(athena: Asker) -> None:
    _put(athena, "t/dt=1/a.json", [{"id": "x"}])
    _table(athena, "t", "id string", keys="dt string")
    athena.rows("MSCK REPAIR TABLE t")
    athena.rows("ALTER TABLE t REPLACE COLUMNS (id int)")
    assert athena.reason("SELECT * FROM t").startswith("HIVE_PARTITION_SCHEMA_MISMATCH: ")


def test_views_tables_of_queries_inserts_and_unloads(athena: Asker) -> None:
    _put(athena, "t/dt=1/a.json", [{"id": "a", "n": 1}, {"id": "b", "n": 2}])
    _table(athena, "t", "id string, n int", keys="dt string")
    athena.rows("MSCK REPAIR TABLE t")
    athena.rows("CREATE OR REPLACE VIEW v AS SELECT dt, sum(n) AS total FROM t GROUP BY dt")
    assert athena.rows("SELECT * FROM v") == [["1", "3"]]
    assert athena.rows("SHOW VIEWS") == [["v"]]
    made = athena.execution(
        "CREATE TABLE c WITH (format = 'PARQUET', partitioned_by = ARRAY['dt']) AS SELECT * FROM t"
    )
    assert made["Statistics"]["DataManifestLocation"].endswith("-manifest.csv")
    assert "already exists" in athena.reason("CREATE TABLE c AS SELECT 1 AS x")
    athena.rows("INSERT INTO c VALUES ('z', 9, '2')")
    athena.rows("INSERT INTO c (id, dt) SELECT 'y', '2'")
    assert athena.rows("SELECT id, n, dt FROM c ORDER BY id") == [
        ["a", "1", "1"], ["b", "2", "1"], ["y", None, "2"], ["z", "9", "2"],
    ]  # fmt: skip
    assert athena.rows("SHOW PARTITIONS c") == [["dt=1"], ["dt=2"]]
    assert "HIVE_COLUMN_ORDER_MISMATCH" in athena.reason(
        "CREATE TABLE d WITH (partitioned_by = ARRAY['id']) AS SELECT id, n FROM t"
    )
    place = f"s3://{athena.database}/unloaded/"
    athena.rows(f"UNLOAD (TABLE t) TO '{place}' WITH (format = 'JSON', compression = 'NONE')")
    [file] = (athena.server.lake / athena.database / "unloaded").iterdir()
    assert file.read_text() == '{"id":"a","n":1,"dt":"1"}\n{"id":"b","n":2,"dt":"1"}\n'
    again = f"UNLOAD (TABLE t) TO '{place}' WITH (format = 'JSON')"
    assert "HIVE_PATH_ALREADY_EXISTS" in athena.reason(again)


def test_what_show_and_describe_say(athena: Asker) -> None:
    _table(athena, "t", "id string COMMENT 'of the event', tags array<string>", keys="dt string")
    described = athena.rows("DESCRIBE t")
    assert described[0] == ["id                  \tstring              \tof the event        "]
    assert athena.rows("SHOW COLUMNS IN t") == [[name.ljust(20)] for name in ("id", "tags", "dt")]
    assert athena.rows("SHOW TABLES 't|nothing*'") == [["t"]]
    statement = "\n".join(str(line) for (line,) in athena.rows("SHOW CREATE TABLE t"))
    athena.rows("DROP TABLE t")
    athena.rows(statement.replace(f"`{athena.database}.t`", "t"))
    assert athena.rows("DESCRIBE t") == described
    assert athena.reason(f"DROP DATABASE {athena.database}").endswith("One or more tables exist.)")
    metadata = athena.client.get_table_metadata(
        CatalogName="AwsDataCatalog", DatabaseName=athena.database, TableName="t"
    )["TableMetadata"]
    assert [column["Type"] for column in metadata["Columns"]] == ["string", "array<string>"]


def test_links_in_the_lake_lead_nowhere(athena: Asker, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.json").write_text('{"id": "secret"}\n')
    (athena.server.lake / athena.database).mkdir()
    (athena.server.lake / athena.database / "t").symlink_to(outside)
    _put(athena, "u/a.json", [{"id": "own"}])
    (athena.server.lake / athena.database / "u" / "b.json").symlink_to(outside / "secret.json")
    _table(athena, "t", "id string")
    _table(athena, "u", "id string")
    assert athena.rows("SELECT id FROM t") == []
    assert athena.rows("SELECT id FROM u") == [["own"]]
