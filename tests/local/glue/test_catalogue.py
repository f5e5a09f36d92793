"""The Glue catalogue, through boto3."""

import operator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.glue.expression import matching
from tests.support.local_server import service_client, serving

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

_KEYS: Any = [{"Name": "year", "Type": "string"}, {"Name": "hour", "Type": "int"}]


def _table(glue: "GlueClient", database: str, name: str = "clicks", **more: Any) -> None:
    storage = {"Columns": [{"Name": "id", "Type": "string"}], "Location": "s3://lake/clicks/"}
    glue.create_table(
        DatabaseName=database,
        TableInput={"Name": name, "PartitionKeys": _KEYS, "StorageDescriptor": storage, **more},  # type: ignore[typeddict-item]
    )


def _refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_names_become_lower_case_and_what_was_given_is_given_back(glue: "GlueClient", database: str) -> None:
    _table(glue, database, "Clicks", Parameters={"classification": "json"}, Owner="me")
    table = glue.get_table(DatabaseName=database.upper(), Name="CLICKS")["Table"]
    assert (table["Name"], table["DatabaseName"], table["VersionId"]) == ("clicks", database, "0")
    assert table["Parameters"] == {"classification": "json"}
    assert table["Owner"] == "me"
    assert [key["Name"] for key in table["PartitionKeys"]] == ["year", "hour"]


def test_an_update_is_the_next_version(glue: "GlueClient", database: str) -> None:
    _table(glue, database)
    for comment in ("one", "two"):
        glue.update_table(DatabaseName=database, TableInput={"Name": "clicks", "Description": comment})
    glue.update_table(
        DatabaseName=database, TableInput={"Name": "clicks", "Description": "three"}, SkipArchive=True
    )
    versions = glue.get_table_versions(DatabaseName=database, TableName="clicks")["TableVersions"]
    assert [(v["VersionId"], v["Table"].get("Description")) for v in versions] == [
        ("3", "three"),
        ("1", "one"),
        ("0", None),
    ]


def test_refusals_are_in_the_words_of_glue(glue: "GlueClient", database: str) -> None:
    _table(glue, database)
    assert _refusal(glue.get_database, Name="none") == (
        "EntityNotFoundException",
        "Database none not found.",
    )
    assert _refusal(glue.get_table, DatabaseName=database, Name="none")[1] == "Table none not found."
    assert _refusal(glue.create_database, DatabaseInput={"Name": database})[0] == "AlreadyExistsException"
    assert _refusal(glue.create_table, DatabaseName=database, TableInput={"Name": "CLICKS"}) == (
        "AlreadyExistsException",
        "Table already exists.",
    )
    wrong = {"Values": ["2026"]}
    assert (
        _refusal(glue.create_partition, DatabaseName=database, TableName="clicks", PartitionInput=wrong)[0]
        == "InvalidInputException"
    )
    assert _refusal(glue.get_partition, DatabaseName=database, TableName="clicks", PartitionValues=["1", "2"]) == (
        "EntityNotFoundException",
        "Cannot find partition.",
    )


def test_partitions_by_page_segment_and_expression(glue: "GlueClient", database: str) -> None:
    _table(glue, database)
    values = [[year, str(hour)] for year, hour in product(("2025", "2026"), range(12))]
    given_twice: Any = [{"Values": value} for value in [*values, values[0]]]
    errors = glue.batch_create_partition(
        DatabaseName=database, TableName="clicks", PartitionInputList=given_twice
    )["Errors"]
    assert [error["PartitionValues"] for error in errors] == [values[0]]
    assert errors[0]["ErrorDetail"]["ErrorCode"] == "AlreadyExistsException"
    pages = list(
        glue.get_paginator("get_partitions").paginate(
            DatabaseName=database, TableName="clicks", PaginationConfig={"PageSize": 5}
        )
    )
    assert len(pages) == 5
    assert sorted(p["Values"] for page in pages for p in page["Partitions"]) == sorted(values)
    segments = [
        glue.get_partitions(
            DatabaseName=database, TableName="clicks", Segment={"SegmentNumber": number, "TotalSegments": 3}
        )["Partitions"]
        for number in range(3)
    ]
    assert sorted(p["Values"] for segment in segments for p in segment) == sorted(values)
    found = glue.get_partitions(
        DatabaseName=database, TableName="clicks", Expression="year = '2026' AND hour >= 10"
    )["Partitions"]
    assert sorted(p["Values"] for p in found) == [["2026", "10"], ["2026", "11"]]


@pytest.mark.parametrize(
    "expression", ["year = ", "month = '1'", "year = (select 1)", "year = '1'; drop table t", "year like"]
)
def test_an_expression_that_is_not_valid_is_refused(glue: "GlueClient", database: str, expression: str) -> None:
    _table(glue, database)
    code, words = _refusal(glue.get_partitions, DatabaseName=database, TableName="clicks", Expression=expression)
    assert code == "InvalidInputException"
    assert expression in words


def test_partitions_change_and_go(glue: "GlueClient", database: str) -> None:
    _table(glue, database)
    here: Any = {"DatabaseName": database, "TableName": "clicks"}
    glue.create_partition(**here, PartitionInput={"Values": ["2026", "1"]})
    glue.update_partition(
        **here,
        PartitionValueList=["2026", "1"],
        PartitionInput={"Values": ["2026", "2"], "Parameters": {"a": "b"}},
    )
    assert glue.get_partition(**here, PartitionValues=["2026", "2"])["Partition"]["Parameters"] == {"a": "b"}
    answer = glue.batch_delete_partition(
        **here, PartitionsToDelete=[{"Values": ["2026", "1"]}, {"Values": ["2026", "2"]}]
    )
    assert [error["PartitionValues"] for error in answer["Errors"]] == [["2026", "1"]]
    assert glue.get_partitions(**here)["Partitions"] == []


def test_a_database_goes_with_its_tables_and_a_name_is_free_again(glue: "GlueClient", database: str) -> None:
    _table(glue, database)
    glue.create_partition(DatabaseName=database, TableName="clicks", PartitionInput={"Values": ["2026", "1"]})
    glue.delete_database(Name=database)
    glue.create_database(DatabaseInput={"Name": database})
    _table(glue, database)
    assert glue.get_partitions(DatabaseName=database, TableName="clicks")["Partitions"] == []


def test_the_catalogue_survives_a_kill(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        glue = service_client("glue", server.endpoint)
        glue.create_database(DatabaseInput={"Name": "kept"}, Tags={"team": "clicks"})
        _table(glue, "kept")
        server.kill()
    with serving(tmp_path / "lake") as server:
        glue = service_client("glue", server.endpoint)
        assert [table["Name"] for table in glue.get_tables(DatabaseName="kept")["TableList"]] == ["clicks"]
        tags = glue.get_tags(ResourceArn="arn:aws:glue:eu-west-1:000000000000:database/kept")["Tags"]
        assert tags == {"team": "clicks"}


_COMPARISONS = {
    "=": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "<>": operator.ne,
}  # fmt: skip


@given(st.sampled_from(sorted(_COMPARISONS)), st.integers(-20, 20), st.lists(st.integers(-20, 20)), st.booleans())
def test_numbers_are_compared_as_numbers_and_texts_as_texts(
    sign: str, bound: int, values: list[int], numeric: bool
) -> None:
    of_kind: Any = int if numeric else str
    found = matching(f"k {sign} '{bound}'", {"k": "int" if numeric else "string"}, [[str(v)] for v in values])
    compare = _COMPARISONS[sign]
    assert found == {at for at, value in enumerate(values) if compare(of_kind(value), of_kind(bound))}
