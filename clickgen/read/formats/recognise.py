"""What a file is written in, by its first bytes."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from clickgen.model.form import JSON, Form, Kind
from clickgen.read.formats import delimited, server_logs
from clickgen.read.formats.parquet import FORM as PARQUET
from clickgen.read.formats.parquet import PARQUET_MAGIC

LOOK_BYTES = 256 << 10  # some hundred rows
_BOM = b"\xef\xbb\xbf"
ARRAY = Form(kind=Kind.ARRAY, name="a JSON array")


class Given(NamedTuple):
    """What the user said of delimited text."""

    separator: str | None = None
    columns: tuple[str, ...] | None = None


def recognise(start: bytes, given: Given = Given()) -> Form | None:  # noqa: B008  # a tuple, which nobody can change
    """The form of a file whose decompressed bytes, in UTF-8, begin with `start`; None if it is none that is read.

    JSON is recognised by its first sign, so that what is damaged further on is still read as JSON.
    """
    if start.startswith(PARQUET_MAGIC):
        return PARQUET
    text = start.removeprefix(_BOM).lstrip(b" \t\r\n\0")
    if given.separator is None and given.columns is None:
        if text.startswith(b"{"):
            return JSON
        if text.startswith(b"["):
            return ARRAY if _holds_objects(text) else None
    if b"\0" in text:
        return None
    lines = _lines(text, whole=len(start) < LOOK_BYTES)
    if given.separator is not None or given.columns is not None:
        return delimited.recognise(lines, given.separator, given.columns)
    found = server_logs.recognise(lines)
    if found is None and not _json_lines(lines):
        found = delimited.recognise(lines)
    return found


def _holds_objects(text: bytes) -> bool:
    inside = text[1:].lstrip(b" \t\r\n")
    return inside.startswith((b"{", b"]")) and not text.lstrip(b"[ \t\r\n").startswith(b"]")


def _json_lines(lines: Sequence[str]) -> bool:
    """Whether JSON objects follow something that is none: a damaged beginning, or the lines of a program."""
    return any(line.lstrip().startswith("{") and _is_object(line) for line in lines)


def _is_object(line: str) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _lines(text: bytes, *, whole: bool) -> list[str]:
    lines = text.decode("utf-8", "replace").splitlines()
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    return [line for line in lines if "\ufffd" not in line]  # what is not UTF-8 says nothing of the rest
