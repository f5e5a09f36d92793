"""How far work has come that may take long: whoever does it reports, and whoever shows it to people listens."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class Step(NamedTuple):
    """How far something has come."""

    doing: str  # what is done: reading, counting
    done: int
    total: int | None  # None if it is not known
    unit: str  # of what: objects, events


class Listener(Protocol):
    """Takes steps."""

    def step(self, step: Step, /) -> None:
        """Something has come so far; called often."""

    def pause(self) -> None:
        """Something else is printed now, or the work has ended."""


_listener: Listener | None = None


def listen(listener: Listener | None) -> None:
    """From now on tell this listener, or nobody, in place of the one before."""
    global _listener  # noqa: PLW0603  # otherwise each function between the work and the screen would pass it on
    _listener = listener


def pause() -> None:
    """Make room on the screen for something that is printed."""
    if _listener is not None:
        _listener.pause()


@contextmanager
def tracked(doing: str, unit: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Work that may take long; it calls what it gets here with how many more are done."""
    done = 0

    def advance(count: int = 1) -> None:
        nonlocal done
        done += count
        if _listener is not None:
            _listener.step(Step(doing, done, total, unit))

    try:
        yield advance
    finally:
        pause()


def followed(items: Iterable[T], doing: str, unit: str, amount: Callable[[T], int]) -> Iterator[T]:
    """The items, each reported when the next one is wanted. amount: how many units an item is."""
    with tracked(doing, unit) as advance:
        for item in items:
            yield item
            advance(amount(item))
