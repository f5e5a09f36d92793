"""The events of a recording as columns of numbers: when, who, which page and item, and who the visitors are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from clickgen.learn.fields import Fields
from clickgen.learn.iso_times import utc_times
from clickgen.learn.names import ID, page_of
from clickgen.read.pieces import Bad, JsonObject, Piece
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

    def of(self, texts: Sequence[Any]) -> NDArray[np.int32]:
        """The numbers of texts."""
        return np.fromiter(map(self.__getitem__, texts), np.int32, len(texts))


class _PageNumbers(dict[tuple[str, str], int]):
    """The number of the page of what was done and the page as it is written."""

    def __init__(self, pages: Texts) -> None:
        self._pages = pages

    def __missing__(self, written: tuple[str, str]) -> int:
        number = self._pages[written[0], page_of(written[1])]
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
    """Reads events into columns, a list of them at a time."""

    def __init__(self, fields: Fields, who: Identities, time: TimeReader, nested: str | None) -> None:
        """nested: the field of each object with a list of events, which have its other fields too."""
        self._fields, self._who, self._time, self._nested = fields, who, time, nested
        self._pages, self._devices, self._countries, self._referrers = Texts(), Texts(), Texts(), Texts()
        self._page_numbers, self._items_of_pages = _PageNumbers(self._pages), _ItemsOfPages()
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
            self._take(values)

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

    def _take(self, values: list[dict[str, Any]]) -> None:
        self.read += len(values)
        fields, times = self._fields, self._times(values)
        visitor = self._visitors(values)
        known = np.isfinite(times) & (visitor != 0)
        self._leave_out("no time", int(np.count_nonzero(~np.isfinite(times))))
        self._leave_out("no visitor", int(np.count_nonzero(np.isfinite(times) & (visitor == 0))))
        written = _texts(values, fields.page)
        session = _hashes(_column(values, self._who.session)) if self._who.session is not None else visitor
        columns = (
            times,
            visitor,
            np.where(session == 0, visitor, session),
            np.fromiter(
                map(self._page_numbers.__getitem__, zip(_texts(values, fields.event), written, strict=True)),
                np.int32,
                len(values),
            ),
            self._items(values, written),
            self._device_numbers(values),
            self._numbers(values, fields.country, self._countries),
            self._referrers.of([host_of(one) for one in _texts(values, fields.referrer)])
            if fields.referrer is not None
            else np.zeros(len(values), dtype=np.int32),
        )
        self._parts.append(columns if known.all() else tuple(column[known] for column in columns))

    def _times(self, values: list[dict[str, Any]]) -> NDArray[np.float64]:
        """Unix times, NaN where there is none."""
        if self._time.plain_field is not None:
            found = utc_times(_column(values, self._time.plain_field))
            if found is not None:
                return found
        return np.array([self._time.read(value) for value in values], dtype=np.float64)

    def _visitors(self, values: list[dict[str, Any]]) -> NDArray[np.uint64]:
        name = self._who.visitor or self._who.session
        if name is not None:
            return _hashes(_column(values, name))
        fields = self._fields
        parts = [_texts(values, one) for one in (fields.agent, fields.country, fields.city)]
        return _hashes([" ".join(each).strip() or None for each in zip(*parts, strict=True)])

    def _device_numbers(self, values: list[dict[str, Any]]) -> NDArray[np.int32]:
        fields = self._fields
        names = (fields.agent, fields.device, fields.system, fields.browser)
        if not any(names):
            return np.zeros(len(values), dtype=np.int32)
        return self._devices.of(list(zip(*(_texts(values, name) for name in names), strict=True)))

    def _numbers(self, values: list[dict[str, Any]], name: str | None, texts: Texts) -> NDArray[np.int32]:
        if name is None:
            return np.zeros(len(values), dtype=np.int32)
        return texts.of(_texts(values, name))

    def _items(self, values: list[dict[str, Any]], written: Sequence[str]) -> NDArray[np.uint64]:
        """The items by their field; without one, a page whose path has an id shows what has that id."""
        if self._fields.item is not None:
            return _hashes(_column(values, self._fields.item))
        return np.fromiter(map(self._items_of_pages.__getitem__, written), np.uint64, len(written))


def unfolded(value: dict[str, Any], nested: str) -> Iterator[dict[str, Any]]:
    """The events of a list inside an object, each with the object's other fields; else the object itself."""
    events = value.get(nested)
    if not isinstance(events, list):
        yield value
        return
    around = {name: other for name, other in value.items() if name != nested}
    yield from ({**around, **event} for event in events if isinstance(event, dict))


def _column(values: Sequence[dict[str, Any]], name: str) -> list[Any]:
    if "." not in name:
        try:
            return list(map(itemgetter(name), values))  # twice as fast, where all events have the field
        except KeyError:
            return [value.get(name) for value in values]
    path = name.split(".")
    return [value_at(value, name, path) for value in values]


def _texts(values: Sequence[dict[str, Any]], name: str | None) -> list[str]:
    if name is None:
        return [""] * len(values)
    column = _column(values, name)
    if set(map(type, column)) == {str}:
        return column
    return ["" if value is None or isinstance(value, dict | list) else str(value) for value in column]


def _hashes(values: Sequence[Any]) -> NDArray[np.uint64]:
    """A hash of each value, never 0; 0 where there is none."""
    if set(map(type, values)) == {str} and "" not in values:
        try:
            found = np.fromiter(map(xxh3_64_intdigest, map(str.encode, values)), np.uint64, len(values))
        except UnicodeEncodeError:  # half a surrogate pair in one of them
            pass
        else:
            return found | np.uint64(1)
    return np.array(
        [0 if value is None or value == "" else _hash(str(value)) for value in values], dtype=np.uint64
    )


def _hash(text: str) -> int:
    return xxh3_64_intdigest(text.encode("utf-8", "replace")) | 1


def host_of(referrer: str) -> str:
    return "" if "//" not in referrer else referrer.partition("//")[2].partition("/")[0].lower()
