"""Expressions over the keys of partitions, like `year = '2026' AND month IN ('01', '02')`, as GetPartitions takes
them.

An expression is checked word by word, so that nothing but keys, values and operators is left, and then SQLite
evaluates it over the values of the partitions.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from clickgen.local.platform.errors import ServiceError

_WORD = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w]*|`[^`]+`|\"[^\"]+\")"
    r"|(?P<sign><=|>=|<>|!=|=|<|>|\(|\)|,))"
)
_KEYWORDS = frozenset({"and", "or", "not", "in", "between", "like", "is", "null"})
_NUMBERS = frozenset({"tinyint", "smallint", "int", "integer", "bigint", "long", "float", "double"})


def matching(expression: str, keys: Mapping[str, str], partitions: Sequence[Sequence[str]]) -> set[int]:
    """The positions of those partitions for which the expression holds.

    keys: the types of the partition keys by name, in order. InvalidInputException if the expression is not valid.
    """
    condition = " ".join(_checked(expression, keys))
    columns = ", ".join(f'"k{position}" {_affinity(kind)}' for position, kind in enumerate(keys.values()))
    with sqlite3.connect(":memory:") as database:
        database.execute("PRAGMA case_sensitive_like = ON")
        try:
            database.execute(f"CREATE TABLE partitions (position INTEGER, {columns})")
            places = ", ".join("?" * (len(keys) + 1))
            database.executemany(
                f"INSERT INTO partitions VALUES ({places})",  # noqa: S608  # question marks only
                ((position, *values) for position, values in enumerate(partitions) if len(values) == len(keys)),
            )
            # the words were checked one by one
            found = database.execute(f"SELECT position FROM partitions WHERE {condition}")  # noqa: S608
            return {position for (position,) in found}
        except sqlite3.Error:
            raise _invalid(expression) from None
        finally:
            database.rollback()


def _checked(expression: str, keys: Mapping[str, str]) -> Iterator[str]:
    """The words of the expression for SQLite: keys by their positions, everything else as it is."""
    places = {name.lower(): f'"k{position}"' for position, name in enumerate(keys)}
    numeric = [place for name, place in places.items() if keys[name].lower() in _NUMBERS]
    end = 0
    rest = expression.rstrip()
    compared = ""
    while end < len(rest):
        word = _WORD.match(rest, end)
        if word is None:
            raise _invalid(expression)
        end = word.end()
        name = word["name"]
        if name is None:
            yield _value(word, compared in numeric)
        elif name.lower() in _KEYWORDS:
            yield name
        else:
            compared = places.get(name.strip('`"').lower(), "")
            if not compared:
                raise _invalid(expression)
            yield compared


def _value(word: re.Match[str], numeric: bool) -> str:
    """A value or a sign; values become of the kind of the key that they are compared with, as in Glue."""
    if word["text"] is not None and numeric and re.fullmatch(r"'-?\d+(\.\d+)?'", word["text"]):
        return word["text"][1:-1]
    if word["number"] is not None and not numeric:
        return f"'{word['number']}'"
    return word.group().strip()


def _affinity(kind: str) -> str:
    return "NUMERIC" if kind.lower() in _NUMBERS else "TEXT"


def _invalid(expression: str) -> ServiceError:
    return ServiceError("InvalidInputException", f"Unsupported expression '{expression}'")
