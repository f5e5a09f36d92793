"""Reading a stream for a target: batches by size and window, retries, bisection, positions that survive a kill.

Pipes and Lambda's event source mappings read streams in the same way. Each shard is read in order, by itself.
What a target has dealt with is noted on disk afterwards, so that it sees every record at least once.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import orjson

from clickgen.local.platform.batch_targets import Taken, Target
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.links import RecordStreams, StartingPosition
from clickgen.local.platform.notices import say
from clickgen.local.platform.patterns import Filters, filterable

_POLL_SECONDS = 0.25
"""Between two reads of a shard without new records: four a second, as Lambda and Pipes do."""
_SHARDS_SECONDS = 5.0
"""Between two looks for new shards."""
_MAX_READ = 1000
"""Records that one read asks for, so that it does not hold up the event loop."""
_MAX_BACKOFF_SECONDS = 60.0
"""The longest wait before a batch is handed over again."""

NO_RESULT = "No records processed"


@dataclass(frozen=True)
class ConsumerSettings:
    """How a stream is read."""

    arn: str
    batch_size: int
    consumer: str = ""
    """The station that reads, like "pipe:move"."""
    start: StartingPosition = "TRIM_HORIZON"
    window: float = 0.0
    """Seconds to gather a batch, from its first record on."""
    retries: int = -1
    """How often a failed batch is handed over again; -1: for ever."""
    max_age: float = -1
    """Seconds after which a record is given up; -1: never."""
    bisect: bool = False
    """Whether a failed batch is halved, to find the records that fail."""
    max_bytes: int = 6 * 1024 * 1024
    """The most JSON in one batch."""
    filters: Filters = field(default_factory=lambda: Filters(()))


class Positions:
    """How far each shard was read, kept in the documents of a service."""

    def __init__(self, documents: Documents, owner: str) -> None:
        self._documents = documents
        self._owner = owner

    def get(self, shard: str) -> tuple[str | None, str | None] | None:
        """Where to read on (None at the end), and the last record behind it that is done; None if unread."""
        kept = self._documents.get("position", self._owner, shard)
        return None if kept is None else (kept["position"], kept["done"])

    def put(self, shard: str, position: str | None, done: str | None = None) -> None:
        """Note how far a shard was read."""
        self._documents.put("position", self._owner, shard, {"position": position, "done": done})

    def forget(self) -> None:
        """The reader is gone."""
        self._documents.delete_all("position", self._owner)


@dataclass
class Progress:
    """What a consumer has done since it started."""

    arrived: int = 0
    done: int = 0
    given_up: int = 0
    waiting: int = 0
    lag: float | None = None  # seconds, of the last read
    last_result: str = NO_RESULT
    last_error: str | None = None


class StreamConsumer:
    """Reads every shard of one stream for one target, until it is stopped."""

    def __init__(
        self,
        settings: ConsumerSettings,
        streams: RecordStreams,
        target: Target,
        positions: Positions,
        clock: ServiceClock,
    ) -> None:
        """Fix where reading starts; ServiceError if there is no such stream."""
        self.progress = Progress()
        self.settings = settings
        self._streams = streams
        self._target = target
        self._positions = positions
        self._clock = clock
        self._waiting: dict[str, int] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}
        for shard in streams.shards(settings.arn):
            if positions.get(shard) is None:
                positions.put(shard, streams.position(settings.arn, shard, settings.start))
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop reading; what was not done is read again by the next consumer."""
        tasks = [self._task, *self._readers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            with suppress(ServiceError):
                for shard in self._streams.shards(self.settings.arn):
                    if shard not in self._readers:
                        reader = self._readers[shard] = asyncio.create_task(self._read(shard))
                        reader.add_done_callback(self._say_why)
            await self._clock.sleep(_SHARDS_SECONDS)

    async def _read(self, shard: str) -> None:
        """Read a shard to its end, once its parents are read to theirs."""
        arn = self.settings.arn
        with suppress(ServiceError):
            for parent in self._streams.parents(arn, shard):
                while (kept := self._positions.get(parent)) is not None and kept[0] is not None:
                    await self._clock.sleep(_POLL_SECONDS)
        kept = self._positions.get(shard)
        if kept is None:  # a shard that came later is read from its first record on
            kept = self._streams.position(arn, shard, "TRIM_HORIZON"), None
        reader = _ShardReader(self.settings, self._streams, shard, *kept)
        while reader.position is not None or reader.gathered:
            try:
                batch = await self._gather(reader)
            except ServiceError as error:
                self.progress.last_result = f"PROBLEM: {error.message}"
                self.progress.last_error = error.message
                await self._clock.sleep(_SHARDS_SECONDS)
                continue
            if batch:
                self.progress.arrived += len(batch)
                await self._process(shard, batch, 0)
            reader.finish(batch)
            self._note(reader)
            self._positions.put(shard, *reader.place)

    def _note(self, reader: "_ShardReader") -> None:
        self._waiting[reader.shard] = len(reader.gathered)
        self.progress.waiting, self.progress.lag = sum(self._waiting.values()), reader.lag

    def _say_why(self, reader: asyncio.Task[None]) -> None:
        """A reader that has failed is nobody's to await."""
        problem = None if reader.cancelled() else reader.exception()
        if problem is not None:
            self.progress.last_error = f"{type(problem).__name__}: {problem}"
            say(f"reading {self.settings.arn} has stopped: {self.progress.last_error}")

    async def _gather(self, reader: "_ShardReader") -> list[Taken]:
        """The next batch: full, or what came within the window; empty if there is nothing but filtered records."""
        deadline: float | None = None
        while not reader.full:
            moved = reader.read()
            self._note(reader)
            if moved:
                await asyncio.sleep(0)
            elif reader.position is None:
                break
            if not reader.gathered and reader.skipped:
                break
            if reader.gathered and deadline is None:
                deadline = time.monotonic() + self._clock.shortened(self.settings.window)
            if moved:
                continue
            left = deadline - time.monotonic() if deadline is not None else self._clock.shortened(_POLL_SECONDS)
            if left <= 0:
                break
            await asyncio.sleep(min(left, self._clock.shortened(_POLL_SECONDS)))
        return reader.batch()

    async def _process(self, shard: str, batch: list[Taken], tries: int) -> None:
        """Hand over a batch until it is done or given up; one that fails may be halved."""
        wait = 1.0
        while batch := await self._fresh(shard, batch, tries):
            handed = await self._target.hand(batch)
            self.progress.done += handed.done
            batch = batch[handed.done :]
            if handed.error is None:
                self.progress.last_result = "OK"
                return
            self.progress.last_result = f"PROBLEM: {handed.error}"
            self.progress.last_error = handed.error
            if handed.counts and self.settings.bisect and len(batch) > 1 and not handed.done:
                middle = len(batch) // 2
                await self._process(shard, batch[:middle], tries)
                batch = batch[middle:]
                continue
            tries += handed.counts
            if 0 <= self.settings.retries < tries:
                await self._give_up(shard, batch, "RetryAttemptsExhausted", tries)
                return
            await self._clock.sleep(wait)
            wait = min(wait * 2, _MAX_BACKOFF_SECONDS)

    async def _fresh(self, shard: str, batch: list[Taken], tries: int) -> list[Taken]:
        """The batch without records that are too old, which are given up."""
        if self.settings.max_age < 0 or not batch:
            return batch
        now = time.time()
        limit = self._clock.shortened(self.settings.max_age)
        old = [taken for taken in batch if now - taken.record.arrived > limit]
        if old:
            await self._give_up(shard, old, "RecordAgeExceeded", tries)
        return [taken for taken in batch if now - taken.record.arrived <= limit]

    async def _give_up(self, shard: str, batch: list[Taken], condition: str, tries: int) -> None:
        self.progress.given_up += len(batch)
        await self._target.give_up(shard, batch, condition, tries)


class _ShardReader:
    """What was read of one shard and is not done."""

    def __init__(
        self,
        settings: ConsumerSettings,
        streams: RecordStreams,
        shard: str,
        position: str | None,
        done: str | None,
    ) -> None:
        self.position = position
        self.gathered: list[Taken] = []
        self.skipped = False
        """Whether records were passed over since the last batch."""
        self.lag: float | None = None
        self._settings = settings
        self._streams = streams
        self.shard = shard
        self._done = done
        self._safe = position  # where reading would start again
        self._bytes = 0

    @property
    def full(self) -> bool:
        """Whether a batch can be made without reading more."""
        return len(self.gathered) >= self._settings.batch_size or self._bytes >= self._settings.max_bytes

    @property
    def place(self) -> tuple[str | None, str | None]:
        """What to note: where to read on, and what of the records there is done."""
        return (self.position, None) if not self.gathered else (self._safe, self._done)

    def read(self) -> bool:
        """Read once; whether there was anything."""
        if self.position is None:
            return False
        limit = min(self._settings.batch_size - len(self.gathered), _MAX_READ)
        if not self.gathered:
            self._safe = self.position
        page = self._streams.read(self._settings.arn, self.shard, self.position, limit, self._settings.consumer)
        self.position, self.lag = page.position, page.millis_behind_latest / 1000
        for record in page.records:
            if self._done is not None and int(record.sequence_number) <= int(self._done):
                continue
            self._done = None
            if self._settings.filters and not self._settings.filters.match(filterable(record)):
                self.skipped = True
                continue
            taken = Taken(record, orjson.dumps(record.event))
            self.gathered.append(taken)
            self._bytes += len(taken.json) + 1
        return bool(page.records)

    def batch(self) -> list[Taken]:
        """As many records as may be handed over at once; one that is too large by itself is handed over alone."""
        size = 0
        for index, taken in enumerate(self.gathered[: self._settings.batch_size]):
            size += len(taken.json) + 1
            if size > self._settings.max_bytes and index:
                return self.gathered[:index]
        return self.gathered[: self._settings.batch_size]

    def finish(self, batch: list[Taken]) -> None:
        """These are done."""
        self.skipped = False
        self.gathered = self.gathered[len(batch) :]
        self._bytes = sum(len(taken.json) + 1 for taken in self.gathered)
        self._done = batch[-1].record.sequence_number if batch and self.gathered else None
