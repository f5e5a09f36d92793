"""The function of parquet-lake: what Firehose delivers becomes Parquet by day, however often S3 notifies it."""

import base64
import gzip
import io
import json
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus

import boto3
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import CREDENTIALS
from tests.support.running_example import handler_module

KEY = "page_views/year=2026/month=11/day=28/page-views-1-2026-11-28-10-00-00-6f1c.gz"
NEXT_DAY = {"user": "b", "ts": "2026-11-29T00:30:00.250+01:00", "page": "/", "debug": True, "referrer": "/x"}
VIEW = {"clickgen_id": "i1", "user": "a", "ts": "2026-11-28T23:59:59.999Z", "page": "/ü", "debug": False}


@pytest.fixture
def convert(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the handler, whose buckets are an emulator's."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": moto, "PROCESSED_BUCKET": "processed"}.items():
        monkeypatch.setenv(name, value)
    module = handler_module("parquet-lake", "convert.py")
    for bucket in ("raw", "processed"):
        module.s3.create_bucket(Bucket=bucket)
    yield module
    module.s3.close()


def put(content: bytes, key: str = KEY) -> dict[str, Any]:
    """Put an object; the record of its notification."""
    boto3.client("s3").put_object(Bucket="raw", Key=key, Body=content)
    return notified(key)


def notified(key: str) -> dict[str, Any]:
    about = {"key": quote_plus(key, safe="/"), "size": 1, "eTag": "0", "sequencer": "0055AED6DCD90281E5"}
    bucket = {"name": "raw", "arn": "arn:aws:s3:::raw", "ownerIdentity": {"principalId": "A3NL1KOZZKExample"}}
    return {
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventName": "ObjectCreated:Put",
        "eventTime": "2026-11-28T10:00:00.000Z",
        "s3": {"s3SchemaVersion": "1.0", "bucket": bucket, "object": about},
    }  # fmt: skip


def written() -> dict[str, bytes]:
    s3 = boto3.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="processed").get("Contents", [])]
    return {key: s3.get_object(Bucket="processed", Key=key)["Body"].read() for key in keys}


def rows_of(file: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(file)).to_pylist()
    return rows


def test_events_are_written_by_their_own_day_whatever_is_between_them(convert: ModuleType) -> None:
    lines = "".join(json.dumps(one) + "\n" for one in (VIEW, NEXT_DAY)).encode()
    joined = (json.dumps(VIEW) + json.dumps(NEXT_DAY | {"ts": "2026-11-30T08:00:00"})).encode()
    records = [put(gzip.compress(lines)), put(joined, "page_views/a key with spaces+and=signs")]
    assert convert.handler({"Records": records}, None) == {"written": 4, "rejected": 0}
    files = written()
    days = [key.split("/")[1] for key in files]
    assert days == ["dt=2026-11-28", "dt=2026-11-28", "dt=2026-11-30"]
    [of_lines] = [rows_of(file) for key, file in files.items() if "page-views-1-" in key]
    assert [(row["clickgen_id"], row["user"], str(row["ts"]), row["page"], row["debug"]) for row in of_lines] == [
        ("i1", "a", "2026-11-28 23:59:59.999000", "/ü", False),
        (None, "b", "2026-11-28 23:30:00.250000", "/", True),
    ]
    file = pq.ParquetFile(io.BytesIO(next(iter(files.values()))))
    assert file.metadata.row_group(0).column(0).compression == "SNAPPY"
    assert [str(kind) for kind in file.schema_arrow.types] == [
        "string",
        "string",
        "timestamp[ms]",
        "string",
        "bool",
    ]


def test_a_repeated_notification_doubles_nothing(convert: ModuleType) -> None:
    again = {"Records": [put(json.dumps(VIEW).encode()), put(json.dumps(NEXT_DAY).encode(), f"other/{KEY}")]}
    convert.handler(again, None)
    first = written()
    convert.handler(again, None)
    assert written() == first
    assert len(first) == 2  # objects of one name in two folders stay apart


def test_what_is_not_a_page_view_is_kept_aside_and_nothing_is_lost_with_it(convert: ModuleType) -> None:
    whole = json.dumps(VIEW).encode()
    bad = [
        b'{"user":"a","ts":"2026-11-28T1', b"not json", b"[1]", b'{"user":"a","ts":"yesterday","page":"/"}',
        b'{"ts":"2026-11-28T10:00:00Z","page":"/"}', b'{"user":"\xff","ts":"2026-11-28T10:00:00Z","page":"/"}',
        b'{"user":"a","ts":"2026-11-28T10:00:00Z","page":"/","debug":"no"}',
    ]  # fmt: skip
    content = b"\n".join(bad) + b"\n" + bad[0] + whole + whole
    assert convert.handler({"Records": [put(content)]}, None) == {"written": 2, "rejected": 8}
    [key] = [key for key in written() if key.startswith("rejected/")]
    rejects = [json.loads(line) for line in written()[key].splitlines()]
    assert [base64.b64decode(one["rawData"]) for one in rejects] == [*bad, bad[0]]
    assert {one["errorCode"] for one in rejects} == {"Convert.NotAPageView"}
    assert "not a time in ISO 8601" in rejects[3]["errorMessage"]
    assert rejects[0]["source"] == f"s3://raw/{KEY}"


def test_a_large_object_is_converted_in_parts(convert: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert.DailyFiles, "ROWS", 10)
    monkeypatch.setattr(convert, "_CHARACTERS", 7)
    content = "".join(json.dumps(VIEW | {"page": f"/{number}"}) for number in range(25))
    convert.handler({"Records": [put(gzip.compress(content.encode()))]}, None)
    [file] = written().values()
    assert pq.ParquetFile(io.BytesIO(file)).metadata.num_row_groups == 3
    assert [row["page"] for row in rows_of(file)] == [f"/{number}" for number in range(25)]


def test_an_object_that_is_gone_is_skipped_and_a_damaged_one_is_not(convert: ModuleType) -> None:
    assert convert.handler({"Records": [notified("gone")]}, None) == {"written": 0, "rejected": 0}
    with pytest.raises(convert.DamagedObject, match=f"s3://raw/{KEY} cannot be read to its end"):
        convert.handler({"Records": [put(gzip.compress(b"{}" * 100)[:-9])]}, None)
    assert not written()


PARTS = st.sampled_from(['{"a":"}{"}', '{"b":{"c":[1,2]}}', '{"torn":"x', "12", "\n", " ", '{"ü":"\\"{\\""}', "}"])


@given(parts=st.lists(PARTS), cuts=st.lists(st.integers(0, 60)))
def test_objects_are_the_same_however_the_text_is_cut(parts: list[str], cuts: list[int]) -> None:
    module = handler_module("parquet-lake", "json_objects.py")
    text = "".join(parts)
    places = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    chunks = [text[start:end] for start, end in pairwise(places)]
    whole = list(module.pieces([text]))
    assert [(one.text, one.value) for one in module.pieces(chunks)] == [(one.text, one.value) for one in whole]
    assert "".join("".join(one.text for one in whole).split()) == "".join(text.split())
