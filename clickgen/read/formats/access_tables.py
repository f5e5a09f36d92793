"""The fast way to some fields of access logs: lines without an escaped quote are cut at their quotes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from clickgen.model.form import Form
from clickgen.read.by_lines import by_lines
from clickgen.read.formats.cells import Cells, cut_cells
from clickgen.read.formats.server_logs import LogReader, access_entry, request_parts
from clickgen.read.pieces import Fault, Piece

# what is before the request, and between it and the referrer
_BEFORE = ("host", "ident", "user")
_TIME = len(_BEFORE)  # two words: [01/Mar/2026:00:00:09 +0000]
_WORDS = _TIME + 2
_COMMON, _COMBINED = 3, 7  # parts of a line that has only the quotes of its form
_RESULTS = {
    _COMMON: re.compile(r"(?: \d{3} (?:\d+|-)\n)*", re.ASCII),
    _COMBINED: re.compile(r"(?: \d{3} (?:\d+|-) \n)*", re.ASCII),
}
_REQUEST, _RESULT, _REFERRER, _BETWEEN, _AGENT = range(1, 6)
_FROM_REQUEST = ("method", "path", "protocol")
KNOWN = frozenset({*_BEFORE, "time", "request", *_FROM_REQUEST, "referer", "user_agent"})


class AccessTable:
    """Some lines of an access log. column and event give what `access_entry` makes of a line."""

    def __init__(self, data: bytes, parts: Cells, words: list[str]) -> None:
        """words: those before the request."""
        self._data, self._parts, self._words = data, parts, words
        self.line_count = self.count = parts.count

    def column(self, name: str) -> Sequence[Any]:
        """What each entry has in this field, one of KNOWN."""
        if name == "time":
            days, zones = self._words[_TIME::_WORDS], self._words[_TIME + 1 :: _WORDS]
            return [f"{day[1:]} {zone[:-1]}" for day, zone in zip(days, zones, strict=True)]
        if name in _BEFORE:
            return _given(self._words[_BEFORE.index(name) :: _WORDS])
        if name in _FROM_REQUEST:
            requests = _given(self._parts.column(_REQUEST))
            return [request_parts(request or "").get(name) for request in requests]
        place = {"request": _REQUEST, "referer": _REFERRER, "user_agent": _AGENT}.get(name)
        if place is None or place >= self._parts.width:
            return [None] * self.count
        return _given(self._parts.column(place))

    def event(self, row: int) -> dict[str, Any]:
        """One entry with all its fields."""
        entry = access_entry(self._lines[row].removesuffix("\r"), 0, 0, Form())
        return {} if entry is None else entry.value

    @cached_property
    def _lines(self) -> list[str]:
        return self._data.decode().split("\n")


def read_access_tables(chunks: Iterable[bytes | Fault], form: Form) -> Iterator[AccessTable | list[Piece]]:
    """The entries as tables as far as nothing in their lines is odd, else as the pieces of `read_log`."""
    return by_lines(chunks, LogReader(form), _table)


def _table(data: bytes) -> AccessTable | None:
    if b"\\" in data or b"\t" in data or b"\n#" in data or data.startswith(b"#"):
        return None
    parts = cut_cells(data, '"', "")
    if parts is None or parts.width < _COMMON or _COMMON < parts.width < _COMBINED:
        return None
    results = "\n".join(parts.column(_RESULT)) + "\n"
    if _RESULTS[min(parts.width, _COMBINED)].fullmatch(results) is None:
        return None
    if parts.width > _COMMON and set(parts.column(_BETWEEN)) != {" "}:
        return None
    words = _words(parts.column(0))
    return None if words is None else AccessTable(data, parts, words)


def _words(befores: Sequence[str]) -> list[str] | None:
    """The words before the requests, as many for each; None if one has more or fewer, or no time."""
    joined = "".join(befores)
    if not joined.isascii() or {before.count(" ") for before in befores} != {_WORDS}:
        return None
    words = joined.split(" ")
    if words.pop() or "" in words:
        return None
    days, zones = words[_TIME::_WORDS], words[_TIME + 1 :: _WORDS]
    begin, end = all(day.startswith("[") for day in days), all(zone.endswith("]") for zone in zones)
    alone = joined.count("[") == joined.count("]") == len(befores)
    return words if begin and end and alone else None


def _given(cells: Sequence[str]) -> Sequence[str | None]:
    if "" not in cells and "-" not in cells:
        return cells
    return [None if cell in ("-", "") else cell for cell in cells]
