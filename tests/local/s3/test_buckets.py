"""Buckets and their configurations, as boto3 and Terraform ask for them."""

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.support.local_server import LocalServer, service_client

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def test_buckets_are_folders_and_hidden_state_is_not(s3: "S3Client", bucket: str, server: LocalServer) -> None:
    (server.lake / "made-by-hand").mkdir()
    names = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert {bucket, "made-by-hand"} <= set(names)
    assert not [name for name in names if name.startswith(".")]
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "eu-west-1"
    with pytest.raises(ClientError) as refused:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert refused.value.response["Error"]["Code"] == "BucketAlreadyOwnedByYou"
    with pytest.raises(ClientError) as refused:
        s3.list_objects_v2(Bucket="never-made")
    assert refused.value.response["Error"]["Code"] == "NoSuchBucket"
    with pytest.raises(ClientError) as refused:
        s3.create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    assert refused.value.response["Error"]["Code"] == "IllegalLocationConstraintException"
    first = service_client("s3", server.endpoint, "us-east-1")
    first.create_bucket(Bucket="twice")
    first.create_bucket(Bucket="twice")
    assert first.get_bucket_location(Bucket="twice")["LocationConstraint"] is None
    first.close()


def test_configurations_are_kept_and_reported(s3: "S3Client", bucket: str) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    rules: Any = [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 9}}]
    encryption: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}]
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert lifecycle["Rules"] == rules
    assert lifecycle["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == encryption
    assert not s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    s3.delete_bucket_policy(Bucket=bucket)
    with pytest.raises(ClientError, match="does not exist"):
        s3.get_bucket_policy(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket=bucket)
    s3.delete_bucket_encryption(Bucket=bucket)
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_policy(Bucket=bucket, Policy="{")
    assert refused.value.response["Error"]["Code"] == "MalformedPolicy"


def test_what_terraform_reads_of_a_new_bucket(s3: "S3Client", bucket: str) -> None:
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    for read, code in (
        (s3.get_bucket_tagging, "NoSuchTagSet"),
        (s3.get_bucket_cors, "NoSuchCORSConfiguration"),
        (s3.get_bucket_website, "NoSuchWebsiteConfiguration"),
        (s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration"),
        (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
        (s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"),
    ):
        with pytest.raises(ClientError) as refused:
            read(Bucket=bucket)
        assert refused.value.response["Error"]["Code"] == code


def test_what_is_not_there_is_refused_and_not_ignored(s3: "S3Client", bucket: str, server: LocalServer) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    for method, path in (
        ("PUT", "?website"),
        ("GET", "?analytics&id=1"),
        ("DELETE", "?inventory&id=1"),
        ("DELETE", "/a?tagging"),
        ("GET", "/a?acl"),
        ("POST", "/a?restore"),
        ("POST", ""),
        ("PATCH", "/a"),
    ):
        answer = requests.request(method, f"{server.endpoint}/{bucket}{path}", timeout=10)
        assert answer.status_code == 501, (method, path)
        assert "<Code>NotImplemented</Code>" in answer.text
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"


def test_xml_that_is_no_xml_or_has_entities_is_refused(bucket: str, server: LocalServer) -> None:
    for body in ("<a", "", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        answer = requests.put(f"{server.endpoint}/{bucket}?versioning", data=body, timeout=10)
        assert answer.status_code == 400
        assert "<Code>MalformedXML</Code>" in answer.text


def test_faults_of_a_bucket_are_answered_in_the_words_of_s3(
    s3: "S3Client", bucket: str, server: LocalServer
) -> None:
    def plant(**faults: float) -> None:
        body: Any = {"station": f"s3:{bucket}", "faults": faults}
        headers = {"x-clickgen-admin": "1"}
        answer = requests.post(f"{server.endpoint}/_clickgen/faults", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text

    plant(fail_calls=1.0)
    for code in ("SlowDown", "InternalError"):
        with pytest.raises(ClientError) as refused:
            s3.list_objects_v2(Bucket=bucket)
        assert refused.value.response["Error"]["Code"] == code
    plant(fail_calls=0.0, fail_records=1.0)
    s3.list_objects_v2(Bucket=bucket)
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    assert refused.value.response["Error"]["Code"] == "InternalError"
    plant()
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    stations = requests.get(f"{server.endpoint}/_clickgen/status", timeout=10).json()["stations"]
    (found,) = [station for station in stations if station["station"] == f"s3:{bucket}"]
    assert (found["arrived"], found["failed"]) == (1, 3)
