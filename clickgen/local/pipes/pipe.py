"""A pipe: what is remembered of it, and its description."""

import time
from typing import Any, Literal

from pydantic import BaseModel, Field

from clickgen.local.platform.consumer import ConsumerSettings
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.patterns import Filters

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""The most JSON that a pipe hands over at once [EventBridge user guide, "Amazon EventBridge Pipes quotas"]."""

_DEFAULT_BATCH = 100  # of both kinds of streams [API documentation]

State = Literal[
    "CREATING",
    "RUNNING",
    "STOPPED",
    "STARTING",
    "STOPPING",
    "UPDATING",
    "DELETING",
    "CREATE_FAILED",
    "START_FAILED",
]


class PipeState(BaseModel):
    """What is remembered of a pipe when no server runs. Parameters are kept as they were given."""

    name: str
    region: str
    id: str
    """Whose positions in the source these are: a pipe made anew reads anew."""
    source: str
    target: str
    role: str
    source_parameters: dict[str, Any] = Field(default_factory=dict)
    target_parameters: dict[str, Any] = Field(default_factory=dict)
    desired: Literal["RUNNING", "STOPPED"] = "RUNNING"
    state: State = "CREATING"
    reason: str | None = None
    """Why it failed to be created or started."""
    description: str | None = None
    log: dict[str, Any] | None = None
    key: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    created: float = Field(default_factory=time.time)
    modified: float = Field(default_factory=time.time)

    @property
    def arn(self) -> str:
        """The pipe's ARN, in the region it was created through."""
        return f"arn:aws:pipes:{self.region}:{ACCOUNT}:pipe/{self.name}"

    @property
    def source_member(self) -> str:
        """The member of its source parameters that says how the stream is read."""
        return "KinesisStreamParameters" if ":kinesis:" in self.source else "DynamoDBStreamParameters"

    @property
    def patterns(self) -> list[str]:
        """Its event patterns."""
        criteria = self.source_parameters.get("FilterCriteria") or {}
        return [one["Pattern"] for one in criteria.get("Filters") or () if one.get("Pattern")]

    def consumer(self) -> ConsumerSettings:
        """How its stream is read."""
        given = self.source_parameters[self.source_member]
        return ConsumerSettings(
            arn=self.source,
            consumer=f"pipe:{self.name}",
            batch_size=given.get("BatchSize", _DEFAULT_BATCH),
            start=given["StartingPosition"],
            window=given.get("MaximumBatchingWindowInSeconds", 0),
            retries=given.get("MaximumRetryAttempts", -1),
            max_age=given.get("MaximumRecordAgeInSeconds", -1),
            bisect=given.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
            max_bytes=MAX_PAYLOAD_BYTES,
            filters=Filters(self.patterns),
        )

    def summary(self) -> dict[str, Any]:
        """What the actions that change a pipe answer."""
        return {
            "Arn": self.arn,
            "Name": self.name,
            "DesiredState": self.desired,
            "CurrentState": self.state,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }

    def described(self) -> dict[str, Any]:
        """What DescribePipe answers."""
        more = {
            "StateReason": self.reason,
            "Description": self.description,
            "LogConfiguration": self.log,
            "KmsKeyIdentifier": self.key,
        }
        return {
            **self.summary(),
            "Source": self.source,
            "SourceParameters": self.source_parameters,
            "Target": self.target,
            "TargetParameters": self.target_parameters,
            "RoleArn": self.role,
            "Tags": self.tags,
            **{name: value for name, value in more.items() if value is not None},
        }
