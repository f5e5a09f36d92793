"""Statistics of metrics by the minute, in memory and on disk."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import orjson

from clickgen.local.cloudwatch.limits import MAX_POINTS, SAVE_SECONDS
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.links import Metrics

_KIND = "minute"


class MetricName(NamedTuple):
    """What a metric is known by; its dimensions are sorted pairs of name and value."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass
class Statistics:
    """What is known of the values of a metric in some time."""

    count: float = 0.0
    total: float = 0.0
    lowest: float = float("inf")
    highest: float = float("-inf")
    unit: str = "None"

    def add(self, value: float, times: float = 1.0) -> None:
        """Count a value, or the same one several times."""
        self.join(Statistics(times, value * times, value, value))

    def join(self, other: "Statistics") -> None:
        """Count all that another one has counted."""
        self.count += other.count
        self.total += other.total
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)

    def value(self, statistic: str) -> float:
        """One of the five statistics."""
        return {
            "SampleCount": self.count,
            "Average": self.total / self.count if self.count else 0.0,
            "Sum": self.total,
            "Minimum": self.lowest,
            "Maximum": self.highest,
        }[statistic]


class MetricStore(Metrics):
    """All metrics of a lake. Belongs to the running event loop."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        """Load what was saved; OSError."""
        self._now = now
        self._documents = Documents(folder / "metrics.sqlite")
        self._minutes: dict[int, dict[MetricName, Statistics]] = {}
        self._points = 0
        self._changed: set[int] = set()
        for minute, document in self._documents.all(_KIND):
            kept = {_name_of(text): Statistics(*values) for text, values in document.items()}
            self._minutes[int(minute)] = kept
            self._points += len(kept)
        self._saving = asyncio.create_task(self._save_for_ever())

    def add(
        self, namespace: str, name: str, dimensions: dict[str, str], value: float, unit: str = "Count"
    ) -> None:
        """Add a value to this minute's statistics of a metric."""
        metric = MetricName(namespace, name, tuple(sorted(dimensions.items())))
        self.at(metric, self._now(), unit).add(value)

    def at(self, metric: MetricName, when: float, unit: str) -> Statistics:
        """The statistics of a metric in the minute of that time, to add to."""
        minute = int(when) // 60
        self._changed.add(minute)
        metrics = self._minutes.setdefault(minute, {})
        found = metrics.get(metric)
        if found is None:
            found = metrics[metric] = Statistics(unit=unit)
            self._points += 1
            while self._points > MAX_POINTS and len(self._minutes) > 1:
                self._drop(min(self._minutes))
        return found

    def names(self) -> list[MetricName]:
        """Every metric that has a value, sorted."""
        return sorted({metric for metrics in self._minutes.values() for metric in metrics})

    def last_minute(self, metric: MetricName) -> int:
        """The newest minute in which a metric has a value."""
        return max(minute for minute, metrics in self._minutes.items() if metric in metrics)

    def periods(
        self, metric: MetricName, start: float, end: float, period: int, unit: str | None = None
    ) -> Iterator[tuple[int, Statistics]]:
        """The statistics of each period of that many seconds that has any, from `start` on and before `end`."""
        found: dict[int, Statistics] = {}
        first = int(start) // period * period
        for minute in sorted(self._minutes):
            if not first <= minute * 60 < end:
                continue
            one = self._minutes[minute].get(metric)
            if one is not None and unit in (None, one.unit):
                found.setdefault(minute * 60 // period * period, Statistics(unit=one.unit)).join(one)
        yield from sorted(found.items(), key=lambda pair: pair[0])

    def save(self) -> None:
        """Write the minutes that have changed since the last time."""
        if not self._changed:
            return
        with self._documents.together():
            for minute in self._changed:
                metrics = self._minutes.get(minute)
                if metrics is None:
                    self._documents.delete(_KIND, "", f"{minute:012d}")
                else:
                    document = {_text_of(metric): _values(one) for metric, one in metrics.items()}
                    self._documents.put(_KIND, "", f"{minute:012d}", document)
        self._changed.clear()

    def close(self) -> None:
        """Save, and let go of the file."""
        self._saving.cancel()
        self.save()
        self._documents.close()

    def _drop(self, minute: int) -> None:
        self._points -= len(self._minutes.pop(minute))
        self._changed.add(minute)

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            self.save()


def _values(one: Statistics) -> list[float | str]:
    return [one.count, one.total, one.lowest, one.highest, one.unit]


def _text_of(metric: MetricName) -> str:
    return orjson.dumps([*metric]).decode()


def _name_of(text: str) -> MetricName:
    namespace, name, dimensions = orjson.loads(text)
    return MetricName(namespace, name, tuple((key, value) for key, value in dimensions))
