"""The events of a recording as columns of numbers: when, who, which page and item, and who the visitors are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from clickgen.learn.fields import Fields
from clickgen.learn.names import ID, page_of
from clickgen.read.pieces import Bad, JsonObject, Piece
from clickgen.traffic.event_time import TimeReader, value_at
from clickgen.traffic.identities import Identities

# Different texts of one kind that are remembered; what comes beyond them is one text. A site with more pages than
# this has most of them in folders that are well known by then.
MOST_TEXTS = 100_000
_BEYOND = "(beyond)"
NO_ITEM = 0


class Texts:
    """A number for each different text, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, text: Any) -> int:
        """The number of a text."""
        found = self._numbers.get(text)
        if found is None:
            if len(self._numbers) >= MOST_TEXTS:
                text = _BEYOND
            found = self._numbers.setdefault(text, len(self._numbers))
        return found

    @property
    def all(self) -> list[Any]:
        """The texts in the order of their numbers."""
        return list(self._numbers)


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
        self._normal: dict[str, str] = {}
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
        joined = [
            np.concatenate([part[at] for part in self._parts]) if self._parts else np.zeros(0, dtype=kind)
            for at, kind in enumerate(types)
        ]
        time, visitor, session, *rest = joined
        return Columns(
            time,
            visitor,
            session if self._who.session is not None else None,
            *rest,
            pages=self._pages.all,
            devices=self._devices.all,
            countries=self._countries.all,
            referrers=self._referrers.all,
            read=self.read,
            left_out=self._left_out,
        )

    def _leave_out(self, reason: str, events: int) -> None:
        if events:
            self._left_out[reason] = self._left_out.get(reason, 0) + events

    def _take(self, values: list[dict[str, Any]]) -> None:
        self.read += len(values)
        fields, read = self._fields, self._time.read
        times = np.array([read(value) for value in values], dtype=np.float64)
        visitor = self._visitors(values)
        known = np.isfinite(times) & (visitor != 0)
        self._leave_out("no time", int(np.count_nonzero(~np.isfinite(times))))
        self._leave_out("no visitor", int(np.count_nonzero(np.isfinite(times) & (visitor == 0))))
        written = _texts(values, fields.page)
        session = _hashes(_column(values, self._who.session)) if self._who.session is not None else visitor
        devices = zip(
            *(_texts(values, name) for name in (fields.agent, fields.device, fields.system, fields.browser)),
            strict=True,
        )
        columns = (
            times,
            visitor,
            np.where(session == 0, visitor, session),
            self._page_numbers(_texts(values, fields.event), written),
            self._items(values, written),
            _numbers(devices, self._devices.number),
            _numbers(_texts(values, fields.country), self._countries.number),
            _numbers(map(_host, _texts(values, fields.referrer)), self._referrers.number),
        )
        self._parts.append(columns if known.all() else tuple(column[known] for column in columns))

    def _visitors(self, values: list[dict[str, Any]]) -> NDArray[np.uint64]:
        name = self._who.visitor or self._who.session
        if name is not None:
            return _hashes(_column(values, name))
        fields = self._fields
        parts = [_texts(values, one) for one in (fields.agent, fields.country, fields.city)]
        return _hashes([" ".join(each).strip() or None for each in zip(*parts, strict=True)])

    def _page_numbers(self, done: Sequence[str], written: Sequence[str]) -> NDArray[np.int32]:
        number = self._pages.number
        return np.array(
            [number((what, self._page(page))) for what, page in zip(done, written, strict=True)], dtype=np.int32
        )

    def _page(self, written: str) -> str:
        found = self._normal.get(written)
        if found is None:
            found = page_of(written)
            if len(self._normal) < MOST_TEXTS:
                self._normal[written] = found
        return found

    def _items(self, values: list[dict[str, Any]], written: Sequence[str]) -> NDArray[np.uint64]:
        """The items by their field; without one, a page whose path has an id shows what has that id."""
        if self._fields.item is not None:
            return _hashes(_column(values, self._fields.item))
        return _hashes([page if ID in self._page(page) else None for page in written])


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
        return [value.get(name) for value in values]
    path = name.split(".")
    return [value_at(value, name, path) for value in values]


def _texts(values: Sequence[dict[str, Any]], name: str | None) -> list[str]:
    if name is None:
        return [""] * len(values)
    return [
        "" if value is None or isinstance(value, dict | list) else str(value) for value in _column(values, name)
    ]


def _hashes(values: Sequence[Any]) -> NDArray[np.uint64]:
    """A hash of each value, never 0; 0 where there is none."""
    return np.array(
        [
            0 if value is None or value == "" else xxh3_64_intdigest(str(value).encode("utf-8", "replace")) | 1
            for value in values
        ],
        dtype=np.uint64,
    )


def _numbers(texts: Iterable[Any], number: Callable[[Any], int]) -> NDArray[np.int32]:
    return np.array([number(text) for text in texts], dtype=np.int32)


def _host(referrer: str) -> str:
    return "" if "//" not in referrer else referrer.partition("//")[2].partition("/")[0].lower()
