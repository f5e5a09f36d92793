"""The pieces of a recording in any form: JSON objects, and what is none."""

from collections.abc import Iterable, Iterator
from typing import IO

from clickgen.model.form import Form, Kind
from clickgen.read.formats.delimited import read_delimited
from clickgen.read.formats.parquet import read_parquet
from clickgen.read.formats.server_logs import read_log
from clickgen.read.objects import COMMA_BETWEEN, JsonScanner
from clickgen.read.pieces import Bad, Fault, JsonObject, Piece
from clickgen.read.unwrap import Unwrapper

_ARRAY_SIGNS = frozenset(b"[], \t\r\n")


def read_rows(chunks: Iterable[bytes | Fault], form: Form) -> Iterator[list[Piece]]:
    """The pieces of a file that is not Parquet, some at a time, as soon as they are there."""
    if form.kind is Kind.DELIMITED:
        groups = read_delimited(chunks, form)
    elif form.kind in (Kind.ACCESS_LOG, Kind.FIELDS_LOG):
        groups = read_log(chunks, form)
    else:
        groups = _scanned(chunks, array=form.kind is Kind.ARRAY)
    return groups if form.each is None else map(Unwrapper(form.each).unwrap, groups)


def read_parquet_rows(file: "str | IO[bytes]", form: Form) -> Iterator[list[Piece]]:
    """The rows of a Parquet file; what cannot be read of it is a bad piece."""
    groups = map(_pieces_of_parquet, read_parquet(file))
    return groups if form.each is None else map(Unwrapper(form.each).unwrap, groups)


def _pieces_of_parquet(group: list[JsonObject] | Fault) -> list[Piece]:
    return fault_pieces(group) if isinstance(group, Fault) else list(group)


def fault_pieces(fault: Fault) -> list[Piece]:
    """The piece that a fault of a Parquet file is."""
    return [Bad(fault.kind, fault.reason, fault.excerpt, fault.size, 0, 1)]


def _scanned(chunks: Iterable[bytes | Fault], *, array: bool) -> Iterator[list[Piece]]:
    scanner = JsonScanner(array=array)
    for chunk in chunks:
        pieces = scanner.fault(chunk) if isinstance(chunk, Fault) else scanner.feed(chunk)
        yield [piece for piece in pieces if not (array and is_between_elements(piece))]
    yield [piece for piece in scanner.end() if not (array and is_between_elements(piece))]


def is_between_elements(piece: Piece) -> bool:
    """Whether it is only what an array has around its elements."""
    if not isinstance(piece, Bad):
        return False
    return piece.reason == COMMA_BETWEEN or (
        piece.size <= len(piece.excerpt) and not set(piece.excerpt) - _ARRAY_SIGNS
    )
