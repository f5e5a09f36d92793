"""What somebody wrote, a word or a small file: reading it, and saying what is wrong with it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Place = tuple[int | str, ...]  # the keys and positions that lead to a value of a file

_MOST_COMPARED = 500  # difflib takes 20 µs a name
# The largest profile that comes with clickgen has 18 KB; what is larger was not written by hand, and a device or a
# file of gigabytes must not fill the memory.
MAX_TEXT_BYTES = 1 << 20


def read_text_file(path: Path, what: str, form: str, on_error: str) -> str:
    """The text, in UTF-8, with or without a byte order mark.

    what, form: what was to be read, and which kind of file it is, for errors. on_error: what to do if it cannot
    be read. Raises UsageProblem if it cannot be read, is not text, or is longer than MAX_TEXT_BYTES.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEXT_BYTES + 1)
    except OSError as problem:
        raise UsageProblem(f"{path}: {what} cannot be read: {problem.strerror or problem}", on_error) from problem
    if len(data) > MAX_TEXT_BYTES:
        raise UsageProblem(
            f"{path}: longer than {MAX_TEXT_BYTES >> 20} MiB, and so not read",
            f"{form}; check that this is the file you meant",
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as problem:
        raise UsageProblem(f"{path}: not a text file in UTF-8", form) from problem


def read_json_object(path: Path, what: str) -> dict[str, Any]:
    """The JSON object in a file. Raises UsageProblem if it cannot be read or holds none; what: for errors."""
    text = read_text_file(path, what, "It must be one JSON object in a file", "check the path")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise UsageProblem(f"{path}: not a JSON file: {problem}", "fix the file and try again") from problem
    if not isinstance(value, dict):
        raise UsageProblem(f"{path}: not a JSON object", "the file must begin with { and end with }")
    return value


def mistakes_in(model: "type[BaseModel]", invalid: "ValidationError") -> Iterator[tuple[Place, str]]:
    """Each mistake that a model found in what it was given: its place, and what is wrong there."""
    for error in invalid.errors(include_url=False):
        place, kind, message, given = error["loc"], error["type"], error["msg"], error["input"]
        if kind == "missing":
            meaning = _keys_at(model, place[:-1])[str(place[-1])]
            yield place, f"missing: {meaning[0].lower()}{meaning[1:].removesuffix('.')}" if meaning else "missing"
        elif kind == "extra_forbidden":
            yield place, unknown_key(str(place[-1]), _keys_at(model, place[:-1]))
        elif kind == "value_error":
            yield place, message.removeprefix("Value error, ")
        else:
            shown = f" (given: {given!r})" if isinstance(given, str | int | float) else ""
            yield place, message[0].lower() + message[1:] + shown


def place_name(place: Place) -> str:
    """A place in a file for people: firehose.ingestion_gb.tiers[0].usd."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def unknown_key(key: str, known: Iterable[str]) -> str:
    """That a key is not known, with the one that may be meant, else all that are."""
    names = list(known)
    return f"unknown key{did_you_mean(key, names) or '; known here: ' + ', '.join(names)}"


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """`; did you mean "x"?` if a known word is close, whatever its case; else the empty string.

    Among very many known words, only those one slip of the keyboard away count.
    """
    folded = {name.lower(): name for name in known}
    names = list(folded)
    if len(names) > _MOST_COMPARED:
        names = [name for name in names if _one_slip_apart(word.lower(), name)][:_MOST_COMPARED]
    close = get_close_matches(word.lower(), names, n=1, cutoff=cutoff)
    return f'; did you mean "{folded[close[0]]}"?' if close else ""


def _one_slip_apart(word: str, name: str) -> bool:
    """Whether a letter was left out, added or changed, or two neighbours were swapped."""
    if abs(len(word) - len(name)) > 1:
        return False
    begin = _alike(word, name)
    end = _alike(word[begin:][::-1], name[begin:][::-1])
    return max(len(word), len(name)) - begin - end <= (2 if len(word) == len(name) else 1)


def _alike(word: str, name: str) -> int:
    """How many letters the two begin with alike."""
    length = min(len(word), len(name))
    return next((n for n in range(length) if word[n] != name[n]), length)


def _keys_at(model: "type[BaseModel]", place: Place) -> Mapping[str, str]:
    """The keys that the table at this place of a file may have, and what they mean."""
    current: Any = model
    for part in place:
        if hasattr(current, "model_fields"):
            current = _without_none(current.model_fields[str(part)].annotation)
        else:  # the element of a list or of a tuple, or the value of a table
            *_, current = (kind for kind in get_args(current) if kind is not ...)
    return {field.alias or name: field.description or "" for name, field in current.model_fields.items()}


def _without_none(annotation: Any) -> Any:
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(annotation) else annotation
