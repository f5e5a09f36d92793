"""Comparing objects with what their stream's configuration promises, one after the other, in bounded memory."""

from array import array
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median

from clickgen.cost.objects import fills
from clickgen.cost.prices import Prices
from clickgen.cost.volume import MONTH_S, Volume
from clickgen.verify.inspections.layout.form import ObjectForm, promised_form
from clickgen.verify.inspections.layout.keys import ObjectKey, PrefixPattern, take_apart
from clickgen.verify.inspections.layout.promise import MIB, LayoutPromise
from clickgen.verify.inspections.layout.report import Finding, LayoutReport, Partition, Sizes, SmallFiles
from clickgen.verify.landings.objects.place import Stored

SMALL_BYTES = 128 * MIB
"""Under this a query pays for opening files rather than for reading [Athena user guide, performance tuning]."""

_SMALL_OBJECTS = 10  # fewer are not a habit
_SKEW, _SKEW_PARTITIONS = 10, 4
_SHOWN_PARTITIONS = 10
_LATE = timedelta(minutes=15)
_ZONE_OFF, _MOST_OFF = timedelta(minutes=30), timedelta(hours=15)
_LOOSE = 2  # hints are hints: an object may be larger, and there may be more of them
_NEVER_LATER_S = 900  # the longest interval of buffer hints


class LayoutCheck:
    """Takes objects, then says what was found."""

    def __init__(self, promise: LayoutPromise, zone: tzinfo | None) -> None:
        """zone: of the times in keys, if it is known."""
        self._promise, self._zone = promise, zone
        self._prefix = PrefixPattern(promise.place.prefix)
        self._findings: dict[str, Finding] = {}
        self._sizes = array("q")
        self._off_s = array("d")  # seconds from the time in a key to its landing
        self._first_ms, self._last_ms = 0, 0
        self._versions: set[int] = set()
        self._partitions: dict[str, list[int]] = {}
        self._forms: list[tuple[Stored, ObjectForm]] = []
        self.error_objects = 0

    def take(self, stored: Stored) -> None:
        """An object of the data, by its listing."""
        self._sizes.append(stored.size)
        self._first_ms = min(self._first_ms or stored.landed_ms, stored.landed_ms)
        self._last_ms = max(self._last_ms, stored.landed_ms)
        tally = self._partitions.setdefault(stored.key[: stored.key.rfind("/") + 1], [0, 0])
        tally[0] += 1
        tally[1] += stored.size
        if not stored.size:
            self._warn("empty", "objects without any bytes").add(stored.key)
        if self._promise.stream is not None:
            self._take_key(stored, self._promise.stream)

    def take_error(self) -> None:
        """An object of the error output."""
        self.error_objects += 1

    def take_outside(self, stored: Stored) -> None:
        """An object that landed during the run where neither data nor errors should."""
        stream = self._promise.stream
        own = stream is not None and take_apart(stored.key, stream) is not None
        if own:
            self._misfit("outside", "objects of this stream outside its prefixes").add(stored.key)
        else:
            self._warn("others", "objects of others, outside the stream's prefixes").add(stored.key)

    def take_form(self, stored: Stored, form: ObjectForm) -> None:
        """What the first bytes of an object say."""
        self._forms.append((stored, form))
        expected = promised_form(self._promise.place.compression, self._promise.converted)
        if stored.size and self._promise.stream is not None and expected and form.name != expected:
            words = f"objects whose bytes are not {expected}, which is configured"
            self._misfit("compression", words).add(f"{stored.key} ({form.name or 'of unknown form'})")
        if form.inner == "gzip":
            self._misfit("compressed twice", "objects that hold gzip within gzip").add(stored.key)

    def report(self, run: str, place: str, prices: Prices) -> LayoutReport:
        """What was found. prices: what small files cost by."""
        sizes = self._settle_sizes()
        self._settle_times()
        self._settle_partitions()
        small = self._small_files(prices)
        if len(self._versions) > 1:
            numbers = ", ".join(map(str, sorted(self._versions)))
            warning = self._warn("versions", f"the stream's configuration changed meanwhile: versions {numbers}")
            warning.count = len(self._versions)
        largest = sorted(self._partitions.items(), key=lambda item: -item[1][1])[:_SHOWN_PARTITIONS]
        return LayoutReport(
            run=run,
            place=place,
            prefix=self._prefix.text if self._promise.stream and self._promise.prefixed else None,
            findings=tuple(sorted(self._findings.values(), key=lambda finding: not finding.misfit)),
            sizes=sizes,
            partitions=tuple(Partition(prefix, *tally) for prefix, tally in largest),
            partition_count=len(self._partitions),
            error_objects=self.error_objects,
            looked_into=len(self._forms),
            small_files=small,
        )

    def _take_key(self, stored: Stored, stream: str) -> None:
        key = take_apart(stored.key, stream)
        if key is None:
            words = f"keys whose names are not {stream}-VERSION-TIME-UUID"
            self._misfit("name", words).add(stored.key)
            return
        self._versions.add(key.version)
        if not self._promise.prefixed:
            pass
        elif not self._prefix.fits(key.prefix):
            self._misfit("prefix", f"keys that do not begin with {self._prefix.text}").add(stored.key)
        elif not self._agree(key):
            self._misfit("partition", "keys whose prefix tells another time than their name").add(stored.key)
        if not self._promise.takes_extension(key.extension):
            words = f"keys that do not end as configured: {self._promise.extension_words}"
            self._misfit("extension", words).add(stored.key)
        if self._zone is not None:
            landed = datetime.fromtimestamp(stored.landed_ms / 1000, UTC)
            self._off_s.append((landed - key.at.replace(tzinfo=self._zone)).total_seconds())

    def _agree(self, key: ObjectKey) -> bool:
        """Whether the times in prefix and name agree, allowing for the time between the two."""
        span = self._prefix.span(key.prefix)
        late = timedelta(seconds=1.5 * self._promise.place.buffer_seconds) + _LATE
        return span is None or span.first - late <= key.at < span.end + late

    def _settle_sizes(self) -> Sizes:
        sizes = self._sizes
        ratios = [form.ratio for _, form in self._forms]
        ratio = sum(ratios) / len(ratios) if ratios else 1.0
        if self._promise.stream is not None and sizes:
            hint = self._promise.buffer_bytes
            over = sum(size * ratio > _LOOSE * hint for size in sizes)
            if over:
                words = (
                    f"objects of more than {_LOOSE} x {hint // MIB} MiB before compression, the buffer's size:"
                    " the stream is behind, or its hints are others"
                )
                self._warn("large", words).count = over
            self._settle_number(sum(sizes) * ratio)
        middle = int(median(sizes)) if sizes else 0
        smallest, largest = (min(sizes), max(sizes)) if sizes else (0, 0)
        return Sizes(len(sizes), sum(sizes), smallest, middle, largest, round(ratio, 2))

    def _settle_number(self, before_compression: float) -> None:
        """Whether there are more objects than one delivery lane would write."""
        place = self._promise.place
        span_s = max(1.0, (self._last_ms - self._first_ms) / 1000) + place.buffer_seconds
        volume = Volume(1, max(1, int(before_compression)), span_s)
        expected = fills(volume, place.buffer_mb, place.buffer_seconds or 1.0) + len(self._partitions)
        if len(self._sizes) > _LOOSE * expected + _SMALL_OBJECTS:
            words = (
                f"objects where one delivery lane would write about {expected:,}"
                f" ({place.buffer_mb} MiB or {place.buffer_seconds} s): several lanes, or many partitions"
            )
            self._warn("many", words).count = len(self._sizes)

    def _settle_times(self) -> None:
        """Whether keys are written in the configured zone, if all of them differ from it by the same time."""
        if not self._off_s:
            return
        usual = timedelta(seconds=1.5 * self._promise.place.buffer_seconds)
        off = timedelta(seconds=median(self._off_s)) - usual / 2
        spread = max(self._off_s) - min(self._off_s)
        if _ZONE_OFF < abs(off) < _MOST_OFF and spread < 2 * _NEVER_LATER_S:
            side = "behind" if off > timedelta(0) else "ahead of"
            name = self._promise.place.time_zone or "UTC"
            words = f"times in keys are {_hours(abs(off))} {side} the landing: is the zone {name}?"
            self._misfit("time zone", words).count = len(self._off_s)

    def _settle_partitions(self) -> None:
        volumes = [tally[1] for tally in self._partitions.values()]
        if len(volumes) < _SKEW_PARTITIONS:
            return
        largest, middle = max(volumes), median(volumes)
        if middle and largest >= _SKEW * middle:
            prefix = max(self._partitions, key=lambda name: self._partitions[name][1])
            words = f"the largest partition holds {largest / middle:,.0f} times the bytes of the middle one"
            self._warn("skew", words).add(prefix)

    def _small_files(self, prices: Prices) -> SmallFiles | None:
        small = sum(size < SMALL_BYTES for size in self._sizes)
        if small < _SMALL_OBJECTS:
            return None
        span_s = max((self._last_ms - self._first_ms) / 1000, float(self._promise.place.buffer_seconds), 1.0)
        a_month = prices.s3.put_requests.cost(len(self._sizes) / span_s * MONTH_S)
        self._warn("small", "objects under 128 MiB, which queries read slowly").count = small
        return SmallFiles(
            small=small,
            merged=max(1, -(-sum(self._sizes) // SMALL_BYTES)),
            usd_a_scan=prices.s3.get_requests.cost(len(self._sizes)),
            usd_a_month=None if self._promise.stream is None else a_month,
            date=prices.date,
        )

    def _misfit(self, what: str, words: str) -> Finding:
        return self._findings.setdefault(what, Finding(what, words, misfit=True))

    def _warn(self, what: str, words: str) -> Finding:
        return self._findings.setdefault(what, Finding(what, words, misfit=False))


def _hours(time: timedelta) -> str:
    return f"{time.total_seconds() / 3600:.1f} h"
