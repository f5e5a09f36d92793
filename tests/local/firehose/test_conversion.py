"""Values of JSON in typed columns, as the OpenX and the Hive SerDe read them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from clickgen.local.firehose.conversion.settings import HiveJson, OpenX, OrcOutput, ParquetOutput
from tests.local.firehose.converting import convert

LONG = "12345678901234567890.123456789012345678"
FEBRUARY = datetime(2018, 2, 7, 19, 58, 48)


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("string", '"text"', "text"),
        ("string", "5", "5"),
        ("string", "1.50", "1.5"),
        ("string", "true", "true"),
        ("string", '{"Inner": [1, "Z"]}', '{"inner":[1,"Z"]}'),
        ("varchar(10)", '"{not json"', "{not json"),
        ("int", "7", 7),
        ("int", '"-7"', -7),
        ("int", '"+07"', 7),
        ("bigint", "9223372036854775807", 2**63 - 1),
        ("double", "5", 5.0),
        ("double", '"1.5e3"', 1500.0),
        ("float", "0.5", 0.5),
        ("boolean", "false", False),
        ("boolean", '"TRUE"', True),
        ("decimal(5,2)", "1.005", Decimal("1.01")),
        ("decimal(5,2)", '"-999.994"', Decimal("-999.99")),
        (
            "decimal(38,18)",
            '"12345678901234567890.123456789012345678"',
            Decimal("12345678901234567890.123456789012345678"),
        ),
        ("decimal", "1e2", Decimal(100)),
        ("date", '"2018-2-7"', date(2018, 2, 7)),
        ("timestamp", '"2018-02-07T19:58:48Z"', FEBRUARY),
        ("timestamp", '"2018-02-07T19:58:48.5Z"', FEBRUARY.replace(microsecond=500_000)),
        ("timestamp", '"2018-02-07T19:58:48"', FEBRUARY),
        ("timestamp", '"2018-2-7 19:58:48.123456789"', FEBRUARY.replace(microsecond=123_456)),
        ("timestamp", "1518033528", FEBRUARY),
        ("timestamp", '"1518033528"', FEBRUARY),
        ("timestamp", "1518033528123", FEBRUARY.replace(microsecond=123_000)),
        ("timestamp", "1518033528.123", FEBRUARY.replace(microsecond=123_000)),
        ("timestamp", "0", datetime(1970, 1, 1)),
        ("array<int>", "[1, null, 3]", [1, None, 3]),
        ("array<string>", '"alone"', ["alone"]),
        ("array<struct<a:int>>", '{"A": 1}', [{"a": 1}]),
        ("struct<a:int,b:string>", '{"B": "x", "c": 1}', {"a": None, "b": "x"}),
        ("struct<a:int,b:string>", '[1, "x", 2]', {"a": 1, "b": "x"}),
        ("map<string,double>", '{"Key": 1, "other": "2.5"}', {"key": 1.0, "other": 2.5}),
        ("map<int,array<date>>", '{"1": ["2018-02-07"]}', {1: [date(2018, 2, 7)]}),
        (
            "struct<when:timestamp,d:decimal(4,1)>",
            '{"when": 1518033528, "d": 2.25}',
            {"when": FEBRUARY, "d": Decimal("2.3")},
        ),
    ],
)
def test_open_x_reads_values_leniently(kind: str, value: str, read: Any) -> None:
    outcome = convert([f'{{"V": {value}, "w": 1}}'.encode()], {"v": kind, "w": "int"})
    assert (outcome.rows, outcome.failures) == ([{"v": read, "w": 1}], ())


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("int", '"oops"', 'For input string: "oops"'),
        ("int", "1.5", 'For input string: "1.5"'),
        ("int", "true", 'For input string: "true"'),
        ("int", '" 7"', 'For input string: " 7"'),
        ("tinyint", "128", "out of range"),
        ("bigint", "9223372036854775808", "out of range"),
        ("double", '"nan"', 'For input string: "nan"'),
        ("double", "1e400", "out of range"),
        ("float", "1e39", "out of range"),
        ("decimal(5,2)", "1000", "out of range"),
        ("boolean", "1", 'For input string: "1"'),
        ("boolean", '"yes"', 'For input string: "yes"'),
        ("date", '"2018-02-30"', "For input string"),
        ("date", "20180207", "For input string"),
        ("timestamp", '"2018-02-07"', "For input string"),
        ("timestamp", '"2018-02-07T25:00:00Z"', "For input string"),
        ("timestamp", '"2018-2-7T19:58:48Z"', "For input string"),
        ("timestamp", "999999999999999", "out of range"),
        ("int", "[1]", "list"),
        ("struct<a:int>", "42", "Data is not JSONObject  but java.lang.Long with value 42"),
        ("map<string,int>", "[1]", "map"),
        ("array<int>", '[1, "x"]', 'For input string: "x"'),
    ],
)
def test_a_value_that_does_not_fit_fails_its_record_alone(kind: str, value: str, words: str) -> None:
    outcome = convert([b'{"w": 1}', f'{{"v": {value}, "w": 2}}'.encode(), b'{"w": 3}'], {"v": kind, "w": "int"})
    assert [row["w"] for row in outcome.rows] == [1, 3]
    (failure,) = outcome.failures
    assert (failure.record, failure.code) == (1, "DataFormatConversion.MalformedData")
    assert "Data does not match the schema." in failure.message
    assert words in failure.message


@pytest.mark.parametrize(
    ("record", "code", "words"),
    [
        (b'{"w": ', "ParseError", "malformed JSON"),
        (b"{'w': 1}", "ParseError", "malformed JSON"),
        (b'{"w": NaN}', "ParseError", "NaN is not JSON"),
        (b'{"w": 1,}', "ParseError", "malformed JSON"),
        (b'{"w": "\xff"}', "ParseError", "malformed JSON"),
        (b'{"w": "\\ud800"}', "ParseError", "malformed JSON"),
        (b'{"w": 1} trailing', "ParseError", "malformed JSON"),
        (b'[{"w": 1}]', "MalformedData", "JSON object is required"),
        (b"7", "MalformedData", "primitive at the top level"),
        (b"", "MalformedData", "empty or contained only whitespace"),
        (b" \n ", "MalformedData", "empty or contained only whitespace"),
    ],
)
def test_what_is_not_an_object_of_json_fails(record: bytes, code: str, words: str) -> None:
    outcome = convert([b'{"w": "1"}\n', record, b'{"w": "2"}\n'], {"w": "string"})
    assert [row["w"] for row in outcome.rows] == ["1", "2"]
    (failure,) = outcome.failures
    assert (failure.record, failure.code) == (1, f"DataFormatConversion.{code}")
    assert words in failure.message


def test_a_record_may_hold_several_objects_and_fails_as_one() -> None:
    records = [
        b'{"w":1}{"w":2}',
        b'{"w":3}\n{"w":4}\n',
        b'{\n "w":\n 5\n}',
        b'{"w":6}\r\n{"w":7}',
        b'{"w":8}\n{"w":"x"}',
    ]
    outcome = convert(records, {"w": "int"})
    assert sorted(row["w"] for row in outcome.rows) == [1, 2, 3, 4, 5, 6, 7]
    assert outcome.codes == [(4, "MalformedData")]


def test_keys_match_in_any_case_unless_they_must_not() -> None:
    records = [b'{"userId": 1, "Extra": 0}', b'{"USERID": 2}', b'{"userid": 3}']
    assert [row["userid"] for row in convert(records, {"userid": "int"}).rows] == [1, 2, 3]
    exact = convert(records, {"userid": "int"}, OpenX(case_insensitive=False))
    assert [row["userid"] for row in exact.rows] == [None, None, 3]


def test_keys_can_be_mapped_to_columns_and_dots_to_underscores() -> None:
    records = [b'{"timestamp": "a", "geo.city": "b", "ts": "c"}']
    mapped = convert(
        records, {"ts": "string", "geo_city": "string"}, OpenX(True, True, keys_of_columns={"ts": "timestamp"})
    )
    assert mapped.rows == [{"ts": "a", "geo_city": "b"}]
    assert convert(records, {"ts": "string", "geo_city": "string"}).rows == [{"ts": "c", "geo_city": None}]


def test_missing_keys_are_null_and_other_keys_are_dropped() -> None:
    outcome = convert([b'{"a": null, "other": 1}', b"{}", b'{"b": "x"}'], {"a": "int", "b": "string"})
    assert outcome.rows == [{"a": None, "b": None}, {"a": None, "b": None}, {"a": None, "b": "x"}]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("int", '"7"', "not numeric"),
        ("double", '"7"', "not numeric"),
        ("array<int>", "7", "Start of Array expected"),
        ("struct<a:int>", "[7]", "Start of Object expected"),
        ("string", '{"a": 1}', "incorrect format"),
        ("timestamp", "1518033528", "For input string"),
        ("timestamp", '"2018-02-07T19:58:48Z"', "For input string"),
    ],
)
def test_hive_refuses_what_open_x_would_make_fit(kind: str, value: str, words: str) -> None:
    outcome = convert([f'{{"v": {value}}}'.encode()], {"v": kind}, HiveJson())
    assert words in outcome.failures[0].message


@pytest.mark.parametrize(
    ("formats", "kind", "value", "read"),
    [
        ((), "timestamp", '"2018-2-7 19:58:48.5"', FEBRUARY.replace(microsecond=500_000)),
        (("millis",), "timestamp", "1518033528000", FEBRUARY),
        (("dd/MMM/yyyy:HH:mm:ss Z",), "timestamp", '"07/Feb/2018:21:58:48 +0200"', FEBRUARY),
        (("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "millis"), "timestamp", '"2018-02-07T19:58:48.000Z"', FEBRUARY),
        (("h:mm a d.M.yy",), "timestamp", '"7:58 PM 7.2.18"', FEBRUARY.replace(second=0)),
        (("dd.MM.yyyy",), "date", '"07.02.2018"', date(2018, 2, 7)),
        ((), "map<string,int>", '{"Kept": 1}', {"Kept": 1}),
        ((), "struct<a:int>", '{"A": 1}', {"a": 1}),
        ((), "string", "5", "5"),
        ((), "int", "5", 5),
    ],
)
def test_hive_reads_times_by_its_formats_and_keeps_keys_of_maps(
    formats: tuple[str, ...], kind: str, value: str, read: Any
) -> None:
    assert convert([f'{{"V": {value}}}'.encode()], {"v": kind}, HiveJson(formats)).rows == [{"v": read}]


@pytest.mark.parametrize("compression", ["NONE", "ZLIB", "SNAPPY"])
def test_orc_has_the_same_rows(compression: Any) -> None:
    columns = {"id": "bigint", "at": "timestamp", "price": "decimal(6,2)", "tags": "array<string>"}
    records = [b'{"id": %d, "at": 1518033528, "price": "1.5", "tags": ["a"]}' % number for number in range(20_000)]
    output = OrcOutput(compression=compression, bloom_filter_columns=("id",), row_index_stride=1000)
    rows = convert(records, columns, output=output).rows
    assert [row["id"] for row in rows] == list(range(20_000))
    assert rows[7] == {"id": 7, "at": FEBRUARY, "price": Decimal("1.50"), "tags": ["a"]}


@pytest.mark.parametrize("compression", ["UNCOMPRESSED", "GZIP", "SNAPPY"])
@pytest.mark.parametrize("version", ["V1", "V2"])
def test_parquet_is_written_with_the_options_of_the_stream(compression: Any, version: Any) -> None:
    output = ParquetOutput(compression=compression, version=version, dictionary=False)
    assert convert([b'{"a":"x"}'] * 10, {"a": "string"}, output=output).rows == [{"a": "x"}] * 10
