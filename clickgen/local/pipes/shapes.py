"""The shapes of requests of EventBridge Pipes with the constraints of the API model (botocore, 2015-10-07)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from clickgen.local.platform.shapes import Shape

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[.\-_A-Za-z0-9]+\z")]
Arn = Annotated[str, Field(min_length=1, max_length=1600)]
State = Literal["RUNNING", "STOPPED"]


class PatternShape(Shape):
    """One event pattern."""

    Pattern: Annotated[str, Field(max_length=4096)] | None = None


class Criteria(Shape):
    """`FilterCriteria`: an event passes if one of the patterns matches."""

    Filters: Annotated[list[PatternShape], Field(max_length=5)] | None = None


class StreamParameters(Shape):
    """How a stream is read: of Kinesis and DynamoDB alike."""

    BatchSize: Annotated[int, Field(ge=1, le=10_000)] | None = None
    MaximumBatchingWindowInSeconds: Annotated[int, Field(ge=0, le=300)] | None = None
    MaximumRecordAgeInSeconds: Annotated[int, Field(ge=-1, le=604_800)] | None = None
    MaximumRetryAttempts: Annotated[int, Field(ge=-1, le=10_000)] | None = None
    OnPartialBatchItemFailure: Literal["AUTOMATIC_BISECT"] | None = None
    ParallelizationFactor: Annotated[int, Field(ge=1, le=10)] | None = None
    StartingPosition: Literal["TRIM_HORIZON", "LATEST"] | None = None


class SourceShape(Shape):
    """`PipeSourceParameters`; other sources end up in `model_extra`."""

    FilterCriteria: Criteria | None = None
    KinesisStreamParameters: StreamParameters | None = None
    DynamoDBStreamParameters: StreamParameters | None = None


class KinesisTarget(Shape):
    """What a Kinesis stream as a target needs."""

    PartitionKey: Annotated[str, Field(min_length=1, max_length=256)]


class LambdaTarget(Shape):
    """How a function is called."""

    InvocationType: Literal["REQUEST_RESPONSE", "FIRE_AND_FORGET"] = "REQUEST_RESPONSE"


class TargetInputShape(Shape):
    """`PipeTargetParameters`; other targets end up in `model_extra`."""

    InputTemplate: Annotated[str, Field(max_length=8192)] | None = None
    KinesisStreamParameters: KinesisTarget | None = None
    LambdaFunctionParameters: LambdaTarget | None = None


class UpdateRequest(Shape):
    """UpdatePipe, and what CreatePipe has in common with it."""

    Description: Annotated[str, Field(max_length=512)] | None = None
    DesiredState: State | None = None
    SourceParameters: SourceShape | None = None
    Target: Arn | None = None
    TargetParameters: TargetInputShape | None = None
    RoleArn: Arn
    LogConfiguration: dict[str, Any] | None = None
    KmsKeyIdentifier: Annotated[str, Field(max_length=2048)] | None = None


class CreateRequest(UpdateRequest):
    """CreatePipe."""

    Source: Arn
    Target: Arn
    Tags: dict[str, str] | None = None
