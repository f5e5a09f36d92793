"""A DynamoDB table as a place: scanned whole, segments side by side; each item is an event of the run or not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clickgen.feed.layouts import is_text
from clickgen.feed.regenerated_events import RegeneratedEvents
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import EventId, needle, parse_id
from clickgen.model.plan import Plan
from clickgen.model.progress import tracked
from clickgen.schema.registry import id_path
from clickgen.sink.aws import Access, make_client
from clickgen.sink.checked_answers import Members
from clickgen.sink.describe import Undescribed, describe_or_explain
from clickgen.sink.dynamodb import table_keys
from clickgen.sink.registry import address_text
from clickgen.verify.landings.aws_reads import AwsReads, name_at, pages_of, reading_access
from clickgen.verify.landings.dynamodb.items import SEGMENTS, Item, Segment, as_json, segments_of, text_at
from clickgen.verify.landings.dynamodb.overwritten import HeldKeys, overwritten
from clickgen.verify.landings.rewritten import expectations_of
from clickgen.verify.landings.station import DynamoDbStation, access_of
from clickgen.verify.proof.content.expectations import Expectations, LaneOpener
from clickgen.verify.proof.found.findings import ObjectFindings, Witness
from clickgen.verify.proof.found.landing import Asking, Event, Landing
from clickgen.verify.proof.run_under_test import RunUnderTest

_ITEM_BYTES = 400  # of an event, about; the service reports a table's size with six hours' delay
_ASSUMED_BUFFER_S = 300
_PERMISSIONS = "dynamodb:DescribeTable and dynamodb:Scan on the table"


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table to read."""

    service: AwsReads
    name: str
    keys: Mapping[str, str]  # the key attributes with their types, the partition key first
    bytes: int  # of its items


def find_table(plan: Plan, table: str | None, access: Access) -> TableSource:
    """The table of this name, else the one the run sent to; UsageProblem or EnvironmentProblem without one."""
    name = name_at(plan, "dynamodb", table)
    client = make_client("dynamodb", reading_access("dynamodb", plan, access), connections=SEGMENTS)
    service = AwsReads(client, f"table {name!r}", _PERMISSIONS)
    answer = describe_or_explain(lambda: client.describe_table(TableName=name), client, "table", name)
    if isinstance(answer, Undescribed):
        # scanning may still be allowed; the run knows the keys of its own table
        keys = plan.destination.keys if table is None and plan.destination.kind == "dynamodb" else {}
        return TableSource(service, name, keys, 0)
    facts: Members = answer["Table"]
    return TableSource(service, name, table_keys(facts), facts.get("TableSizeBytes", 0))


class DynamoDbLanding(Landing):
    """The items of a table. Every look scans all of it: a table does not say what is new in it.

    An item whose key another event has taken is no longer there. In the table that the run sent to, such an event,
    which the service accepted, counts as dropped and not as missing, if the run's events can be made again; of
    another table nobody knows whether it ever arrived.
    """

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        source: TableSource,
        id_path: Sequence[str],
        tell: Callable[[Asking], None],
        *,
        content: Expectations | None = None,
        sent: LaneOpener | None = None,
    ) -> None:
        """id_path: the names that lead to the id. content: what items are compared with; None finds ids only.

        sent: the run's events, to find those whose key another one has, or None if they cannot be made again.
        """
        self.name = address_text("dynamodb", source.name)
        self.content_checked = content is not None
        # what was accepted is there at once; of what stands before another table nothing is known
        self.buffer_seconds = _ASSUMED_BUFFER_S if plan.place is None else plan.place.buffer_seconds
        if plan.destination.kind == "dynamodb":
            self.buffer_seconds = 0
        self._folder = folder
        self._plan = plan
        self._source = source
        self._id_path = tuple(id_path)
        self._tell = tell
        self._content = content
        self._sent = sent
        self._needle = needle(plan.run).decode()

    def look(self, _now_ms: int) -> Iterator[ObjectFindings]:
        """Scan the table; what it holds is one object."""
        claims = read_claims(self._folder, self._plan)
        held = HeldKeys(self._source.keys) if self._overwrites() else None
        findings = ObjectFindings(self.name, 0, 0)
        units = 0.0
        size = max(self._source.bytes, claims.account().accepted * _ITEM_BYTES)
        segments = segments_of(self._source.service, self._source.name, self._projected(), size)
        words = "scanning the ids, without comparing contents, of" if self._content is None else "scanning"
        self._tell(Asking(self.name, words))
        with tracked("scanning", "items") as advance:
            for _, page in pages_of(segments, Segment.next_page, SEGMENTS):
                if self._content is not None:
                    # whatever is there of a live run was leased before
                    self._content.expect(read_claims(self._folder, self._plan) if claims.live else claims)
                self._take(page.items, findings)
                if held is not None:
                    held.add(page.items)
                findings.size += page.bytes
                units += page.read_units
                advance(len(page.items))
        if units:
            self._tell(Asking(self.name, f"read units used: {units:,.10g}, to scan"))
        if held is not None:
            self._note_overwritten(findings, held)
        return iter([findings])

    def _projected(self) -> list[tuple[str, ...]]:
        """What is read of an item: all of it, or its id and key."""
        if self._content is not None:
            return []
        return [self._id_path, *((key,) for key in self._source.keys if key != self._id_path[0])]

    def _overwrites(self) -> bool:
        """Whether several events of the run may have the same key, and it can be found out which."""
        went_to, keys = self._plan.destination, self._source.keys
        is_own = went_to.kind == "dynamodb" and went_to.stream == self._source.name
        a_key_each = len(self._id_path) == 1 and self._id_path[0] in keys
        return is_own and bool(keys) and not a_key_each and self._sent is not None

    def _take(self, items: Sequence[Item], findings: ObjectFindings) -> None:
        places = [place for item in items if (place := self._place(item, findings)) is not None]
        if places:
            lanes, numbers = np.array(places, dtype=np.int64).T
            findings.intact(lanes, numbers, np.zeros(len(places), dtype=np.int64))

    def _place(self, item: Item, findings: ObjectFindings) -> Event | None:
        """The event of the run that an item is; anything else is noted for what it is."""
        text = text_at(item, self._id_path)
        event_id = parse_id(text.encode()) if text is not None else None
        if event_id is None and text is not None and text.startswith(self._needle):
            findings.corrupt.add(Witness(text, self.name, None, "damaged id"))
        elif event_id is None:
            findings.foreign += 1
        elif event_id.run != self._plan.run:
            findings.note_other(event_id.run)
        elif self._is_as_sent(event_id, str(text), item, findings):
            return event_id.lane, event_id.number
        return None

    def _is_as_sent(self, event_id: EventId, text: str, item: Item, findings: ObjectFindings) -> bool:
        if self._content is None:
            return True
        difference = self._content.content.differs(event_id.lane, event_id.number, as_json(item))
        if difference is not None:
            findings.damage(event_id.lane, event_id.number)
            findings.conflicting.add(Witness(text, self.name, None, difference))
        return difference is None

    def _note_overwritten(self, findings: ObjectFindings, held: HeldKeys) -> None:
        claims = read_claims(self._folder, self._plan)
        absent = {lane: claimed.accepted for lane, claimed in claims.lanes.items()}
        for lane, copies in findings.lanes.items():
            if lane in absent:
                absent[lane] = absent[lane] - copies.once
        if claims.live or self._sent is None or not any(absent.values()):
            return
        findings.dropped = overwritten(absent, held, self._sent)


def open_table(station: DynamoDbStation, run: RunUnderTest) -> Landing:
    """The station's table, else the run's own, as somewhere that events land.

    Raises UsageProblem or EnvironmentProblem if no table can be read or its fields cannot be compared.
    """
    plan = run.plan
    if is_text(plan):
        raise UsageProblem(
            f"the events of run {plan.run} are lines of text, which cannot be items",
            "look where they landed as lines",
        )
    source = find_table(plan, station.table, access_of(station))
    content = expectations_of(station, run)
    sent: RegeneratedEvents | None = RegeneratedEvents(run.folder.path, plan)
    try:
        RegeneratedEvents(run.folder.path, plan).check()
    except UsageProblem:
        sent = None
    own_path = (plan.id_field,) if plan.command == "replay" else id_path(plan.event_schema, plan.id_field)
    path = tuple(station.id_attribute.split(".")) if station.id_attribute else own_path
    items = DynamoDbLanding(run.folder, plan, source, path, run.tell, content=content, sent=sent)
    return run.behind_a_parser(items)
