"""How far work has come that may take long: whoever does it reports, and whoever shows it to people listens."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")
_TICK_S = 1


class Step(NamedTuple):
    """How far something has come."""

    doing: str  # what is done: reading, counting
    done: int
    total: int | None  # None if it is not known
    unit: str  # of what: objects, events
    estimated: bool = False  # whether the total is only about right


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
def tracked(
    doing: str, unit: str, total: int | None = None, *, estimated: bool = False
) -> Iterator[Callable[[int], None]]:
    """Work that may take long; it calls what it gets here with how many more are done."""
    done = 0

    def advance(count: int = 1) -> None:
        nonlocal done
        done += count
        if _listener is not None:
            _listener.step(Step(doing, done, total, unit, estimated))

    try:
        yield advance
    finally:
        pause()


@contextmanager
def timed(doing: str) -> Iterator[None]:
    """Work that says nothing until it is done: how many seconds it has taken so far is reported."""
    over = Event()
    with tracked(doing, "seconds") as advance:
        advance(0)

        def count() -> None:
            while not over.wait(_TICK_S):
                advance(_TICK_S)

        counting = Thread(target=count, name="progress", daemon=True)
        counting.start()
        try:
            yield
        finally:
            over.set()
            counting.join()


def followed(items: Iterable[T], doing: str, unit: str, amount: Callable[[T], int]) -> Iterator[T]:
    """The items, each reported when the next one is wanted. amount: how many units an item is."""
    with tracked(doing, unit) as advance:
        for item in items:
            yield item
            advance(amount(item))
