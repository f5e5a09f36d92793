"""All streams of one lake: loading them at the start, creating, finding, deleting, and the flush at the end."""

import asyncio
from pathlib import Path

from clickgen.local.firehose.conversion.tables import converter_for
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.limits import CREATING_SECONDS, MAX_STREAMS
from clickgen.local.firehose.state import StreamState, load_state
from clickgen.local.firehose.stream import DeliveryStream, create_stream
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.errors import (
    ServiceError,
    internal_failure,
    invalid_argument,
    no_such_stream,
)
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.notices import say


class EmbeddedPipeline:
    """The streams of a lake that this process holds. Belongs to the running event loop."""

    def __init__(self, lake: Lake, surroundings: Surroundings | None = None) -> None:
        """Load every stream; what an earlier server left buffered is on its way from here on."""
        self._lake = lake
        self._surroundings = surroundings or Surroundings()
        self._streams: dict[str, DeliveryStream] = {}
        self._removals: set[asyncio.Task[None]] = set()
        for folder in sorted(lake.streams.iterdir()):
            stream = DeliveryStream(load_state(folder), folder, lake, self._surroundings)
            self._streams[stream.state.name] = stream
            if stream.state.status == "DELETING":
                self._remove(stream)
            else:
                stream.start()

    @property
    def root(self) -> Path:
        """The lake's folder: objects land at ROOT/BUCKET/KEY."""
        return self._lake.root

    @property
    def names(self) -> list[str]:
        """Names of all streams, sorted."""
        return sorted(self._streams)

    def find(self, name: str) -> DeliveryStream:
        """The stream, whatever its status; ResourceNotFoundException without one."""
        stream = self._streams.get(name)
        if stream is None:
            raise no_such_stream(name, ACCOUNT)
        return stream

    def active(self, name: str) -> DeliveryStream:
        """The stream if it takes records; ResourceNotFoundException otherwise."""
        stream = self.find(name)
        if stream.state.status != "ACTIVE":
            raise no_such_stream(name, ACCOUNT)
        return stream

    def settled(self, name: str) -> DeliveryStream:
        """The stream if it can be changed; ResourceInUseException while it is created or deleted."""
        stream = self.find(name)
        if stream.state.status != "ACTIVE":
            raise ServiceError(
                "ResourceInUseException",
                f"Firehose {name} under account {ACCOUNT} is {stream.state.status}; it has to be ACTIVE.",
            )
        return stream

    def create(self, state: StreamState, *, at_once: bool = False) -> DeliveryStream:
        """A new stream, active a moment later, or `at_once`.

        The service's errors for a name in use and for one stream too many.
        """
        name = state.name
        if name in self._streams:
            raise ServiceError(
                "ResourceInUseException", f"Firehose {name} under accountId {ACCOUNT} already exists"
            )
        if len(self._streams) >= MAX_STREAMS:
            raise ServiceError(
                "LimitExceededException", f"Account {ACCOUNT} has reached its limit of {MAX_STREAMS} streams."
            )
        self.check(state.destination)
        try:
            stream = create_stream(state, self._lake, self._surroundings)
        except OSError as error:
            say(f"cannot create {name}: {error}")
            raise internal_failure() from error
        self._streams[name] = stream
        if at_once:
            stream.start()
        else:
            stream.show_as("CREATING")
            self._surroundings.clock.call_later(CREATING_SECONDS, stream.start)
        return stream

    def check(self, destination: StreamDestination) -> None:
        """Hold a destination to what is there: its source, and the table of its format conversion."""
        kinesis, streams = destination.kinesis_stream, self._surroundings.streams
        if kinesis is not None and not (streams and streams.owns(kinesis)):
            raise invalid_argument(f"The Kinesis stream {kinesis} was not found.")
        if destination.redshift is not None and self._surroundings.warehouse is None:
            raise invalid_argument("There is no Redshift here, which loads what this stream delivers.")
        if destination.conversion is not None:
            converter_for(destination.conversion, self._surroundings.catalogue)

    def delete(self, name: str) -> None:
        """Start deleting: the stream takes no more records, and goes when its buffer is delivered."""
        stream = self.find(name)
        if stream.state.status != "DELETING":
            self.settled(name).change(status="DELETING")
            self._remove(stream)

    async def close(self) -> int:
        """Deliver every buffer, trying once; the number of spools that stay on disk."""
        left = await asyncio.gather(*(stream.close() for stream in self._streams.values()))
        for removal in self._removals:
            removal.cancel()  # the next server goes on with it
        return sum(left)

    def _remove(self, stream: DeliveryStream) -> None:
        async def removal() -> None:
            await stream.remove()
            del self._streams[stream.state.name]

        task = asyncio.create_task(removal())
        self._removals.add(task)
        task.add_done_callback(self._removals.discard)
