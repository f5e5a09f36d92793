"""Expressions whose meaning differs between Athena and the engine beneath: each as Athena has it."""

import pytest

from tests.support.athena_client import Asker


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("5/2", "2"),
        ("-7/2", "-3"),
        ("5/2e0", "2.5"),
        ("1/3.0", "0.3333333333333333"),
        ("sum(x)/count(*) FROM (VALUES 1, 2) t(x)", "1"),
        ("avg(x) FROM (VALUES 1, 2) t(x)", "1.5"),
        ("1.5", "1.5"),
        ("1e10", "1.0E10"),
        ("0.0001", "1.0E-4"),
        ("cast(1e7 AS varchar)", "1.0E7"),
        ("cast(12345678.9 AS varchar)", "1.23456789E7"),
        ("DECIMAL '1.50'", "1.50"),
        ("true", "true"),
        ("NULL", None),
        ("concat('a', NULL)", None),
        ("greatest(1, NULL)", None),
        ("regexp_extract('abc', 'x')", None),
        ("regexp_extract('abc', '(b)(c)', 2)", "c"),
        ("regexp_replace('aaa', 'a', 'b')", "bbb"),
        ("substr('abc', 0, 2)", ""),
        ("substr('abc', -2)", "bc"),
        ("element_at(split('a,b', ','), 3)", None),
        ("split('a,b', ',')[2]", "b"),
        ("date_add('day', 1, date '2025-01-31')", "2025-02-01"),
        ("date_add('hour', 1, timestamp '2025-01-31 23:00:00')", "2025-02-01 00:00:00.000"),
        ("date_trunc('month', date '2025-01-31')", "2025-01-01"),
        ("date '2025-01-31' + interval '1' day", "2025-02-01"),
        ("date_diff('minute', timestamp '2025-01-01 00:00:59', timestamp '2025-01-01 00:01:00')", "0"),
        ("date_diff('day', date '2025-01-01', date '2025-01-03')", "2"),
        ("cast(timestamp '2025-01-01 10:00:00' AS varchar)", "2025-01-01 10:00:00.000"),
        ("timestamp '2025-01-01 10:00:00.123456'", "2025-01-01 10:00:00.123"),
        ("try_cast('2025-09-20T10:00:00Z' AS timestamp)", None),
        ("from_unixtime(1700000000)", "2023-11-14 22:13:20.000 UTC"),
        ("from_iso8601_timestamp('2025-09-20T10:00:00Z')", "2025-09-20 10:00:00.000 UTC"),
        ("to_iso8601(timestamp '2025-09-20 10:00:00')", "2025-09-20T10:00:00.000"),
        ("date_format(timestamp '2025-09-20 10:05:00', '%Y-%m-%d %H:%i')", "2025-09-20 10:05"),
        ("format_datetime(timestamp '2025-09-20 10:05:00', 'yyyy-MM-dd''T''HH:mm')", "2025-09-20T10:05"),
        ("parse_datetime('2025/09/20', 'yyyy/MM/dd')", "2025-09-20 00:00:00.000"),
        ("url_extract_host('https://a.example:8443/p/q?x=1&y=a%20b#f')", "a.example"),
        ("url_extract_path('https://a.example/p/q?x=1')", "/p/q"),
        ("url_extract_parameter('https://a.example/p?x=1&y=a%20b', 'y')", "a b"),
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
        ("cast(json_extract('{\"a\": \"x\"}', '$.a') AS varchar)", "x"),
        ("from_base('ff', 16)", "255"),
        ("bitwise_left_shift(cast(1 AS bigint), 63)", "-9223372036854775808"),
        ("bitwise_or_agg(x) FROM (VALUES 1, 2) t(x)", "3"),
        ("ARRAY['a', NULL]", "[a, null]"),
        ("map(ARRAY['b', 'a'], ARRAY[1, 2])", "{a=2, b=1}"),
        ("map_agg(k, v) FROM (VALUES ('a', 1)) t(k, v)", "{a=1}"),
        ("cast(row(1, 'x') AS row(n integer, s varchar))", "{n=1, s=x}"),
        ("row(1, 'x')", "{1, x}"),
        ("x'01ff'", "01 ff"),
        ("count(*) FROM (SELECT 1 WHERE false)", "0"),
        ("x FROM (VALUES 1, NULL) t(x) ORDER BY x DESC LIMIT 1", "1"),
    ],
)  # fmt: skip
def test_what_an_expression_is(athena: Asker, expression: str, value: str | None) -> None:
    assert athena.value(expression) == value


_REFUSED = {
    "SELECT 1/0": "DIVISION_BY_ZERO: Division by zero",
    "SELECT split('a,b', ',')[3]": "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array"
    " length: 3 > 2",
    "SELECT cast('2025-09-20T10:00:00Z' AS timestamp)": "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp:"
    " 2025-09-20T10:00:00Z",
    "SELECT cast('2025-09-20 10:00:00' AS date)": "INVALID_CAST_ARGUMENT: Value cannot be cast to date:"
    " 2025-09-20 10:00:00",
    "SELECT nothing(1)": "FUNCTION_NOT_FOUND: line 1:8: Function 'nothing' not registered",
    "SELECT x FROM (VALUES 1) t(y)": "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved or requester is"
    " not authorized to access requested resources",
    "SELECT * FROM nowhere": "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.nowhere' does not exist",
    "SELECT * FROM nobody.nowhere": "SCHEMA_NOT_FOUND: line 1:22: Schema 'nobody' does not exist",
    "SELECT * FROM read_text('/etc/hostname')": "FUNCTION_NOT_FOUND: line 1:1: Table function 'read_text' not"
    " registered",
    "SELECT 1 WHERE '1' = 1": "TYPE_MISMATCH: line 1:1: Cannot apply operator: varchar = integer",
}


@pytest.mark.parametrize("sql", _REFUSED)
def test_what_is_refused_in_the_words_of_athena(athena: Asker, sql: str) -> None:
    athena.database = "default"
    assert athena.reason(sql) == _REFUSED[sql]


def test_columns_without_names_and_the_types_of_columns(athena: Asker) -> None:
    execution = athena.execution(
        "SELECT *, 1, 'a' AS s, 1.5, cast(2 AS decimal(9, 2)) FROM (VALUES (1, true)) t(n, b)"
    )
    answer = athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    columns = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(column["Name"], column["Type"]) for column in columns] == [
        ("n", "integer"), ("b", "boolean"), ("_col2", "integer"), ("s", "varchar"), ("_col4", "double"),
        ("_col5", "decimal"),
    ]  # fmt: skip
    assert (columns[5]["Precision"], columns[5]["Scale"]) == (9, 2)
    assert columns[3]["CaseSensitive"] is True


def test_unnesting_arrays_maps_and_rows(athena: Asker) -> None:
    assert athena.rows("SELECT x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) ORDER BY n") == [
        ["a", "1"],
        ["b", "2"],
    ]
    sql = (
        "SELECT k, v FROM (VALUES map(ARRAY['p', 'q'], ARRAY[2, 3])) AS s(m)"
        " CROSS JOIN UNNEST(m) AS u(k, v) ORDER BY k"
    )
    assert athena.rows(sql) == [
        ["p", "2"],
        ["q", "3"],
    ]


def test_parameters_take_the_place_of_question_marks(athena: Asker) -> None:
    assert athena.rows("SELECT ? + 1, '?', ?", ExecutionParameters=["41", "'x'"]) == [["42", "?", "x"]]
