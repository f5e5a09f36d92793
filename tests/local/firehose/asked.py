"""Requests for streams, as a client would send them."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.state import StreamState
from clickgen.local.platform.errors import ServiceError

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient

ROLE = "arn:aws:iam::123456789012:role/firehose"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:transform"
PLACE: dict[str, Any] = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake"}
ERRORS = "errors/!{firehose:error-output-type}/"


def processing(*processors: tuple[str, dict[str, str]], enabled: bool | None = True) -> dict[str, Any]:
    """A ProcessingConfiguration of these types with their parameters."""
    described = [
        {
            "Type": kind,
            "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()],
        }
        for kind, parameters in processors
    ]
    switch = {} if enabled is None else {"Enabled": enabled}
    return {**switch, "Processors": described}


LAMBDA = ("Lambda", {"LambdaArn": FUNCTION})
QUERY = ("MetadataExtraction", {"JsonParsingEngine": "JQ-1.6", "MetadataExtractionQuery": "{user:.user}"})
CONVERSION: dict[str, Any] = {
    "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "shop", "TableName": "clicks"},
    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
}
PARTITIONED: dict[str, Any] = {
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "ProcessingConfiguration": processing(QUERY),
    "Prefix": "user=!{partitionKeyFromQuery:user}/",
    "ErrorOutputPrefix": ERRORS,
}


def extended(**members: Any) -> dict[str, Any]:
    """An extended S3 destination."""
    return {"ExtendedS3DestinationConfiguration": {**PLACE, **members}}


def create(client: "FirehoseClient", name: str, **members: Any) -> str:
    """Create a stream with such a destination; its ARN."""
    body: Any = extended(**members)
    return client.create_delivery_stream(DeliveryStreamName=name, **body)["DeliveryStreamARN"]


def refused(call: Any, **arguments: Any) -> tuple[str, str, int]:
    """The code, the message and the status that refuse a call."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer: Any = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def state_of(body: dict[str, Any]) -> StreamState:
    """The stream that a creation with this body makes."""
    return new_state({"DeliveryStreamName": "clicks", **body}, "us-east-1")


def destination_of(body: dict[str, Any]) -> StreamDestination:
    """What that stream does with its records."""
    return state_of(body).destination


def refusal(body: dict[str, Any]) -> str:
    """Why that stream is refused."""
    with pytest.raises(ServiceError) as caught:
        state_of(body)
    assert caught.value.code in {"InvalidArgumentException", "ValidationException"}
    return caught.value.message
