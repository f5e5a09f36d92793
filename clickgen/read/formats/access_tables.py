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

_BEFORE = ("host", "ident", "user")  # then [01/Mar/2026:00:00:09 +0000], and the request
_BEFORE_SIGNS = b"   [ ] "  # all of these that are there
_OTHER_SIGNS = bytes(sign for sign in range(256) if sign not in b" []\n")
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

    def __init__(self, data: bytes, parts: Cells) -> None:
        """parts: what is between the quotes."""
        self._data, self._parts = data, parts
        self.line_count = self.count = parts.count

    def column(self, name: str) -> Sequence[Any]:
        """What each entry has in this field, one of KNOWN."""
        if name == "time":
            return [before[before.index("[") + 1 : -2] for before in self._parts.column(0)]
        if name in _BEFORE:
            place = _BEFORE.index(name)
            return _given([before.split(" ", place + 1)[place] for before in self._parts.column(0)])
        if name in _FROM_REQUEST:
            requests = (request or "" for request in _given(self._parts.column(_REQUEST)))
            return [parts.get(name) for parts in map(request_parts, requests)]
        part = {"request": _REQUEST, "referer": _REFERRER, "user_agent": _AGENT}.get(name)
        if part is None or part >= self._parts.width:
            return [None] * self.count
        return _given(self._parts.column(part))

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
    return AccessTable(data, parts) if _are_usual("\n".join(parts.column(0))) else None


def _are_usual(befores: str) -> bool:
    """Whether there are three words and a time in brackets on each line, and a space behind each of these."""
    if not befores.isascii() or befores.startswith(" ") or "  " in befores or "\n " in befores:
        return False
    count = befores.count("\n") + 1
    signs = befores.encode().translate(None, _OTHER_SIGNS)
    begun, ended = befores.count(" ["), f"{befores}\n".count("] \n")
    return signs == b"\n".join([_BEFORE_SIGNS] * count) and begun == ended == count


def _given(cells: Sequence[str]) -> Sequence[str | None]:
    if "" not in cells and "-" not in cells:
        return cells
    return [None if cell in ("-", "") else cell for cell in cells]
