"""Objects: put, got, copied and deleted through boto3, and the files that they are."""

import gzip
import hashlib
import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.local_server import LocalServer, service_client, serving

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def _md5(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_an_object_is_a_file_and_comes_back_as_it_was_put(
    s3: "S3Client", bucket: str, server: LocalServer
) -> None:
    body = gzip.compress(b"a\nb\n", mtime=0)
    put = s3.put_object(
        Bucket=bucket,
        Key="clicks/2026/11/a b+ü=%25.gz",
        Body=body,
        ContentType="application/json",
        ContentEncoding="gzip",
        CacheControl="no-cache",
        Metadata={"Who": "me"},
    )
    assert (server.lake / bucket / "clicks/2026/11/a b+ü=%25.gz").read_bytes() == body
    got = s3.get_object(Bucket=bucket, Key="clicks/2026/11/a b+ü=%25.gz")
    head = s3.head_object(Bucket=bucket, Key="clicks/2026/11/a b+ü=%25.gz")
    assert got["Body"].read() == body
    for answer in (got, head):
        assert answer["ETag"] == put["ETag"] == _md5(body)
        assert answer["ContentLength"] == len(body)
        assert answer["ContentType"] == "application/json"
        assert answer["ContentEncoding"] == "gzip"
        assert answer["CacheControl"] == "no-cache"
        assert answer["Metadata"] == {"who": "me"}


def test_a_file_that_somebody_puts_into_the_folder_is_an_object_at_once(
    s3: "S3Client", bucket: str, server: LocalServer
) -> None:
    path = server.lake / bucket / "landed" / "clicks-1-2026"
    path.parent.mkdir()
    path.write_bytes(b"one\n")
    assert s3.get_object(Bucket=bucket, Key="landed/clicks-1-2026")["ETag"] == _md5(b"one\n")
    path.write_bytes(b"two, and longer\n")
    got = s3.get_object(Bucket=bucket, Key="landed/clicks-1-2026")
    assert (got["Body"].read(), got["ETag"]) == (b"two, and longer\n", _md5(b"two, and longer\n"))
    path.unlink()
    with pytest.raises(ClientError) as missing:
        s3.get_object(Bucket=bucket, Key="landed/clicks-1-2026")
    assert _code(missing) == "NoSuchKey"
    with pytest.raises(ClientError) as missing:
        s3.head_object(Bucket=bucket, Key="landed/clicks-1-2026")
    assert _code(missing) == "404"


@pytest.mark.parametrize(
    ("wanted", "expected", "shown"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", None),
        ("bytes=5-2", b"0123456789", None),
        ("lines=1-2", b"0123456789", None),
    ],
)
def test_ranges(s3: "S3Client", bucket: str, wanted: str, expected: bytes, shown: str | None) -> None:
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="digits", Range=wanted)
    assert got["Body"].read() == expected
    assert got.get("ContentRange") == shown
    assert got["ResponseMetadata"]["HTTPStatusCode"] == (206 if shown else 200)


def test_a_range_behind_the_end_is_refused(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    for wanted in ("bytes=10-", "bytes=-0"):
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket=bucket, Key="digits", Range=wanted)
        assert _code(refused) == "InvalidRange"


def test_conditions_of_reads(s3: "S3Client", bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="a")["LastModified"]
    before, after = modified - timedelta(seconds=5), modified + timedelta(seconds=5)
    well: list[dict[str, Any]] = [
        {"IfMatch": etag},
        {"IfNoneMatch": '"other"'},
        {"IfModifiedSince": before},
        {"IfUnmodifiedSince": after},
    ]
    for condition in well:
        assert s3.get_object(Bucket=bucket, Key="a", **condition)["Body"].read() == b"x"
    refused: list[tuple[dict[str, Any], str]] = [
        ({"IfMatch": '"other"'}, "412"),
        ({"IfNoneMatch": etag}, "304"),
        ({"IfModifiedSince": after}, "304"),
        ({"IfUnmodifiedSince": before}, "412"),
    ]
    for condition, status in refused:
        with pytest.raises(ClientError) as error:
            s3.head_object(Bucket=bucket, Key="a", **condition)
        assert _code(error) == status


def test_conditional_writes(s3: "S3Client", bucket: str) -> None:
    first = s3.put_object(Bucket=bucket, Key="once", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="once", Body=b"2", IfNoneMatch="*")
    assert _code(refused) == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="once", Body=b"2", IfMatch=first["ETag"])
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="once", Body=b"3", IfMatch=first["ETag"])
    assert _code(refused) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="once")["Body"].read() == b"2"
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="none", Body=b"3", IfMatch=first["ETag"])
    assert _code(refused) == "NoSuchKey"


def test_a_body_that_is_not_what_was_meant_is_refused(s3: "S3Client", bucket: str, server: LocalServer) -> None:
    for wrong in ({"ChecksumCRC32": "AAAAAA=="}, {"ChecksumSHA256": "AAAA"}, {"ContentMD5": "A" * 22 + "=="}):
        with pytest.raises(ClientError) as refused:
            s3.put_object(Bucket=bucket, Key="bad", Body=b"x", **wrong)  # type: ignore[arg-type]  # a strange checksum
        assert _code(refused) == "BadDigest"
    assert not (server.lake / bucket / "bad").exists()
    assert not list((server.lake / ".firehose" / "aside").iterdir())


def test_a_body_that_ends_early_leaves_nothing(bucket: str, server: LocalServer) -> None:
    url = f"{server.endpoint}/{bucket}/chunked"
    headers = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "Content-Encoding": "aws-chunked"}
    sent = {"x-amz-trailer": "x-amz-checksum-crc32", "x-amz-decoded-content-length": "5"}
    good = b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:hYfYZQ==\r\n\r\n"
    for body in (good[:6], good[:14], good.replace(b"hYfY", b"AAAA"), good.replace(b"abc", b"abcd")):
        answer = requests.put(url, data=body, headers=headers | sent, timeout=10)
        assert answer.status_code == 400, body
        assert not (server.lake / bucket / "chunked").exists()
    answer = requests.put(url, data=good, headers=headers | sent, timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-amz-checksum-crc32"] == "hYfYZQ=="
    assert (server.lake / bucket / "chunked").read_bytes() == b"abcde"
    assert "aws-chunked" not in requests.get(url, timeout=10).headers.get("Content-Encoding", "")


def test_objects_are_copied_with_or_without_their_metadata(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="from here", Body=b"x", ContentType="text/plain", Metadata={"a": "1"})
    source = {"Bucket": bucket, "Key": "from here"}
    copied = s3.copy_object(Bucket=bucket, Key="kept", CopySource=source)  # type: ignore[arg-type]  # as documented
    assert copied["CopyObjectResult"]["ETag"] == _md5(b"x")
    assert s3.head_object(Bucket=bucket, Key="kept")["Metadata"] == {"a": "1"}
    s3.copy_object(
        Bucket=bucket,
        Key="kept",
        CopySource=f"{bucket}/kept",
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
        ContentType="text/csv",
    )
    head = s3.head_object(Bucket=bucket, Key="kept")
    assert (head["Metadata"], head["ContentType"]) == ({"b": "2"}, "text/csv")
    with pytest.raises(ClientError, match="trying to copy an object to itself"):
        s3.copy_object(Bucket=bucket, Key="kept", CopySource=f"{bucket}/kept")
    with pytest.raises(ClientError) as refused:
        s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/kept", CopySourceIfMatch="other")
    assert _code(refused) == "PreconditionFailed"


def test_deleting_leaves_no_empty_folders(s3: "S3Client", bucket: str, server: LocalServer) -> None:
    for key in ("a/b/1", "a/b/2", "a/c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    s3.delete_object(Bucket=bucket, Key="a/b/1")
    s3.delete_object(Bucket=bucket, Key="a/b/1")
    gone = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "a/b/2"}, {"Key": "never"}, {"Key": "a//b"}]}
    )
    assert [one["Key"] for one in gone["Deleted"]] == ["a/b/2", "never"]
    assert [one["Key"] for one in gone["Errors"]] == ["a//b"]
    assert sorted(entry.name for entry in (server.lake / bucket).rglob("*")) == ["a", "c"]
    with pytest.raises(ClientError) as refused:
        s3.delete_bucket(Bucket=bucket)
    assert _code(refused) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="a/c")
    s3.delete_bucket(Bucket=bucket)
    assert not (server.lake / bucket).exists()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("a//b", "InvalidArgument"),
        ("a/../b", "InvalidArgument"),
        ("a/./b", "InvalidArgument"),
        ("x" * 256, "KeyTooLongError"),
        ("a/" * 512 + "b", "KeyTooLongError"),
        ("file/below", "InvalidArgument"),
        ("folder", "InvalidArgument"),
        ("filled/", "InvalidArgument"),
    ],
)
def test_keys_that_cannot_be_files_are_refused_in_words(s3: "S3Client", bucket: str, key: str, code: str) -> None:
    s3.put_object(Bucket=bucket, Key="file", Body=b"x")
    s3.put_object(Bucket=bucket, Key="folder/a", Body=b"x")
    with pytest.raises(ClientError, match=r"[Oo]bjects are files here|key is too long") as refused:
        s3.put_object(Bucket=bucket, Key=key, Body=b"y")
    assert _code(refused) == code
    assert s3.get_object(Bucket=bucket, Key="file")["Body"].read() == b"x"


def test_marks_of_folders_are_empty_objects(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="logs/", Body=b"")
    assert s3.head_object(Bucket=bucket, Key="logs/")["ContentLength"] == 0
    s3.put_object(Bucket=bucket, Key="logs/a", Body=b"")
    s3.delete_object(Bucket=bucket, Key="logs/a")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["logs/"]
    s3.delete_object(Bucket=bucket, Key="logs/")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_what_is_known_of_objects_outlives_a_killed_server(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with serving(lake) as server:
        s3 = service_client("s3", server.endpoint, "us-east-1")
        s3.create_bucket(Bucket="kept")
        put = s3.put_object(Bucket="kept", Key="a", Body=b"x", ContentEncoding="gzip", Metadata={"a": "1"})
        upload = s3.create_multipart_upload(Bucket="kept", Key="b", ContentType="text/csv")["UploadId"]
        part = s3.upload_part(Bucket="kept", Key="b", UploadId=upload, PartNumber=1, Body=b"y")
        server.stop(signal.SIGKILL)
        s3.close()
    with serving(lake) as server:
        s3 = service_client("s3", server.endpoint, "us-east-1")
        head = s3.head_object(Bucket="kept", Key="a")
        assert (head["ETag"], head["ContentEncoding"], head["Metadata"]) == (put["ETag"], "gzip", {"a": "1"})
        done = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket="kept", Key="b", UploadId=upload, MultipartUpload=done)
        assert s3.get_object(Bucket="kept", Key="b")["ContentType"] == "text/csv"
        s3.close()


def test_the_host_may_name_the_bucket_and_presigned_urls_work(
    s3: "S3Client", bucket: str, server: LocalServer
) -> None:
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"x")
    port = server.endpoint.rpartition(":")[2]
    for host in (f"{bucket}.localhost:{port}", f"{bucket}.s3.eu-west-1.amazonaws.com", f"{bucket}.s3.localhost"):
        assert requests.get(f"{server.endpoint}/a/b", headers={"Host": host}, timeout=10).content == b"x"
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a/b"})
    assert requests.get(url, timeout=10).content == b"x"
    virtual = boto3.client(
        "s3",
        endpoint_url=f"http://localhost:{port}",
        region_name="eu-west-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    assert virtual.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"x"
    virtual.close()
