"""Events for functions that nobody waits for: kept on disk until the function has had them, retried, given up.

At least once: an event is forgotten when the function has answered, so that a killed server calls again.
"""

import asyncio
import time
import uuid
from dataclasses import dataclass

import orjson

from clickgen.local.functions.failures import Failures
from clickgen.local.functions.functions import EmbeddedFunctions
from clickgen.local.functions.worker import Outcome
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.notices import say

_KIND = "event"
_RETRY_SECONDS = (60.0, 120.0)
"""How long after a failed call the next one is made."""
_THROTTLED_SECONDS = 1.0
"""How long after a call that did not reach the function the next one is made; it doubles up to five minutes."""
_MAX_THROTTLED_SECONDS = 300.0
_UNDER_WAY = 20
"""Events that are with their functions at once; the others wait on disk."""


@dataclass
class _Event:
    """One event that is under way."""

    id: str
    function: str
    payload: bytes
    accepted: float
    failures: int = 0


class EventQueue:
    """The asynchronous calls of one server."""

    def __init__(self, functions: EmbeddedFunctions, failures: Failures, clock: ServiceClock) -> None:
        self._functions = functions
        self._failures = failures
        self._clock = clock
        self._places = asyncio.Semaphore(_UNDER_WAY)
        self._tasks: set[asyncio.Task[None]] = set()
        for key, kept in functions.documents.all(_KIND):
            event = _Event(key, kept["function"], kept["payload"].encode(), kept["accepted"], kept["failures"])
            self._start(event)

    def has(self, function: str) -> bool:
        """Whether there is a function of that name or ARN."""
        return self._functions.has(function)

    def send(self, function: str, payload: bytes) -> str:
        """Accept an event; from here on it survives the death of the server. The id of the request."""
        name = self._functions.find(function).settings.name
        event = _Event(str(uuid.uuid4()), name, payload, time.time())
        self._keep(event)
        self._start(event)
        return event.id

    @property
    def waiting(self) -> int:
        """Events that were accepted and are not done."""
        return len(self._tasks)

    async def close(self) -> None:
        """Stop; what is under way is called again by the next server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, event: _Event) -> None:
        kept = {
            "function": event.function,
            "payload": event.payload.decode(),
            "accepted": event.accepted,
            "failures": event.failures,
        }
        self._functions.documents.put(_KIND, "", event.id, kept)

    def _start(self, event: _Event) -> None:
        task = asyncio.create_task(self._carry_out(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, event: _Event) -> None:
        throttled = _THROTTLED_SECONDS
        while True:
            try:
                function = self._functions.find(event.function)
                async with self._places:
                    outcome, _ = await self._functions.call(function, event.payload, request_id=event.id)
            except ServiceError as error:
                if error.code == "ResourceNotFoundException":
                    say(f"an event for the function {event.function} is dropped: the function is gone")
                    break
                outcome = Outcome(orjson.dumps({"errorMessage": error.message}), error.code, "error")
                wait, throttled = throttled, min(throttled * 2, _MAX_THROTTLED_SECONDS)
            else:
                if outcome.error is None:
                    break
                event.failures += 1
                wait = _RETRY_SECONDS[min(event.failures, len(_RETRY_SECONDS)) - 1]
            settings = function.settings.asynchronous
            age = (time.time() - event.accepted) * self._clock.speedup
            if event.failures > settings.retries or age + wait > settings.max_age:
                self._give_up(event, outcome, settings.on_failure)
                break
            self._keep(event)
            await self._clock.sleep(wait)
        self._functions.documents.delete(_KIND, "", event.id)

    def _give_up(self, event: _Event, outcome: Outcome, destination: str | None) -> None:
        function = self._functions.find(event.function)
        say(f"an event for the function {event.function} is given up after {event.failures} calls")
        if destination is not None:
            exhausted = event.failures > function.settings.asynchronous.retries
            self._failures.keep_event(
                destination,
                function.settings.arn,
                event.id,
                event.payload,
                outcome.payload,
                attempts=event.failures,
                condition="RetriesExhausted" if exhausted else "EventAgeExceeded",
            )
