"""What is remembered of a stream when no server runs: `stream.json` in its folder."""

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from clickgen.local.firehose.configuration import settle
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.requests import CreateRequest
from clickgen.local.firehose.shapes import StreamName
from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.shapes import parse

_STATE = "stream.json"
_MAX_STATE_BYTES = 4 * 1024 * 1024  # a stream with every setting at its longest has less than one

_NO_SETTINGS = frozenset({"DeliveryStreamName", "DeliveryStreamEncryptionConfigurationInput", "Tags"})
"""Members of a creation that are not settings of source or destination."""


class Encryption(BaseModel):
    """Server-side encryption as it is reported; nothing is encrypted in the lake."""

    key_type: Literal["AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"]
    key_arn: str | None = None


class StreamState(BaseModel):
    """A stream as it is kept. To change it, use `with_changes`, since the destination is settled once."""

    model_config = ConfigDict(frozen=True)

    name: StreamName
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}\z")]
    created: float
    status: Literal["CREATING", "ACTIVE", "DELETING"]
    version: Annotated[int, Field(ge=1)] = 1  # one more with every change of the destination
    updated: float | None = None
    settings: dict[str, Any]  # source and destination, in the members of CreateDeliveryStream
    encryption: Encryption | None = None
    tags: dict[str, str | None] = {}

    @model_validator(mode="before")
    @classmethod
    def _from_before(cls, kept: Any) -> Any:
        """Streams were once kept with the few settings that there were, under names of our own."""
        if isinstance(kept, dict) and isinstance(kept.get("destination"), dict):
            others = {name: value for name, value in kept.items() if name != "destination"}
            return others | {"settings": {"ExtendedS3DestinationConfiguration": _extended_s3(kept["destination"])}}
        return kept

    @cached_property
    def destination(self) -> StreamDestination:
        """The settings, settled; ServiceError if no request could have set them."""
        return settle(parse(CreateRequest, {"DeliveryStreamName": self.name, **self.settings}))

    @property
    def arn(self) -> str:
        """The stream's ARN, in the region it was created through."""
        return f"arn:aws:firehose:{self.region}:{ACCOUNT}:deliverystream/{self.name}"

    @property
    def stream_type(self) -> str:
        """`DeliveryStreamType`."""
        return str(self.settings.get("DeliveryStreamType", "DirectPut"))

    def with_changes(self, **changes: Any) -> "StreamState":
        """A copy with other values."""
        return StreamState.model_validate(self.model_dump() | changes)


def load_state(folder: Path) -> StreamState:
    """The state of the stream kept in `folder`; LocalProblem if it cannot be read or is not a stream's."""
    file = folder / _STATE
    try:
        with os.fdopen(open_file(file, os.O_RDONLY), "rb") as kept:
            state = StreamState.model_validate_json(kept.read(_MAX_STATE_BYTES))
        _ = state.destination
    except (OSError, ValidationError, ServiceError) as error:
        why = f": {error.message}" if isinstance(error, ServiceError) else "."
        raise LocalProblem(
            f"{file} does not hold the settings of a stream{why}",
            f"Its records are in {folder}; move that folder away to go on without them.",
        ) from error
    return state


def save_state(folder: Path, state: StreamState) -> None:
    """Keep the state; whoever reads it finds the old one or the new one, whole."""
    draft = folder / (_STATE + ".new")
    with os.fdopen(open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w") as file:
        file.write(state.model_dump_json(indent=2) + "\n")
    draft.replace(folder / _STATE)


def settings_of(request: CreateRequest) -> dict[str, Any]:
    """The source and the destination of a request, as they are kept."""
    return request.model_dump(exclude=set(_NO_SETTINGS), exclude_none=True)


def _extended_s3(kept: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "RoleARN": kept.get("role_arn"),
        "BucketARN": kept.get("bucket_arn"),
        "Prefix": kept.get("prefix"),
        "ErrorOutputPrefix": kept.get("error_prefix"),
        "BufferingHints": {
            "SizeInMBs": kept.get("buffer_mb"),
            "IntervalInSeconds": kept.get("buffer_seconds"),
        },
        "CompressionFormat": "GZIP" if kept.get("gzip") else "UNCOMPRESSED",
        "CloudWatchLoggingOptions": kept.get("logging"),
        "FileExtension": kept.get("file_extension"),
        "CustomTimeZone": kept.get("time_zone"),
    }
    if kept.get("append_delimiter"):
        members["ProcessingConfiguration"] = {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]}
    return {member: value for member, value in members.items() if value is not None}
