"""A Kinesis stream as a place: its shards, read from the start of the run, closed ones included."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, groupby

from clickgen.feed.layouts import is_text
from clickgen.ledger.claims import CLOCKS_DIFFER_MS, Claims, landed_since_ms
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.plan import Plan
from clickgen.model.progress import tracked
from clickgen.pace.clock import Clock, SystemClock
from clickgen.sink.aws import Access, make_client
from clickgen.sink.checked_answers import Members
from clickgen.sink.describe import Undescribed, describe_or_explain
from clickgen.sink.registry import address_text
from clickgen.verify.landings.aws_reads import AwsReads, OutdatedError, name_at, pages_of, reading_access
from clickgen.verify.landings.kinesis.shard import Record, Shard, shards_of
from clickgen.verify.landings.objects.object_landing import Reader
from clickgen.verify.landings.rewritten import behind_its_transform, expectations_of
from clickgen.verify.landings.station import KinesisStation, access_of
from clickgen.verify.proof.compare.locate import Locator, spots_in
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.landing import Asking, Event, Landing, Spot
from clickgen.verify.proof.run_under_test import RunUnderTest
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object

_NEWLINE = b"\n"
_AT_ONCE = 8  # a page has up to 10 MB, and several times that while it is taken apart
_MOST_CHUNKS = 20_000  # some 60 MB
_FINEST_MS = 100
_HOUR_MS = 3_600_000
_DEFAULT_RETENTION_H = 24
_PERMISSIONS = "kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords on the stream"


def as_text(record: bytes) -> bytes:
    """A record as whole lines, even if it does not end with a newline: the next record does not continue it."""
    return record if record.endswith(_NEWLINE) else record + _NEWLINE


@dataclass(frozen=True, slots=True)
class RecordPlaces:
    """Where records begin in a text that they were joined to."""

    starts: Sequence[int]  # of each record; the end of the text may follow
    names: Sequence[str]

    def spot(self, offset: int) -> Spot:
        """The record that holds an offset of the text, and the offset within the record."""
        position = min(bisect_right(self.starts, offset), len(self.names)) - 1
        return self.names[position], offset - self.starts[position]

    def name_witnesses(self, findings: ObjectFindings) -> None:
        """Let the witnesses of findings in the text point into the records."""
        for tally in (
            findings.failures,
            findings.conflicting,
            findings.corrupt,
            findings.truncated,
            findings.stray_corrupt,
            findings.stray_truncated,
        ):
            for position, witness in enumerate(tally.witnesses):
                name, offset = self.spot(witness.offset or 0)
                tally.witnesses[position] = witness._replace(object=name, offset=offset)


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A stream to read."""

    service: AwsReads
    name: str
    retention_hours: int  # how long it keeps a record


def find_stream(plan: Plan, stream: str | None, access: Access) -> StreamSource:
    """The stream of this name, else the one the run sent to; UsageProblem or EnvironmentProblem without one.

    A stream that may not be described is assumed to keep its records for 24 hours, the default.
    """
    name = name_at(plan, "kinesis", stream)
    client = make_client("kinesis", reading_access("kinesis", plan, access), connections=_AT_ONCE)
    answer = describe_or_explain(lambda: client.describe_stream_summary(StreamName=name), client, "stream", name)
    hours = _DEFAULT_RETENTION_H
    if not isinstance(answer, Undescribed):
        facts: Members = answer["StreamDescriptionSummary"]
        hours = int(facts.get("RetentionPeriodHours", hours))
    return StreamSource(AwsReads(client, f"stream {name!r}", _PERMISSIONS), name, hours)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Consecutive records of a shard that arrived at about the same time, and what they hold."""

    shard: str
    first: str
    records: int
    findings: ObjectFindings


class KinesisLanding(Landing):
    """The records of a stream. A later look reads only those that arrived since.

    What is an object elsewhere is here the records of a shard that arrived within a tenth of a second; in a long
    run within more, so that there are about 20,000 objects at most. Latencies are that exact. Records that the KPL
    has aggregated are not taken apart: what they hold counts as damaged.
    """

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        source: StreamSource,
        reader: Reader,
        clock: Clock,
        tell: Callable[[Asking], None],
    ) -> None:
        self.name = address_text("kinesis", source.name)
        self.content_checked = not reader.ids_only
        # what was accepted is there at once; a Firehose stream that ends in this one may hold something back
        behind = plan.place if plan.destination.kind == "firehose" else None
        self.buffer_seconds = 0 if behind is None else behind.buffer_seconds
        self._folder = folder
        self._plan = plan
        self._source = source
        self._reader = reader
        self._clock = clock
        self._tell = tell
        self._marks = RunIdPattern(plan.run, plan.id_field, text=reader.text)
        self._shards: dict[str, Shard] = {}
        self._chunks: dict[str, _Chunk] = {}
        self._expired: ObjectFindings | None = None

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:
        """Read the records that arrived since the last look; then give all that was found."""
        claims = read_claims(self._folder, self._plan)
        first_ms = landed_since_ms(self._plan, claims)
        if not self._shards:
            self._note_expired(claims, now_ms)
        read: set[str] = set()
        while fresh := self._open(first_ms, read):
            read |= {shard.id for shard in fresh}
            span_ms = max(_FINEST_MS, (now_ms - first_ms) * len(self._shards) // _MOST_CHUNKS)
            for shard in fresh:
                shard.begin(now_ms + CLOCKS_DIFFER_MS)
            with tracked("reading", "records") as advance:
                for shard, page in pages_of(fresh, Shard.next_page, _AT_ONCE):
                    self._expect(claims)
                    self._take(shard, page, span_ms)
                    advance(len(page))
        return iter(self._landed())

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:
        """The records of the first copies, by reading the few stretches that hold them again."""
        places: dict[str, RecordPlaces] = {}

        def rescan(locator: Locator) -> None:
            # the witnesses in what has expired since stay without a place
            with suppress(OutdatedError):
                places[locator.name] = self._rescan(locator)

        found = spots_in(events, [chunk.findings for chunk in self._in_order()], rescan)
        return {
            event: [places[name].spot(offset) for name, offset in spots if offset is not None]
            for event, spots in found.items()
        }

    def _open(self, from_ms: int, read: Collection[str]) -> list[Shard]:
        """The shards that have not been read in this look: splitting a shard makes new ones."""
        listed = shards_of(self._source.service, self._source.name)
        for shard in listed:
            if shard not in self._shards:
                opened = Shard(self._source.service, self._source.name, shard, from_ms, self._clock)
                self._shards[shard] = opened
        fresh = [self._shards[shard] for shard in listed if shard not in read]
        fresh = [shard for shard in fresh if not shard.closed]
        if fresh and not read:
            self._tell(Asking(self.name, f"reading {len(fresh)} of {len(listed)} shards of"))
        return fresh

    def _expect(self, claims: Claims) -> None:
        """Learn what the run has sent and planted; of a live run before each page, as more has been leased."""
        for expecting in (self._reader.planted, self._reader.expected):
            if expecting is not None:
                expecting.expect(read_claims(self._folder, self._plan) if claims.live else claims)

    def _take(self, shard: Shard, page: Sequence[Record], span_ms: int) -> None:
        for _, together in groupby(page, key=lambda record: record.arrived_ms // span_ms):
            records = list(together)
            name = f"{shard.id}/{records[0].sequence}"
            size = sum(len(record.data) for record in records)
            findings = ObjectFindings(name, records[-1].arrived_ms, size)
            places = self._scan(shard.id, records, findings)
            places.name_witnesses(findings)
            self._chunks[name] = _Chunk(shard.id, records[0].sequence, len(records), findings)

    def _scan(self, shard: str, records: Sequence[Record], findings: ObjectFindings) -> RecordPlaces:
        texts = [as_text(record.data) for record in records]
        planted = None if self._reader.planted is None else self._reader.planted.lines
        content = None if self._reader.expected is None else self._reader.expected.content
        ids_only = self._reader.ids_only
        scan_object(texts, self._marks, findings, ids_only=ids_only, planted=planted, content=content)
        starts = list(accumulate(map(len, texts), initial=0))
        return RecordPlaces(starts, [f"{shard}/{record.sequence}" for record in records])

    def _rescan(self, locator: Locator) -> RecordPlaces:
        chunk = self._chunks[locator.name]
        records = self._shards[chunk.shard].again(chunk.first, chunk.records)
        return self._scan(chunk.shard, records, locator)

    def _note_expired(self, claims: Claims, now_ms: int) -> None:
        """Records of the run may have been in the stream that it no longer keeps: nobody can say."""
        hours = self._source.retention_hours
        if claims.first_sent_ms is not None and claims.first_sent_ms < now_ms - hours * _HOUR_MS:
            reason = f"the stream keeps records for {hours} hours; older ones are gone"
            self._expired = ObjectFindings(self.name, 0, 0, unread=reason)

    def _in_order(self) -> list[_Chunk]:
        chunks = self._chunks.values()
        return sorted(chunks, key=lambda chunk: (chunk.findings.landed_ms, chunk.findings.name))

    def _landed(self) -> list[ObjectFindings]:
        found = [chunk.findings for chunk in self._in_order()]
        return found if self._expired is None else [self._expired, *found]


def open_stream(station: KinesisStation, run: RunUnderTest) -> Landing:
    """The station's stream, else the run's own, as somewhere that events land.

    Raises UsageProblem or EnvironmentProblem if no stream can be read or its fields cannot be compared.
    """
    source = find_stream(run.plan, station.stream, access_of(station))
    expected = expectations_of(station, run)
    reader = Reader(is_text(run.plan), station.content == "ids", run.planted, expected=expected)
    records = KinesisLanding(run.folder, run.plan, source, reader, SystemClock(), run.tell)
    return behind_its_transform(station, run, records)
