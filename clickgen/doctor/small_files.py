"""How large a stream's objects will be at the wished rate, since small ones make every query slow."""

from collections.abc import Iterator

from clickgen.doctor.finding import Finding, fine, warning
from clickgen.doctor.stream_settings import StreamSettings
from clickgen.doctor.visit import Visit
from clickgen.model.amounts import size, wanted

SMALL_BYTES = 1 << 20
"""The smallest buffer that Firehose takes: below it only the interval decides, and queries mostly open files."""

_DAY_S = 86_400
_MOST_BUFFER_S = 900


def examine_sizes(visit: Visit, station: str, settings: StreamSettings) -> Iterator[Finding]:
    rate, volume = visit.wishes.rate, visit.wishes.bytes_a_second
    if rate is None or volume is None or settings.warehouse:
        return
    period = min(max(settings.seconds, 1.0), settings.mb * (1 << 20) / volume)
    each = int(volume * period)
    spread = ", each partition's smaller" if settings.partitions else ""
    what = (
        f"{wanted(rate)}/s of {visit.wishes.event_bytes} B make an object of {size(each)} every {period:.3g} s, "
        f"{round(_DAY_S / period):,} a day{spread}"
    )
    if each >= SMALL_BYTES:
        yield fine(station, what)
        return
    needed = SMALL_BYTES / volume
    if needed > _MOST_BUFFER_S:
        step = "join them afterwards, with CREATE TABLE AS for example: no buffer is long enough"
    else:
        step = f"raise IntervalInSeconds to {int(needed) + 1} or more, if that is not too late"
    yield warning(station, f"{what}: small files, which make queries slow and expensive", step)
