"""How the lines of a file spell the keys of columns: DuckDB looks for one spelling, the SerDes for any case."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from clickgen.local.firehose.conversion.columns import Column
from clickgen.local.firehose.conversion.settings import HiveJson, OpenX

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAMPLE_BYTES = 64 * 1024

Keys = dict[str, str]
"""The key of each column."""


class Spelling:
    """Finds the keys of these columns."""

    def __init__(self, columns: Sequence[Column], reader: OpenX | HiveJson) -> None:
        self._columns = columns
        self._any_case = not isinstance(reader, OpenX) or reader.case_insensitive
        self._dots = isinstance(reader, OpenX) and reader.dots_to_underscores

    def sampled(self, lines: Path) -> Keys:
        """The keys as the first lines have them."""
        found: dict[str, None] = {}
        with lines.open("rb") as file:
            for line in file.read(_SAMPLE_BYTES).split(b"\n"):
                try:
                    value = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(value, dict):
                    found.update(dict.fromkeys(value))
        return {name: spellings[0] for name, spellings in self._spellings(found).items()}

    def listed(self, engine: "DuckDBPyConnection", lines: Path) -> Keys | None:
        """The keys as all lines have them; None if some spell one otherwise than others."""
        found: Iterable[str] = ()
        if self._any_case or self._dots:
            rows = engine.execute(
                "SELECT DISTINCT unnest(json_keys(json)) FROM read_json(?, format = 'newline_delimited', "
                "columns = {'json': 'JSON'}, records = false, ignore_errors = true)",
                [str(lines)],
            ).fetchall()
            found = [key for (key,) in rows]
        spellings = self._spellings(found)
        if any(len(ways) > 1 for ways in spellings.values()):
            return None
        return {name: ways[0] for name, ways in spellings.items()}

    def _spellings(self, found: Iterable[str]) -> dict[str, list[str]]:
        """The ways in which each column's key is spelled; as the column says, if it is not found."""
        by_folded: dict[str, list[str]] = {}
        for key in found:
            by_folded.setdefault(self._folded(key), []).append(key)
        return {one.name: by_folded.get(self._folded(one.key), [one.key]) for one in self._columns}

    def _folded(self, key: str) -> str:
        """What keys that are the same for the SerDe have in common."""
        name = key.lower() if self._any_case else key
        return name.replace(".", "_") if self._dots else name
