"""The line of each key in a TOML file, which the standard library does not keep, for reporting mistakes."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import islice

from clickgen.model.errors import Mistakes
from clickgen.model.mistakes import MAX_TEXT_BYTES
from clickgen.model.outside_text import one_line

# A value of many lines is parsed again at each line that may be its last. If it is made so that many may be, the
# lines of what follows stay unknown; a normal file takes no more than twice its length.
_MOST_PARSED = 8 * MAX_TEXT_BYTES

_MAY_END = re.compile(r"""[]}"']\s*(#.*)?$""")  # so that a long list is not parsed again at each of its lines


MOST_REPORTED = 100  # mistakes; more do not help anyone


def toml_mistakes(problems: Iterable[tuple[str, str]], text: str, origin: str) -> Mistakes:
    """The error that reports mistakes, given as (path in the file, what is wrong), a line each with its place.

    text: the file's, without an error in its syntax; `origin` names it.
    """
    lines, some = TomlLines(text), list(islice(problems, MOST_REPORTED + 1))
    reported = [_line(origin, lines.of(path), path, what) for path, what in some[:MOST_REPORTED]]
    if len(some) > MOST_REPORTED:
        reported.append(f"{origin}: and more: these are the first {MOST_REPORTED}")
    hint = "Each line names the place in the file; fix them all and try again."
    return Mistakes("\n".join(map(one_line, reported)), hint)


def _line(origin: str, number: int | None, path: str, what: str) -> str:
    place = f"{origin}:{number}" if number else origin
    return f"{place}: {path}: {what}" if path else f"{place}: {what}"


class TomlLines:
    """The lines of a file's keys, by their path: pages.home.next.cart, devices[1].systems[0].os."""

    def __init__(self, text: str) -> None:
        """text: a whole TOML file, without an error in its syntax."""
        self._lines: dict[str, int] = {}
        self._arrays: dict[str, int] = {}  # how many tables an array of tables has so far
        self._table = ""
        for number, statement in _statements(text):
            if statement.startswith("["):
                self._enter(number, tomllib.loads(statement), "")
            else:
                self._note(number, tomllib.loads(statement), self._table)

    def of(self, path: str) -> int | None:
        """The line of this key, counted from 1; if it is missing, that of the table that it should be in."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None

    def _enter(self, number: int, header: object, path: str) -> None:
        """Make the table of this header, which reads as nested empty tables, the current one."""
        while isinstance(header, dict) and header:
            ((key, header),) = header.items()
            path = f"{path}.{key}" if path else key
            if header == [{}]:
                self._lines.setdefault(path, number)
                self._arrays[path] = self._arrays.get(path, -1) + 1
                header = None
            if path in self._arrays:
                path = f"{path}[{self._arrays[path]}]"
        self._table = path
        self._lines.setdefault(path, number)

    def _note(self, number: int, values: object, path: str) -> None:
        if isinstance(values, dict):
            for key, value in values.items():
                place = f"{path}.{key}" if path else key
                self._lines.setdefault(place, number)
                self._note(number, value, place)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The headers and assignments of a file, each with its first line; a value may go over several."""
    begin, held = 0, ""
    parsed = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not held and line.lstrip()[:1] in {"", "#"}:
            continue
        is_first = not held
        begin, held = (number, line.strip()) if is_first else (begin, f"{held}\n{line}")
        if not (is_first or _MAY_END.search(line.rstrip())):
            continue
        parsed += len(held)
        if parsed > _MOST_PARSED:
            return
        if _is_whole(held):
            yield begin, held
            held = ""


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True
