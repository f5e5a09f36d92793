"""The events of a recording as columns of numbers: when, who, which page and item, and who the visitors are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from clickgen.learn.event_times import EventTimes
from clickgen.learn.fields import Fields
from clickgen.learn.names import ID, page_of
from clickgen.read.pieces import Bad, JsonObject, Piece
from clickgen.read.table import Table
from clickgen.traffic.event_time import TimeReader, value_at
from clickgen.traffic.identities import Identities

# Different texts of one kind that are remembered; what comes beyond them is one text. A site with more pages than
# this has most of them in folders that are well known by then.
MOST_TEXTS = 100_000
_BEYOND = "(beyond)"
NO_ITEM = 0


class Texts(dict[Any, int]):
    """A number for each different text, in the order in which they come: looked up as in a dict."""

    def __missing__(self, text: Any) -> int:
        if len(self) >= MOST_TEXTS:
            text = _BEYOND
        return self.setdefault(text, len(self))


class _PageNumbers(dict[tuple[str, str], int]):
    """The number of the page of what was done and the page as it is written."""

    def __init__(self, pages: Texts) -> None:
        self._pages = pages

    def __missing__(self, written: tuple[str, str]) -> int:
        number = self._pages[written[0], page_of(written[1])]
        if len(self) < MOST_TEXTS:
            self[written] = number
        return number


class _HostNumbers(dict[str, int]):
    """The number of the host of a referrer as it is written."""

    def __init__(self, hosts: Texts) -> None:
        self._hosts = hosts

    def __missing__(self, written: str) -> int:
        number = self._hosts[host_of(written)]
        if len(self) < MOST_TEXTS:
            self[written] = number
        return number


class _ItemsOfPages(dict[str, int]):
    """The hash of the item that a page shows, as it is written: that of a path with an id."""

    def __missing__(self, written: str) -> int:
        item = _hash(written) if ID in page_of(written) else NO_ITEM
        if len(self) < MOST_TEXTS:
            self[written] = item
        return item


@dataclass(slots=True, eq=False)
class Columns:
    """A recording's events in the order in which they were read."""

    time: NDArray[np.float64]  # Unix seconds
    visitor: NDArray[np.uint64]  # hashes
    session: NDArray[np.uint64] | None  # hashes, or None if no field says
    page: NDArray[np.int32]  # numbers of `pages`
    item: NDArray[np.uint64]  # hashes, NO_ITEM for none
    device: NDArray[np.int32]  # numbers of `devices`, as are the next two of their texts
    country: NDArray[np.int32]
    referrer: NDArray[np.int32]
    pages: list[tuple[str, str]]  # what was done, and the path without ids
    devices: list[tuple[str, ...]]  # user agent, type, system, browser; "" for what is not known
    countries: list[str]
    referrers: list[str]
    read: int  # events, those without a time or a visitor included
    left_out: dict[str, int] = field(default_factory=dict)  # how many events, by the reason


class Gatherer:
    """Reads events into columns, some of them at a time."""

    def __init__(self, fields: Fields, who: Identities, time: TimeReader, nested: str | None) -> None:
        """nested: the field of each object with a list of events, which have its other fields too."""
        self._fields, self._who, self._times, self._nested = fields, who, EventTimes(time), nested
        self._pages, self._devices, self._countries, self._referrers = Texts(), Texts(), Texts(), Texts()
        self._page_numbers, self._items_of_pages = _PageNumbers(self._pages), _ItemsOfPages()
        self._hosts = _HostNumbers(self._referrers)
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self._left_out: dict[str, int] = {}
        self.read = 0

    def add(self, pieces: Iterable[Piece]) -> None:
        """Take some pieces of the recording."""
        values = []
        for piece in pieces:
            if isinstance(piece, JsonObject):
                values.append(piece.value)
            elif isinstance(piece, Bad):
                self._leave_out(piece.reason, 1)
        if self._nested is not None:
            values = [event for value in values for event in unfolded(value, self._nested)]
        if values:
            self.add_table(_Objects(values))

    def columns(self) -> Columns:
        """All that was read."""
        types = (np.float64, np.uint64, np.uint64, np.int32, np.uint64, np.int32, np.int32, np.int32)
        joined: list[NDArray[Any]] = [
            np.concatenate([part[at] for part in self._parts]) if self._parts else np.zeros(0, dtype=kind)
            for at, kind in enumerate(types)
        ]
        time, visitor, session, page, item, device, country, referrer = joined
        return Columns(
            time,
            visitor,
            session if self._who.session is not None else None,
            page,
            item,
            device,
            country,
            referrer,
            pages=list(self._pages),
            devices=list(self._devices),
            countries=list(self._countries),
            referrers=list(self._referrers),
            read=self.read,
            left_out=self._left_out,
        )

    def _leave_out(self, reason: str, events: int) -> None:
        if events:
            self._left_out[reason] = self._left_out.get(reason, 0) + events

    def add_table(self, table: Table) -> None:
        """Take some events."""
        self.read += table.count
        fields, times = self._fields, self._times.of(table)
        visitor = self._visitors(table)
        known = np.isfinite(times) & (visitor != 0)
        self._leave_out("no time", int(np.count_nonzero(~np.isfinite(times))))
        self._leave_out("no visitor", int(np.count_nonzero(np.isfinite(times) & (visitor == 0))))
        written = _texts(table, fields.page)
        session = _hashes(table.column(self._who.session)) if self._who.session is not None else visitor
        columns = (
            times,
            visitor,
            np.where(session == 0, visitor, session),
            _looked_up(self._page_numbers, zip(_texts(table, fields.event), written, strict=True), table.count),
            self._items(table, written),
            self._device_numbers(table),
            self._numbers(table, fields.country, self._countries),
            self._numbers(table, fields.referrer, self._hosts),
        )
        self._parts.append(columns if known.all() else tuple(column[known] for column in columns))

    def _visitors(self, table: Table) -> NDArray[np.uint64]:
        name = self._who.visitor or self._who.session
        if name is not None:
            return _hashes(table.column(name))
        fields = self._fields
        parts = [_texts(table, one) for one in (fields.agent, fields.country, fields.city)]
        return _hashes([" ".join(each).strip() or None for each in zip(*parts, strict=True)])

    def _device_numbers(self, table: Table) -> NDArray[np.int32]:
        fields = self._fields
        names = (fields.agent, fields.device, fields.system, fields.browser)
        if not any(names):
            return np.zeros(table.count, dtype=np.int32)
        return _looked_up(self._devices, zip(*(_texts(table, name) for name in names), strict=True), table.count)

    def _numbers(self, table: Table, name: str | None, texts: dict[str, int]) -> NDArray[np.int32]:
        if name is None:
            return np.zeros(table.count, dtype=np.int32)
        return _looked_up(texts, _texts(table, name), table.count)

    def _items(self, table: Table, written: Sequence[str]) -> NDArray[np.uint64]:
        """The items by their field; without one, a page whose path has an id shows what has that id."""
        if self._fields.item is not None:
            return _hashes(table.column(self._fields.item))
        return np.fromiter(map(self._items_of_pages.__getitem__, written), np.uint64, len(written))


class _Objects:
    """Events as they were read with care, as a table."""

    def __init__(self, values: Sequence[dict[str, Any]]) -> None:
        self._values = values
        self.line_count = self.count = len(values)

    def column(self, name: str) -> list[Any]:
        if "." not in name:
            try:
                return list(map(itemgetter(name), self._values))  # twice as fast, if all events have the field
            except KeyError:
                return [value.get(name) for value in self._values]
        path = name.split(".")
        return [value_at(value, name, path) for value in self._values]

    def event(self, row: int) -> dict[str, Any]:
        return self._values[row]


def unfolded(value: dict[str, Any], nested: str) -> Iterator[dict[str, Any]]:
    """The events of a list inside an object, each with the object's other fields; else the object itself."""
    events = value.get(nested)
    if not isinstance(events, list):
        yield value
        return
    around = {name: other for name, other in value.items() if name != nested}
    yield from ({**around, **event} for event in events if isinstance(event, dict))


def _looked_up(numbers: dict[Any, int], keys: Iterable[Any], count: int) -> NDArray[np.int32]:
    return np.fromiter(map(numbers.__getitem__, keys), np.int32, count)


def _texts(table: Table, name: str | None) -> Sequence[str]:
    if name is None:
        return [""] * table.count
    column = table.column(name)
    types = set(map(type, column))
    if types == {str}:
        return column
    if types <= {str, NoneType}:
        return [value or "" for value in column]
    return ["" if value is None or isinstance(value, dict | list) else str(value) for value in column]


def _hashes(values: Sequence[Any]) -> NDArray[np.uint64]:
    """A hash of each value, never 0; 0 where there is none."""
    types = set(map(type, values))
    if types == {int}:
        values, types = list(map(str, values)), {str}
    if not types <= {str, NoneType}:
        values = [None if value is None else str(value) for value in values]
    whole = types == {str} and "" not in values
    given = values if whole else list(filter(None, values))
    try:
        hashes = np.fromiter(map(xxh3_64_intdigest, map(str.encode, given)), np.uint64, len(given))
    except UnicodeEncodeError:  # half a surrogate pair in one of them
        hashes = np.array(list(map(_hash, given)), dtype=np.uint64)
    hashes |= np.uint64(1)
    if whole:
        return hashes
    found = np.zeros(len(values), dtype=np.uint64)
    found[np.fromiter(map(bool, values), np.bool_, len(values))] = hashes
    return found


def _hash(text: str) -> int:
    return xxh3_64_intdigest(text.encode("utf-8", "replace")) | 1


def host_of(referrer: str) -> str:
    return "" if "//" not in referrer else referrer.partition("//")[2].partition("/")[0].lower()
