"""The requests of the control plane."""

from typing import Annotated, Any, Literal

from pydantic import Field

from clickgen.local.firehose.destination_shapes import (
    ExtendedS3Destination,
    HttpEndpointDestination,
    RedshiftDestination,
    S3Destination,
)
from clickgen.local.firehose.shapes import RoleArn, StreamName, StreamType
from clickgen.local.platform.shapes import Shape

MAX_TAGS = 50
"""Tags of a stream [API model]."""

PageLimit = Annotated[int, Field(ge=1, le=10_000)]
TagKey = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\w\s.:/=+\-@%]*\z")]
KmsKeyArn = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^arn:.*:kms:[a-zA-Z0-9\-]+:[0-9]{12}:(key|alias)/.+")
]
VersionId = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[0-9]+\z")]


class Tag(Shape):
    """A tag; its value may be left out."""

    Key: TagKey
    Value: Annotated[str, Field(max_length=256, pattern=r"^[\w\s.:/=+\-@%]*\z")] | None = None


TagList = Annotated[list[Tag], Field(min_length=1, max_length=MAX_TAGS)]


class DirectPutSource(Shape):
    """`DirectPutSourceConfiguration`; the hint changes nothing, at AWS either."""

    ThroughputHintInMBs: Annotated[int, Field(ge=1, le=100)]


class KinesisSource(Shape):
    """`KinesisStreamSourceConfiguration`."""

    KinesisStreamARN: Annotated[
        str,
        Field(
            min_length=1,
            max_length=512,
            pattern=r"^arn:.*:kinesis:[a-zA-Z0-9\-]+:[0-9]{12}:stream/[a-zA-Z0-9_.-]+\z",
        ),
    ]
    RoleARN: RoleArn


class EncryptionKey(Shape):
    """`DeliveryStreamEncryptionConfigurationInput`."""

    KeyType: Literal["AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"]
    KeyARN: KmsKeyArn | None = None


class CreateRequest(Shape):
    """CreateDeliveryStream; other sources and destinations end up in `model_extra`."""

    DeliveryStreamName: StreamName
    DeliveryStreamType: StreamType | None = None
    DirectPutSourceConfiguration: DirectPutSource | None = None
    KinesisStreamSourceConfiguration: KinesisSource | None = None
    DeliveryStreamEncryptionConfigurationInput: EncryptionKey | None = None
    S3DestinationConfiguration: S3Destination | None = None
    ExtendedS3DestinationConfiguration: ExtendedS3Destination | None = None
    RedshiftDestinationConfiguration: RedshiftDestination | None = None
    HttpEndpointDestinationConfiguration: HttpEndpointDestination | None = None
    Tags: TagList | None = None


class UpdateRequest(Shape):
    """UpdateDestination; what changes is checked once it is merged with what there is."""

    DeliveryStreamName: StreamName
    CurrentDeliveryStreamVersionId: VersionId
    DestinationId: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9-]+\z")]
    S3DestinationUpdate: dict[str, Any] | None = None
    ExtendedS3DestinationUpdate: dict[str, Any] | None = None
    RedshiftDestinationUpdate: dict[str, Any] | None = None
    HttpEndpointDestinationUpdate: dict[str, Any] | None = None


class DescribeRequest(Shape):
    """DescribeDeliveryStream; a stream has one destination, so that the page options change nothing."""

    DeliveryStreamName: StreamName
    Limit: PageLimit | None = None
    ExclusiveStartDestinationId: str | None = None


class ListRequest(Shape):
    """ListDeliveryStreams."""

    Limit: PageLimit = 10
    DeliveryStreamType: StreamType | None = None
    ExclusiveStartDeliveryStreamName: StreamName | None = None


class DeleteRequest(Shape):
    """DeleteDeliveryStream; `AllowForceDelete` is about grants of encryption keys, which nobody gives here."""

    DeliveryStreamName: StreamName
    AllowForceDelete: bool | None = None


class TagRequest(Shape):
    """TagDeliveryStream."""

    DeliveryStreamName: StreamName
    Tags: TagList


class UntagRequest(Shape):
    """UntagDeliveryStream."""

    DeliveryStreamName: StreamName
    TagKeys: Annotated[list[TagKey], Field(min_length=1, max_length=MAX_TAGS)]


class ListTagsRequest(Shape):
    """ListTagsForDeliveryStream."""

    DeliveryStreamName: StreamName
    ExclusiveStartTagKey: TagKey | None = None
    Limit: Annotated[int, Field(ge=1, le=MAX_TAGS)] = MAX_TAGS


class StartEncryptionRequest(Shape):
    """StartDeliveryStreamEncryption; without a key the one that AWS owns is used."""

    DeliveryStreamName: StreamName
    DeliveryStreamEncryptionConfigurationInput: EncryptionKey | None = None


class StopEncryptionRequest(Shape):
    """StopDeliveryStreamEncryption."""

    DeliveryStreamName: StreamName
