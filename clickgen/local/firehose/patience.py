"""Trying again what a disk or a service refuses, until it works or the stream closes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.notices import say

_RETRY_SECONDS = 0.5
_MAX_RETRY_SECONDS = 15.0
_PAUSE_SECONDS = 0.05  # of the wall clock, between two looks whether a paused stream goes on

Outcome = TypeVar("Outcome")


class Patience:
    """The patience of one stream. Belongs to the running event loop.

    paused: tells whether the stream is to deliver nothing for now.
    """

    def __init__(self, stream: str, clock: ServiceClock, paused: Callable[[], bool]) -> None:
        self._stream = stream
        self._clock = clock
        self._is_paused = paused
        self._closing = asyncio.Event()
        self.last_error: str | None = None  # of what does not work yet

    @property
    def paused(self) -> bool:
        """Whether the stream is to deliver nothing for now."""
        return self._is_paused()

    def end(self) -> None:
        """Try everything once more and no longer."""
        self._closing.set()

    async def until_it_works(self, what: Path, attempt: Callable[[], Awaitable[Outcome]]) -> Outcome | None:
        """What the attempt gives once it raises no OSError; None if the stream closes before that."""
        wait, failing = _RETRY_SECONDS, False
        while True:
            while self.paused and not self._closing.is_set():
                await asyncio.sleep(_PAUSE_SECONDS)
            try:
                outcome = await attempt()
            except OSError as error:
                if not failing:
                    say(f"cannot deliver {self._stream} yet, its records stay in {what}: {error}")
                failing = True
                self.last_error = str(error)
                if await self.closes_within(wait):
                    return None
                wait = min(2 * wait, _MAX_RETRY_SECONDS)
                continue
            if failing:
                say(f"delivers {self._stream} again")
                self.last_error = None
            return outcome

    async def closes_within(self, seconds: float) -> bool:
        """Wait for that long, or for the stream to close; whether it does."""
        try:
            await asyncio.wait_for(self._closing.wait(), self._clock.shortened(seconds))
        except TimeoutError:
            return False
        return True
