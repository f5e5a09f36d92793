"""Some events of a recording, column by column: the quick way for whoever wants a few of their fields."""

from collections.abc import Sequence
from typing import Any, Protocol


class Table(Protocol):
    """Some events that were read together."""

    @property
    def line_count(self) -> int:
        """How many lines of the file they fill."""

    @property
    def count(self) -> int:
        """How many events there are."""

    def column(self, name: str) -> Sequence[Any]:
        """What each event has in a field that was wanted, or at that path; None where there is nothing."""

    def event(self, row: int) -> dict[str, Any]:
        """One event with all its fields."""
