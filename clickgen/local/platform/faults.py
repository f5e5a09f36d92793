"""Misbehaving on request: throttling, failing records and calls, lost and late answers, poison, a standstill.

Each station ("firehose:clicks", "lambda:enrich") has faults of its own, which can be set while the server runs.
Every kind of fault draws from its own generator, so that turning one on does not move another. The same seed and
the same order of calls give the same faults (throttling also depends on the time).
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clickgen.local.platform.errors import ServiceError, internal_failure, slow_down


@dataclass(frozen=True)
class FaultSettings:
    """What goes wrong at a station. Shares are probabilities from 0 to 1."""

    throttle: float | None = None  # records a second let through, after a burst of one second's worth; None: all
    fail_records: float = 0.0  # share of records that fail
    fail_calls: float = 0.0  # share of calls refused whole
    drop_replies: float = 0.0  # share of calls carried out but never answered
    latency: float = 0.0  # seconds before each answer
    poison: float = 0.0  # share of records, items or objects that are damaged on their way in
    lambda_error: float = 0.0  # share of a function's invocations that end with an error
    pause: bool = False  # the station delivers, moves, calls or takes nothing until this is lifted
    seed: int = 0


_CALLS = frozenset({"throttle", "fail_records", "fail_calls", "drop_replies", "latency"})
HEEDED = {
    "firehose": _CALLS | {"poison", "pause"},
    "kinesis": _CALLS | {"poison", "pause"},
    "dynamodb": _CALLS | {"poison", "pause"},
    "s3": _CALLS | {"poison", "pause"},
    "lambda": _CALLS - {"drop_replies"} | {"lambda_error", "pause"},
    "pipe": frozenset({"throttle", "fail_calls", "latency", "poison", "pause"}),
    "mapping": frozenset({"pause"}),
    "crawler": frozenset({"fail_calls", "latency", "pause"}),
    "redshift": frozenset({"fail_calls", "latency", "pause"}),
}
"""The faults that mean something at each kind of station; the others are refused, since they would do nothing."""


class Faults:
    """The faults of one station, drawn call by call.

    throttled, failed: the errors of a record over the throttle and of one that fails by chance, in the words of
    the service. A call refused whole has them in turn. damaged: is called with the number of records that were
    poisoned, whenever some were.
    """

    def __init__(
        self,
        settings: FaultSettings,
        clock: Callable[[], float] = time.monotonic,
        *,
        throttled: Callable[[], ServiceError] = slow_down,
        failed: Callable[[], ServiceError] = internal_failure,
        damaged: Callable[[int], None] = lambda _count: None,
    ) -> None:
        self.settings = settings
        self._damaged = damaged
        self._clock = clock
        self._throttled = throttled
        self._failed = failed
        self._records = random.Random(f"{settings.seed} records")
        self._calls = random.Random(f"{settings.seed} calls")
        self._replies = random.Random(f"{settings.seed} replies")
        self._poisoned = random.Random(f"{settings.seed} poison")
        self._invocations = random.Random(f"{settings.seed} invocations")
        self._refused = 0
        self._burst = max(1.0, settings.throttle or 0.0)
        self._tokens = self._burst
        self._filled = clock()

    def refuse_call(self) -> None:
        """Raise the error of a call refused whole, if this one is."""
        if self.settings.fail_calls and self._calls.random() < self.settings.fail_calls:
            self._refused += 1
            raise self._throttled() if self._refused % 2 else self._failed()

    def failing(self, count: int) -> dict[int, ServiceError]:
        """Which of `count` records fail, and how: those over the throttle (the last), and some by chance."""
        chance = self.settings.fail_records
        failed: dict[int, ServiceError] = {}
        if chance:
            draw = self._records.random
            failed = {index: self._failed() for index in range(count) if draw() < chance}
        if self.settings.throttle is not None:
            for index in range(self._let_through(count, self.settings.throttle), count):
                failed[index] = self._throttled()
        return failed

    def drop_reply(self) -> bool:
        """Whether the connection closes instead of an answer."""
        chance = self.settings.drop_replies
        return bool(chance) and self._replies.random() < chance

    def poisoned(self, records: list[bytes]) -> list[bytes]:
        """The records as they arrive: those that are poisoned end in the middle."""
        chance = self.settings.poison
        if not chance:
            return records
        draw = self._poisoned.random
        poison = [draw() < chance for _ in records]
        if not any(poison):
            return records
        self._damaged(sum(poison))
        return [
            record[: len(record) // 2] if torn else record for record, torn in zip(records, poison, strict=True)
        ]

    def poisons_next(self) -> bool:
        """Whether the next item or object is to be damaged; it counts as damaged if so."""
        poisons = self.settings.poison > 0 and self._poisoned.random() < self.settings.poison
        if poisons:
            self._damaged(1)
        return poisons

    def poisons(self, name: str) -> bool:
        """Whether the record of this name is damaged: the same answer however often it is handed on."""
        chance = self.settings.poison
        return chance > 0 and random.Random(f"{self.settings.seed} poison {name}").random() < chance

    def note_damage(self, count: int) -> None:
        """Count records that `poisons` damaged, once they have been handed on."""
        if count:
            self._damaged(count)

    def holds_back(self, count: int) -> bool:
        """Whether a station that hands on by itself is to wait with so many records; else they are charged.

        A batch larger than the burst passes whole, and what follows it waits all the longer.
        """
        rate = self.settings.throttle
        if self.settings.pause or rate is None:
            return self.settings.pause
        self._fill(rate)
        if self._tokens < min(count, self._burst):
            return True
        self._tokens -= count
        return False

    def fails_invocation(self) -> bool:
        """Whether a function's invocation ends with an error before its handler is called."""
        chance = self.settings.lambda_error
        return bool(chance) and self._invocations.random() < chance

    def _let_through(self, count: int, rate: float) -> int:
        self._fill(rate)
        granted = min(count, int(self._tokens))
        self._tokens -= granted
        return granted

    def _fill(self, rate: float) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * rate)
        self._filled = now


def half_of_item(item: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """An item as poison leaves it: its keys and the first half of its other attributes."""
    others = [name for name in item if name not in keys]
    return {name: value for name, value in item.items() if name in keys or name in others[: len(others) // 2]}


class ServiceFaults:
    """The faults of one service's stations, in the words of that service."""

    def __init__(
        self,
        board: "FaultBoard",
        kind: str,
        *,
        throttled: Callable[[], ServiceError] = slow_down,
        failed: Callable[[], ServiceError] = internal_failure,
    ) -> None:
        self._board = board
        self._kind = kind
        self._throttled = throttled
        self._failed = failed
        self._stations: dict[str, Faults] = {}

    def of(self, name: str) -> Faults:
        """The faults of the stream, table or function of this name."""
        faults = self._stations.get(name)
        station = f"{self._kind}:{name}"
        settings = self._board.settings(station)
        if faults is None or faults.settings is not settings:
            faults = Faults(
                settings,
                throttled=self._throttled,
                failed=self._failed,
                damaged=lambda count: self._board.damaged.update({station: count}),
            )
            self._stations[name] = faults
        return faults

    def own(self, name: str) -> Faults | None:
        """Its faults if it has some of its own; None if it has at most those of every station."""
        return self.of(name) if self._board.has_own(f"{self._kind}:{name}") else None


class FaultBoard:
    """What goes wrong where: the faults of every station, for all services of one server."""

    def __init__(self, everywhere: FaultSettings | None = None) -> None:
        """everywhere: the faults of stations that have none of their own."""
        self.damaged = Counter[str]()  # by station, what poison has damaged since the server started
        self._everywhere = everywhere or FaultSettings()
        self._stations: dict[str, FaultSettings] = {}

    def settings(self, station: str) -> FaultSettings:
        """The faults of "kind:name"."""
        return self._stations.get(station, self._everywhere)

    def has_own(self, station: str) -> bool:
        """Whether "kind:name" has been given faults of its own."""
        return station in self._stations

    def set(self, station: str, settings: FaultSettings) -> None:
        """Give a station faults of its own, from its next call on."""
        self._stations[station] = settings
