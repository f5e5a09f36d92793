"""Athena's API: states, results in the lake, pages, work groups, idempotency, a server that is killed."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.athena_client import OUTPUT, Asker
from tests.support.local_server import serving, until


def _refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_results_are_csv_in_the_output_location_with_metadata_beside(athena: Asker) -> None:
    execution = athena.execution("SELECT 1 AS n, 'a\"b' AS s, NULL AS nothing, '' AS empty")
    place = execution["ResultConfiguration"]["OutputLocation"]
    assert place == f"{OUTPUT}/{execution['QueryExecutionId']}.csv"
    path = athena.server.lake / place.removeprefix("s3://")
    assert path.read_text() == '"n","s","nothing","empty"\n"1","a""b",,""\n'
    metadata = Path(f"{path}.metadata").read_bytes()
    # a protobuf: field 4 is a column, with its names in 4 and 5, its type in 6, precision 10 in 7
    column = b'\n\x04hive"\x01n*\x01n2\x07integer8\n@\x00H\x03P\x00'
    assert b'"' + bytes([len(column)]) + column in metadata
    assert athena.results(execution["QueryExecutionId"]) == [
        ["n", "s", "nothing", "empty"],
        ["1", 'a"b', None, ""],
    ]


def test_pages_hold_every_row_once_whatever_is_in_them(athena: Asker) -> None:
    texts = ["plain", 'quo"te', "comma,", "line\nbreak", "ünï"]
    values = ", ".join(f"({number}, '{texts[number % 5]}')" for number in range(57))
    execution = athena.execution(f"VALUES {values}")
    rows = athena.results(execution["QueryExecutionId"], size=7)
    assert rows == [["_col0", "_col1"], *([str(number), texts[number % 5]] for number in range(57))]


def test_a_place_for_results_is_needed(athena: Asker) -> None:
    code, words = _refusal(athena.client.start_query_execution, QueryString="SELECT 1")
    assert code == "InvalidRequestException"
    assert words.startswith("No output location provided")


def test_what_is_not_sql_is_refused_at_the_start(athena: Asker) -> None:
    for sql in ("SELEC 1", "SELECT * FROM t WHERE", "SELECT (1"):
        code, words = _refusal(
            athena.client.start_query_execution,
            QueryString=sql,
            ResultConfiguration={"OutputLocation": OUTPUT},
        )
        assert code == "InvalidRequestException"
        assert words.startswith("line 1:"), words


def test_a_token_starts_one_query_only(athena: Asker) -> None:
    token = "t" * 32
    request: Any = {"ClientRequestToken": token, "ResultConfiguration": {"OutputLocation": OUTPUT}}
    first = athena.client.start_query_execution(QueryString="SELECT 1", **request)
    again = athena.client.start_query_execution(QueryString="SELECT 1", **request)
    assert first["QueryExecutionId"] == again["QueryExecutionId"]
    assert _refusal(athena.client.start_query_execution, QueryString="SELECT 2", **request)[1] == (
        "Idempotent parameters do not match"
    )


def test_a_work_group_gives_the_place_and_a_limit(athena: Asker) -> None:
    name = f"group-{athena.database}"
    athena.client.create_work_group(
        Name=name,
        Configuration={
            "ResultConfiguration": {"OutputLocation": "s3://results/of-the-group/"},
            "BytesScannedCutoffPerQuery": 10_000_000,
        },
        Tags=[{"Key": "team", "Value": "clicks"}],
    )
    execution = athena.execution("SELECT 1", WorkGroup=name)
    assert execution["ResultConfiguration"]["OutputLocation"].startswith("s3://results/of-the-group/")
    assert athena.client.list_query_executions(WorkGroup=name)["QueryExecutionIds"] == [
        execution["QueryExecutionId"]
    ]
    athena.client.update_work_group(WorkGroup=name, State="DISABLED")
    assert _refusal(athena.client.start_query_execution, QueryString="SELECT 1", WorkGroup=name)[1] == (
        f"WorkGroup {name} is disabled."
    )
    athena.client.delete_work_group(WorkGroup=name)
    assert _refusal(athena.client.get_work_group, WorkGroup=name)[1] == "WorkGroup is not found."


def test_saved_queries(athena: Asker) -> None:
    saved = athena.client.create_named_query(Name="hits", Database="d", QueryString="SELECT 1")["NamedQueryId"]
    assert athena.client.get_named_query(NamedQueryId=saved)["NamedQuery"]["QueryString"] == "SELECT 1"
    assert saved in athena.client.list_named_queries()["NamedQueryIds"]
    athena.client.delete_named_query(NamedQueryId=saved)
    assert _refusal(athena.client.get_named_query, NamedQueryId=saved)[0] == "InvalidRequestException"


def test_a_query_is_stopped(athena: Asker) -> None:
    numbers = "UNNEST(sequence(1, 100000))"
    endless = f"SELECT count(*) FROM {numbers} a(x), {numbers} b(y) WHERE x * y = -1"  # noqa: S608  # of the test
    started = athena.client.start_query_execution(
        QueryString=endless, ResultConfiguration={"OutputLocation": OUTPUT}
    )["QueryExecutionId"]
    until(lambda: athena.state(started) == "RUNNING")
    athena.client.stop_query_execution(QueryExecutionId=started)
    assert athena.ended(started)["Status"]["State"] == "CANCELLED"
    assert athena.value("1") == "1"
    assert athena.ended(started)["Status"]["StateChangeReason"] == "Query cancelled by user"


def test_history_and_results_survive_a_kill(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        asker = Asker(server)
        execution = asker.execution("SELECT 42")
        server.kill()
    with serving(tmp_path / "lake") as server:
        asker = Asker(server)
        assert asker.results(execution["QueryExecutionId"]) == [["_col0"], ["42"]]
        assert asker.ended(execution["QueryExecutionId"])["Status"]["State"] == "SUCCEEDED"
