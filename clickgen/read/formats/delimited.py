"""CSV, TSV and their like: every row as a JSON object of its columns."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import orjson

from clickgen.model.form import Form, Kind
from clickgen.read.formats.text_lines import Line, TextLines
from clickgen.read.pieces import EXCERPT_BYTES, MAX_OBJECT_BYTES, Bad, BadKind, Fault, JsonObject, Piece

SEPARATORS = ",\t;|"
_SEPARATOR_NAMES = {",": "CSV", "\t": "TSV", ";": "CSV, separated by semicolons", "|": "CSV, separated by |"}
# as JSON writes numbers, without leading zeros, which belong to codes and telephone numbers
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_NUMBER_SIGNS = b"0123456789.-,"
_NUMBER_LENGTH = 18  # digits that NUMBER allows before a point, and behind one
_NAME = re.compile(r"[^\W\d][\w .:/()#%@$\[\]-]{0,127}")
_SAMPLE_ROWS = 500
_LEAST_ROWS = 2  # a sentence with a comma is one, too
_IN_MOST = 0.75  # of the rows, as a few may be damaged
csv.field_size_limit(MAX_OBJECT_BYTES)


def recognise(
    lines: Sequence[str], separator: str | None = None, header: Sequence[str] | None = None
) -> Form | None:
    """The form of delimited text by its first lines, or None if it is something else.

    separator, header: given by the user; a file whose first row is that header does not repeat it as a row.
    """
    chosen = separator or _separator(lines)
    if chosen is None:
        return None
    rows = _rows(lines, chosen)
    if not rows:
        return None
    named = _is_header(rows)
    if header is not None:
        columns, named = tuple(header), [cell.strip() for cell in rows[0]] == list(header)
    elif named:
        columns = _distinct([cell.strip() for cell in rows[0]])
    else:
        columns = tuple(f"column_{number}" for number in range(1, len(rows[0]) + 1))
    body = rows[1:] if named else rows
    return Form(
        kind=Kind.DELIMITED,
        name=_SEPARATOR_NAMES.get(chosen, f"CSV, separated by {chosen!r}"),
        separator=chosen,
        header=named,
        columns=columns,
        numeric=numeric_columns(columns, body),
    )


def numeric_columns(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> frozenset[str]:
    """The columns whose values, as far as there are any, are all written as JSON writes numbers."""
    seen, other = set[int](), set[int]()
    for row in rows:
        for index, cell in enumerate(row if len(row) == len(columns) else ()):
            if cell:
                (seen if NUMBER.fullmatch(cell) else other).add(index)
    return frozenset(columns[index] for index in seen - other)


def read_delimited(chunks: Iterable[bytes | Fault], form: Form) -> Iterator[list[Piece]]:
    """The rows, some at a time; a row with more or fewer cells than there are columns is bad."""
    reader = RowReader(form)
    for chunk in chunks:
        yield reader.fault(chunk) if isinstance(chunk, Fault) else reader.feed(chunk)
    yield reader.end()


class RowReader:
    """`read_delimited` for callers that get the bytes piecemeal: feed, then end."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._lines = TextLines(quote=form.quote)
        self._first = form.header

    def feed(self, data: bytes) -> list[Piece]:
        """The rows that are complete with the data."""
        return self._rows(self._lines.feed(data))

    def end(self) -> list[Piece]:
        """The last row."""
        return self._rows(self._lines.end())

    def fault(self, fault: Fault) -> list[Piece]:
        """The last row before a fault of the compression, and the fault."""
        return self._rows(self._lines.fault(fault))

    @property
    def idle(self) -> bool:
        """Whether all that was fed is used up, and what follows begins a row that is not the header."""
        return self._lines.idle and not self._first

    def skip(self, size: int, lines: int) -> None:
        """Note that rows, which are not fed, come next; only if it is idle."""
        self._lines.skip(size, lines)

    def _rows(self, lines: Sequence[Line | Bad]) -> list[Piece]:
        pieces: list[Piece] = []
        for line in lines:
            if isinstance(line, Bad):
                pieces.append(line)
            elif self._first:
                self._first = False
            elif line.text.strip():
                pieces.append(_row(line.text, line.offset, line.number, self._form))
        return pieces


def _row(text: str, offset: int, number: int, form: Form) -> Piece:
    try:
        cells = next(csv.reader([text], delimiter=form.separator, quotechar=form.quote, strict=True))
    except (csv.Error, StopIteration) as problem:
        return _bad(f"not a row: {problem}", text, offset, number)
    if len(cells) != len(form.columns):
        return _bad(f"{len(cells)} cells, there are {len(form.columns)} columns", text, offset, number)
    return row_object(form, cells, offset, number)


def row_object(form: Form, cells: Sequence[str | None], offset: int, number: int) -> JsonObject:
    """A row as an object: numbers with the digits they are written in, what is empty as null, the rest as text."""
    value: dict[str, Any] = {}
    members: list[bytes] = []
    for name, key, cell in zip(form.columns, _keys(form.columns), cells, strict=False):
        if not cell:
            value[name] = None
            members.append(key + b"null")
        elif name in form.numeric and NUMBER.fullmatch(cell):
            value[name] = float(cell) if "." in cell else int(cell)
            members.append(key + cell.encode())
        else:
            value[name] = cell
            members.append(key + orjson.dumps(cell))
    return JsonObject(b"{" + b",".join(members) + b"}", offset, number, value)


def numbers_at_once(cells: Sequence[str]) -> list[float] | None:
    """What cells are as numbers; None if one may not match NUMBER."""
    joined = ",".join(cells)
    if max(map(len, cells), default=0) > _NUMBER_LENGTH or joined.encode().translate(None, _NUMBER_SIGNS):
        return None
    try:
        numbers: list[float] = orjson.loads(f"[{joined}]")
    except orjson.JSONDecodeError:
        return None
    return numbers if len(numbers) == len(cells) else None


@lru_cache(maxsize=64)
def _keys(columns: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(orjson.dumps(name) + b":" for name in columns)


def _bad(reason: str, text: str, offset: int, number: int) -> Bad:
    data = text.encode("utf-8", "surrogateescape")
    return Bad(BadKind.GARBAGE, reason, data[:EXCERPT_BYTES], len(data), offset, number)


def _separator(lines: Sequence[str]) -> str | None:
    """The separator that cuts every line into the same number of cells, more than one; the most cells win."""
    best: tuple[int, str] | None = None
    for candidate in SEPARATORS:
        rows = _rows(lines, candidate)
        widths = Counter(len(row) for row in rows)
        if len(rows) < _LEAST_ROWS:
            continue
        width, often = widths.most_common(1)[0]
        if (
            width > 1
            and often >= _IN_MOST * len(rows)
            and len(rows[0]) == width
            and (best is None or width > best[0])
        ):
            best = width, candidate
    return None if best is None else best[1]


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=separator, strict=True):
            if row:
                found.append(row)  # what was read before an error stays
            if len(found) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return found  # of a quote that nothing closes, the rows before it
    return found


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: distinct words, where the rows that follow hold other things.

    A few words may be there twice if what follows is not all words: then those are not values by chance.
    """
    first = [cell.strip() for cell in rows[0]]
    if not all(_NAME.fullmatch(cell) for cell in first):
        return False
    if len(set(first)) < len(first) and (
        2 * len(set(first)) <= len(first) or all(_NAME.fullmatch(cell.strip()) for row in rows[1:] for cell in row)
    ):
        return False
    # a word that comes again below is a value
    return not any(cell in row[index : index + 1] for row in rows[1:] for index, cell in enumerate(rows[0]))


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(found)
