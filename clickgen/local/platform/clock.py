"""The services' clock: how long their buffers, windows and polls last, which `--speedup` shortens.

Only durations shrink. Times of day stay those of the wall clock, so that prefixes, record times and what a
verifier expects agree.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceClock:
    """Durations of the services, `speedup` times shorter than at AWS."""

    speedup: float = 1.0

    def shortened(self, seconds: float) -> float:
        """Seconds of the wall clock that stand for `seconds` of the service: 300 become 5 at a speedup of 60."""
        return seconds / self.speedup

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of the service."""
        await asyncio.sleep(self.shortened(seconds))

    def call_later(self, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back after `seconds` of the service, on the running event loop."""
        return asyncio.get_running_loop().call_later(self.shortened(seconds), callback)
