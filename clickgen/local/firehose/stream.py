"""A delivery stream: its name, settings and status on disk, and its buffer."""

import os
import shutil
import time
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from clickgen.local.firehose.buffer import Buffer
from clickgen.local.firehose.configuration import StreamDestination, check_kept
from clickgen.local.firehose.shapes import StreamName
from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.limits import ACCOUNT

VERSION = "1"  # settings cannot be changed here, so that every stream stays at its first version
_STATE = "stream.json"
_MAX_STATE_BYTES = 1024 * 1024  # the settings of a stream have a few hundred


class StreamState(BaseModel):
    """What is remembered of a stream when no server runs."""

    name: StreamName
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}\z")]
    created: float
    status: Literal["ACTIVE", "DELETING"]
    destination: StreamDestination

    @property
    def arn(self) -> str:
        """The stream's ARN, in the region it was created through."""
        return f"arn:aws:firehose:{self.region}:{ACCOUNT}:deliverystream/{self.name}"


class DeliveryStream:
    """One stream of a running server."""

    def __init__(self, state: StreamState, folder: Path, lake: Lake) -> None:
        self.state = state
        self.folder = folder
        self._lake = lake
        self.buffer = Buffer(state.name, VERSION, state.destination, folder, lake)

    def mark_deleting(self) -> None:
        """Remember that the stream goes once its buffer is delivered."""
        self.state = self.state.model_copy(update={"status": "DELETING"})
        _write_state(self.folder, self.state)

    async def remove(self) -> None:
        """Deliver what is buffered, then forget the stream."""
        await self.buffer.settle()
        await self.buffer.close()
        gone = self._lake.aside / self.folder.name
        self.folder.rename(gone)  # at once: a killed server leaves a whole stream or none
        shutil.rmtree(gone)


def create_stream(name: str, region: str, destination: StreamDestination, lake: Lake) -> DeliveryStream:
    """A new stream, on disk before it takes records; OSError if that fails."""
    state = StreamState(name=name, region=region, created=time.time(), status="ACTIVE", destination=destination)
    folder_name = uuid.uuid4().hex
    draft = lake.aside / folder_name
    draft.mkdir(mode=0o700)
    _write_state(draft, state)
    return DeliveryStream(state, draft.rename(lake.streams / folder_name), lake)


def load_state(folder: Path) -> StreamState:
    """The state of the stream kept in `folder`; LocalProblem if it cannot be read."""
    file = folder / _STATE
    try:
        with os.fdopen(open_file(file, os.O_RDONLY), "rb") as settings:
            state = StreamState.model_validate_json(settings.read(_MAX_STATE_BYTES))
        check_kept(state.name, state.destination)
    except (OSError, ValidationError, ServiceError) as error:
        why = f": {error.message}" if isinstance(error, ServiceError) else "."
        raise LocalProblem(
            f"{file} does not hold the settings of a stream{why}",
            f"Its records are in {folder}; move that folder away to go on without them.",
        ) from error
    return state


def describe(state: StreamState) -> dict[str, Any]:
    """`DeliveryStreamDescription`, as the service words it."""
    destination = state.destination
    plain: dict[str, Any] = {
        "RoleARN": destination.role_arn,
        "BucketARN": destination.bucket_arn,
        "BufferingHints": {
            "SizeInMBs": destination.buffer_mb,
            "IntervalInSeconds": destination.buffer_seconds,
        },
        "CompressionFormat": "GZIP" if destination.gzip else "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": destination.logging or {"Enabled": False},
        "Prefix": destination.prefix,
        "ErrorOutputPrefix": destination.error_prefix,
    }
    extended = plain | {
        "ProcessingConfiguration": _processing(destination),
        "S3BackupMode": "Disabled",
        "FileExtension": destination.file_extension,
        "CustomTimeZone": destination.time_zone,
    }
    return {
        "DeliveryStreamName": state.name,
        "DeliveryStreamARN": state.arn,
        "DeliveryStreamStatus": state.status,
        "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"},
        "DeliveryStreamType": "DirectPut",
        "VersionId": VERSION,
        "CreateTimestamp": state.created,
        "Destinations": [
            {
                "DestinationId": "destinationId-000000000001",
                "S3DestinationDescription": _given(plain),
                "ExtendedS3DestinationDescription": _given(extended),
            }
        ],
        "HasMoreDestinations": False,
    }


def _processing(destination: StreamDestination) -> dict[str, Any]:
    if not destination.append_delimiter:
        return {"Enabled": False, "Processors": []}
    return {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": []}]}


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in members.items() if value is not None}


def _write_state(folder: Path, state: StreamState) -> None:
    draft = folder / (_STATE + ".new")
    with os.fdopen(open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w") as file:
        file.write(state.model_dump_json(indent=2) + "\n")
    draft.replace(folder / _STATE)
