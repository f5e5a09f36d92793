"""Putting a question in SQL to whatever answers SQL, and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clickgen.model.errors import UnusableAnswer
from clickgen.verify.landings.sql.dialect import Dialect

_ROWS_A_STEP = 10_000
_WORD = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """The answer to one question.

    columns: their names. rows: to be walked once, as tuples of the engine's own types; some engines answer every
    value as text, and NULL is None everywhere. scanned_bytes, cost_usd: what the question read and cost, None
    where the engine does not bill by what is read.
    """

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]
    scanned_bytes: int | None = None
    cost_usd: float | None = None

    def integers(self) -> NDArray[np.uint64]:
        """The rows as an array, where every value is a 64-bit integer; negative ones as two's complement.

        It walks them.
        """
        steps = [np.empty((0, len(self.columns)), dtype=np.uint64)]
        while step := list(islice(self.rows, _ROWS_A_STEP)):
            steps.append(self._words(step))
        return np.concatenate(steps)

    def _words(self, rows: list[tuple[Any, ...]]) -> NDArray[np.uint64]:
        try:
            words = [[int(value) & _WORD for value in row] for row in rows]
            return np.array(words, dtype=np.uint64).reshape(len(rows), len(self.columns))
        except (ValueError, TypeError) as problem:
            raise UnusableAnswer(
                f"the answer to a question in SQL is no table of whole numbers: {problem}",
                "check that what was asked is the engine it is taken for",
            ) from problem


class Query(Protocol):
    """An engine that answers SQL."""

    @property
    def name(self) -> str:
        """What people call what is asked: a folder, a database, an engine."""

    @property
    def dialect(self) -> Dialect:
        """How it spells what standard SQL does not have."""

    def ask(self, sql: str) -> SqlAnswer:
        """Put one SELECT.

        Raises UsageProblem where the question cannot be answered as it is put (no such table or column, wrong
        SQL), EnvironmentProblem where the engine cannot be asked (permission, network, throttled for long).
        """
