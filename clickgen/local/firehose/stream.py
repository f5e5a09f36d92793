"""A delivery stream of a running server: its state on disk, its changes, and its buffer."""

import shutil
import uuid
from pathlib import Path
from typing import Any, Literal

from clickgen.local.firehose.buffer import Buffer
from clickgen.local.firehose.context import StreamContext, StreamIdentity
from clickgen.local.firehose.counts import StreamCounts
from clickgen.local.firehose.kinesis_source import KinesisSource
from clickgen.local.firehose.patience import Patience
from clickgen.local.firehose.state import StreamState, save_state
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.service import StationReport


class DeliveryStream:
    """One stream of a running server."""

    def __init__(self, state: StreamState, folder: Path, lake: Lake, surroundings: Surroundings) -> None:
        self.state = state
        self.folder = folder
        self._lake = lake
        identity = StreamIdentity(state.name, state.arn, state.region)
        patience = Patience(
            state.name, surroundings.clock, lambda: surroundings.faults.of(identity.name).settings.pause
        )
        self.counts = StreamCounts(state.name, surroundings.metrics)
        context = StreamContext(identity, folder, lake, surroundings, patience, self.counts)
        self.buffer = Buffer(context, str(state.version), state.destination)
        kinesis = state.destination.kinesis_stream
        self._source = KinesisSource(kinesis, context, self.buffer) if kinesis else None

    @property
    def reads_a_source(self) -> bool:
        """Whether its records come from a Kinesis stream, so that none can be put."""
        return self._source is not None

    def start(self) -> None:
        """Be active: a source is read from here on."""
        self.show_as("ACTIVE")
        if self._source is not None:
            self._source.start()

    def change(self, **changes: Any) -> None:
        """Keep another state: status, tags, encryption."""
        state = self.state.with_changes(**changes)
        save_state(self.folder, state)
        self.state = state

    def update(self, state: StreamState) -> None:
        """Go on by other settings: what is buffered is delivered by the old ones, what arrives next by the new."""
        save_state(self.folder, state)
        self.buffer.change(str(state.version), state.destination)
        self.state = state

    def show_as(self, status: Literal["CREATING", "ACTIVE"]) -> None:
        """Be creating or active from here on. That is not kept: a stream that a server finds has been created."""
        self.state = self.state.with_changes(status=status)

    def report(self) -> StationReport:
        """What it has to say of itself."""
        counts = self.counts
        waiting, lag = self.buffer.waiting()
        return StationReport(
            station=f"firehose:{self.state.name}",
            state=self.state.status,
            arrived=counts.arrived,
            left=counts.left,
            waiting=waiting,
            failed=counts.refused + counts.failed,
            lag_s=lag,
            last_error=(self._source and self._source.last_error) or self.buffer.last_error,
        )

    async def close(self) -> int:
        """Deliver what is buffered, trying once; the number of spools that stay on disk."""
        if self._source is not None:
            self._source.stop()
        return await self.buffer.close()

    async def remove(self) -> None:
        """Deliver what is buffered, then forget the stream."""
        if self._source is not None:
            self._source.stop()
            self._source.forget()
        await self.buffer.settle()
        await self.buffer.close()
        gone = self._lake.aside / self.folder.name
        self.folder.rename(gone)  # at once: a killed server leaves a whole stream or none
        shutil.rmtree(gone)


def create_stream(state: StreamState, lake: Lake, surroundings: Surroundings) -> DeliveryStream:
    """A new stream, on disk before it takes records; OSError if that fails."""
    folder_name = uuid.uuid4().hex
    draft = lake.aside / folder_name
    draft.mkdir(mode=0o700)
    save_state(draft, state)
    return DeliveryStream(state, draft.rename(lake.streams / folder_name), lake, surroundings)
