"""Multipart uploads through boto3."""

import hashlib
import io
import os
from typing import TYPE_CHECKING, Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.support.local_server import LocalServer

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_PART = 5 * 1024 * 1024


def test_a_large_file_goes_up_in_parts_and_comes_back(s3: "S3Client", bucket: str, server: LocalServer) -> None:
    data = os.urandom(2 * _PART + 12345)
    config = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, max_concurrency=4)
    extra = {"Metadata": {"a": "1"}, "ContentType": "text/csv"}
    s3.upload_fileobj(io.BytesIO(data), bucket, "large", Config=config, ExtraArgs=extra)
    digests = [
        hashlib.md5(data[at : at + _PART], usedforsecurity=False).digest() for at in range(0, len(data), _PART)
    ]
    etag = f'"{hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()}-3"'
    head = s3.head_object(Bucket=bucket, Key="large")
    assert (head["ETag"], head["Metadata"], head["ContentType"]) == (etag, {"a": "1"}, "text/csv")
    assert (server.lake / bucket / "large").read_bytes() == data
    down = io.BytesIO()
    s3.download_fileobj(bucket, "large", down, Config=config)
    assert down.getvalue() == data
    assert not list((server.lake / ".firehose" / "s3" / "uploads").iterdir())


def test_parts_are_listed_replaced_and_aborted(s3: "S3Client", bucket: str, server: LocalServer) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    about: dict[str, Any] = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    for number, body in ((2, b"second"), (1, b"first"), (2, b"other")):
        s3.upload_part(**about, PartNumber=number, Body=body)
    parts = s3.list_parts(**about)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, 5), (2, 5)]
    assert [one["UploadId"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    s3.abort_multipart_upload(**about)
    for act in (s3.list_parts, s3.abort_multipart_upload):
        with pytest.raises(ClientError) as refused:
            act(**about)
        assert refused.value.response["Error"]["Code"] == "NoSuchUpload"
    assert not (server.lake / ".firehose" / "s3" / "uploads" / upload).exists()


def test_a_completion_that_does_not_fit_the_parts_is_refused(s3: "S3Client", bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    about: dict[str, Any] = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    tags = [s3.upload_part(**about, PartNumber=number, Body=b"small")["ETag"] for number in (1, 2)]
    done: list[Any] = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    first, second = done
    wrong: list[tuple[Any, str]] = [
        ([second, first], "InvalidPartOrder"),
        ([{**first, "ETag": "0" * 32}], "InvalidPart"),
        ([first, {"PartNumber": 3, "ETag": tags[1]}], "InvalidPart"),
        ([first, second], "EntityTooSmall"),
        ([], "MalformedXML"),
    ]
    for parts, code in wrong:
        with pytest.raises(ClientError) as refused:
            s3.complete_multipart_upload(**about, MultipartUpload={"Parts": parts})
        assert refused.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match="between 1 and 10000"):
        s3.upload_part(**about, PartNumber=10_001, Body=b"x")
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [second]})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"small"
