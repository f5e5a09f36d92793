"""All pipes of one lake: loaded at the start, created, started, stopped, deleted."""

import asyncio
import time

from clickgen.local.pipes.paths import refused
from clickgen.local.pipes.pipe import PipeState, State
from clickgen.local.pipes.targets import Neighbours, check_target, open_target
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.consumer import Positions, Progress, StreamConsumer
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.notices import say
from clickgen.local.platform.patterns import Filters, WrongPattern
from clickgen.local.platform.service import StationReport

_KIND = "pipe"
CHANGE_SECONDS = 0.3
"""How long a pipe is CREATING, STARTING and so on: at AWS a minute, here enough to notice it."""


class EmbeddedPipes:
    """The pipes of a lake that this process runs. Belongs to the running event loop."""

    def __init__(self, lake: Lake, clock: ServiceClock, faults: ServiceFaults, neighbours: Neighbours) -> None:
        """Load every pipe; those that ran go on where they were. LocalProblem."""
        folder = lake.state("pipes")
        self._clock = clock
        self._faults = faults
        self._neighbours = neighbours
        self._consumers: dict[str, StreamConsumer] = {}
        self._changes: set[asyncio.Task[None]] = set()
        try:
            self._documents = Documents(folder / "pipes.sqlite")
            states = [PipeState.model_validate(document) for _, document in self._documents.all(_KIND)]
        except (OSError, ValueError) as error:
            raise LocalProblem(
                f"The pipes in {folder} cannot be read: {error}.", "Move that folder away to go on without them."
            ) from error
        self._pipes = {state.name: state for state in states}
        for state in states:
            if state.state == "DELETING":
                self._forget(state)
            else:
                self._settle(state)

    @property
    def names(self) -> list[str]:
        """Names of all pipes, sorted."""
        return sorted(self._pipes)

    def find(self, name: str) -> PipeState:
        """The pipe; NotFoundException without one."""
        state = self._pipes.get(name)
        if state is None:
            raise ServiceError("NotFoundException", f"Pipe {name} does not exist.", 404)
        return state

    def settled(self, name: str) -> PipeState:
        """The pipe if it can be changed; ConflictException while another change is under way."""
        state = self.find(name)
        if state.state.endswith("ING") and state.state != "RUNNING":
            raise ServiceError("ConflictException", f"Pipe {name} is {state.state}.", 409)
        return state

    def create(self, state: PipeState) -> None:
        """A new pipe, soon in its desired state; ServiceError if there is one, or it cannot be."""
        if state.name in self._pipes:
            raise ServiceError("ConflictException", f"Pipe {state.name} already exists.", 409)
        self.check(state)
        self._pipes[state.name] = state
        self._change(state, "CREATING")

    def update(self, state: PipeState) -> None:
        """Put changed settings in place of those of a pipe; it goes on where it was. ServiceError."""
        self.check(state)
        self._pipes[state.name] = state
        self._change(state, "UPDATING")

    def start(self, state: PipeState) -> None:
        """Run it from where it was stopped."""
        state.desired = "RUNNING"
        self._change(state, "STARTING")

    def stop(self, state: PipeState) -> None:
        """Stop it; what is under way is not waited for and comes again."""
        state.desired = "STOPPED"
        self._change(state, "STOPPING")

    def delete(self, state: PipeState) -> None:
        """Stop it, and forget it and its place in the source."""
        self._change(state, "DELETING")

    def save(self, state: PipeState) -> None:
        """Remember it as it is."""
        self._documents.put(_KIND, "", state.name, state.model_dump())

    def check(self, state: PipeState) -> None:
        """ValidationException if no such pipe could run, whatever its source and target are."""
        try:
            Filters(state.patterns)
        except WrongPattern as error:
            raise refused(f"Event pattern is not valid. {error}") from None
        check_target(state)

    def reports(self) -> list[StationReport]:
        """What each pipe has moved, and what failed."""
        return [self._report(self._pipes[name]) for name in self.names]

    async def close(self) -> None:
        """Stop all pipes; they go on with the next server."""
        for change in list(self._changes):
            change.cancel()
        await asyncio.gather(*(consumer.stop() for consumer in self._consumers.values()))
        self._documents.close()

    def _change(self, state: PipeState, through: State) -> None:
        """Remember where a pipe is on its way to, and bring it there."""
        state.state, state.reason, state.modified = through, None, time.time()
        self.save(state)

        async def change() -> None:
            await self._clock.sleep(CHANGE_SECONDS)
            consumer = self._consumers.pop(state.name, None)
            if consumer is not None:
                await consumer.stop()
            if state.state == "DELETING":
                self._forget(state)
            else:
                self._settle(state)

        task = asyncio.create_task(change())
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)

    def _settle(self, state: PipeState) -> None:
        """Bring a pipe into its desired state; it fails if its source or target is not there."""
        creating = state.state in {"CREATING", "CREATE_FAILED"}
        state.reason = None
        if state.desired == "STOPPED":
            state.state = "STOPPED"
        else:
            try:
                self._consumers[state.name] = self._consumer(state)
                state.state = "RUNNING"
            except ServiceError as error:
                state.state = "CREATE_FAILED" if creating else "START_FAILED"
                state.reason = error.message
                say(f"the pipe {state.name} does not run: {error.message}")
        self.save(state)

    def _consumer(self, state: PipeState) -> StreamConsumer:
        source = next((one for one in self._neighbours.sources if one.owns(state.source)), None)
        if source is None:
            raise refused(f"The source {state.source} does not exist.")
        positions = Positions(self._documents, state.id)
        target = open_target(state, self._faults, self._neighbours)
        return StreamConsumer(state.consumer(), source, target, positions, self._clock)

    def _forget(self, state: PipeState) -> None:
        self._pipes.pop(state.name, None)
        for source in self._neighbours.sources:
            source.forget(f"pipe:{state.name}")
        Positions(self._documents, state.id).forget()
        self._documents.delete(_KIND, "", state.name)

    def _report(self, state: PipeState) -> StationReport:
        consumer = self._consumers.get(state.name)
        progress = Progress() if consumer is None else consumer.progress
        return StationReport(
            station=f"pipe:{state.name}",
            state=state.state,
            arrived=progress.arrived,
            left=progress.done,
            waiting=progress.waiting,
            failed=progress.given_up,
            lag_s=progress.lag,
            last_error=progress.last_error or state.reason,
        )
