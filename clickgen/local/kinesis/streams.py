"""All Kinesis streams of one lake: loaded at the start, created, found, deleted."""

import asyncio
import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from clickgen.local.kinesis.limits import CREATE_SECONDS, DELETE_SECONDS, TRIM_SECONDS
from clickgen.local.kinesis.shard import ShardState
from clickgen.local.kinesis.stream import Stream, StreamState, even_ranges
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import LocalProblem, ServiceError, invalid_argument
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.notices import say

_KIND = "stream"


class Streams:
    """The streams of a lake that this process holds. Belongs to the running event loop."""

    def __init__(self, lake: Lake, clock: ServiceClock, now: Callable[[], float] = time.time) -> None:
        """Load every stream; what a dead server began to create or delete is finished. LocalProblem."""
        self._folder = lake.state("kinesis")
        self._aside = lake.aside
        self._clock = clock
        self.now = now
        self._streams: dict[str, Stream] = {}
        try:
            self._documents = Documents(self._folder / "streams.sqlite")
            for _, document in self._documents.all(_KIND):
                self._load(StreamState.model_validate(document))
            known = {stream.state.folder for stream in self._streams.values()}
            for folder in self._folder.iterdir():
                if folder.is_dir() and not folder.is_symlink() and folder.name not in known:
                    shutil.rmtree(folder)
        except (OSError, ValueError) as error:
            raise LocalProblem(
                f"The Kinesis streams in {self._folder} cannot be read: {error}.",
                "Move that folder away to go on without them.",
            ) from error
        self._trimming = asyncio.create_task(self._trim_for_ever())

    @property
    def names(self) -> list[str]:
        """Names of all streams, sorted."""
        return sorted(self._streams)

    def find(self, name: str) -> Stream:
        """The stream, whatever its status; ResourceNotFoundException without one."""
        stream = self._streams.get(name)
        if stream is None:
            raise not_found(name)
        return stream

    def named(self, body: dict[str, Any]) -> Stream:
        """The stream that a request names by StreamName or StreamARN."""
        return self.find(stream_name(body))

    def taking(self, body: dict[str, Any]) -> Stream:
        """The stream that a request names, if records can be put and read; ResourceNotFoundException otherwise."""
        stream = self.named(body)
        if stream.state.status in {"CREATING", "DELETING"}:
            raise not_found(stream.state.name)
        return stream

    def active(self, body: dict[str, Any]) -> Stream:
        """The stream that a request names if it can be changed; ResourceInUseException otherwise."""
        stream = self.named(body)
        if stream.state.status != "ACTIVE":
            raise ServiceError(
                "ResourceInUseException",
                f"Stream {stream.state.name} under account {ACCOUNT} not ACTIVE, instead in state"
                f" {stream.state.status}",
            )
        return stream

    def create(self, state: StreamState, shards: int) -> None:
        """A new stream, on disk when this returns and soon ACTIVE; ServiceError."""
        if state.name in self._streams:
            raise ServiceError(
                "ResourceInUseException", f"Stream {state.name} under account {ACCOUNT} already exists."
            )
        created = int(state.created)
        state.shards = [
            ShardState(number=number, start=start, end=end, created=created)
            for number, (start, end) in enumerate(even_ranges(shards))
        ]
        state.folder = uuid.uuid4().hex
        try:
            self._load(state)
        except OSError as error:
            say(f"cannot create the stream {state.name}: {error}")
            raise ServiceError("InternalFailure", "The stream cannot be kept on disk.", 500) from error
        self.save(self._streams[state.name])

    def delete(self, stream: Stream) -> None:
        """Start deleting: the stream takes and gives no more records, and is soon gone."""
        stream.state.status = "DELETING"
        self.save(stream)
        self._clock.call_later(DELETE_SECONDS, lambda: self._remove(stream))

    def save(self, stream: Stream) -> None:
        """Remember the stream's state as it is."""
        self._documents.put(_KIND, "", stream.state.name, stream.state.model_dump())

    def updating(self, stream: Stream) -> None:
        """Remember it as UPDATING, and soon as ACTIVE."""
        stream.state.status = "UPDATING"
        self.save(stream)
        self._clock.call_later(CREATE_SECONDS, lambda: self._activate(stream))

    def close(self) -> None:
        """Let go of all files."""
        self._trimming.cancel()
        for stream in self._streams.values():
            stream.close()
        self._documents.close()

    def _load(self, state: StreamState) -> None:
        stream = Stream(state, self._folder / state.folder, self.now)
        self._streams[state.name] = stream
        if state.status == "DELETING":
            self._clock.call_later(DELETE_SECONDS, lambda: self._remove(stream))
        elif state.status != "ACTIVE":
            self._clock.call_later(CREATE_SECONDS, lambda: self._activate(stream))

    def _activate(self, stream: Stream) -> None:
        if stream.state.status in {"CREATING", "UPDATING"}:
            stream.state.status = "ACTIVE"
            self.save(stream)

    def _remove(self, stream: Stream) -> None:
        del self._streams[stream.state.name]
        self._documents.delete(_KIND, "", stream.state.name)
        stream.close()
        with suppress(OSError):
            gone: Path = (self._folder / stream.state.folder).rename(self._aside / stream.state.folder)
            shutil.rmtree(gone)

    async def _trim_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TRIM_SECONDS)
            for stream in list(self._streams.values()):
                if stream.trim():
                    self.save(stream)


def not_found(name: str) -> ServiceError:
    """No stream of that name, in the words of the service."""
    return ServiceError("ResourceNotFoundException", f"Stream {name} under account {ACCOUNT} not found.")


def stream_name(body: dict[str, Any]) -> str:
    """The name in a request, from its StreamARN if it has one and else its StreamName."""
    name = body.get("StreamName")
    arn = body.get("StreamARN")
    if arn is not None:
        if not isinstance(arn, str) or ":stream/" not in arn:
            raise invalid_argument(f"StreamARN {arn!r} is not the ARN of a stream.")
        name = arn.rpartition(":stream/")[2]
    if not isinstance(name, str):
        raise invalid_argument("Either StreamName or StreamARN must be given.")
    return name
