"""What a recording looks like before it is replayed: its length, its longest gap, what is odd about its times."""

from collections.abc import Iterator
from datetime import UTC, datetime

from clickgen.model.amounts import count, counted, duration, latency
from clickgen.traffic.multiply import MAX_HELD_COPIES
from clickgen.traffic.recorded_times import TimesSeen

_LONG_GAP_S = 60.0
_MANY = 10  # events of which one can be told to be odd


def recording_lines(seen: TimesSeen, speed: float | None, max_gap_s: float | None) -> Iterator[str]:
    """The length of a recording, and how long its replay takes. speed: None if times do not set the pace."""
    looked = counted(seen.events, "event") if seen.whole else f"its first {count(seen.events)} events"
    if seen.first_s is None or seen.last_s is None:
        yield f"recording: {looked}"
        return
    gap = f", longest gap {long_or_short(seen.gap_s)}" if seen.gap_s > 0 else ""
    if seen.gap_s >= _LONG_GAP_S:
        gap += f" from {moment(seen.gap_at_s)}"
    length = long_or_short(seen.length_s)
    yield f"recording: {looked} from {moment(seen.first_s)} to {moment(seen.last_s)}, {length}{gap}"
    if speed is None:
        return
    at_least = "" if seen.whole else "at least "
    if max_gap_s is not None:
        takes = long_or_short(seen.length_s / speed)
        at_most = long_or_short(max_gap_s)
        yield f"at speed {speed:g} with gaps of {at_most} at most the replay takes up to {takes}"
    else:
        yield f"at speed {speed:g} the replay takes {at_least}{long_or_short(seen.length_s / speed)}"


def copies_lines(seen: TimesSeen, copies: int, jitter_s: float) -> Iterator[str]:
    """How many copies of the recording are replayed, and whether so many events can wait for their time."""
    if copies == 1:
        return
    yield f"multiplied: {counted(copies, 'copy', 'copies')}, each visitor moved by up to {long_or_short(jitter_s)}"
    waiting = (copies - 1) * seen.events * jitter_s / seen.length_s / 2 if seen.length_s else 0
    if waiting > MAX_HELD_COPIES:
        yield (
            f"warning: about {count(round(waiting))} events would wait for their time, and only "
            f"{count(MAX_HELD_COPIES)} may: many will be moved by less than their visitor's time; a shorter "
            "--jitter keeps visits as they were"
        )


def moment(seconds: float) -> str:
    """A Unix time for people."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def long_or_short(seconds: float) -> str:
    """A length of time for people, whether seconds or days."""
    return duration(seconds) if seconds >= 1 else latency(seconds)


def time_warnings(seen: TimesSeen, field: str | None, window_s: float) -> Iterator[str]:
    """A warning for each thing that will not go as recorded, with what to do about it.

    window_s: what is so much late is put in order.
    """
    looked = f"{'all' if seen.whole else 'the first'} {count(seen.events)} events"
    if seen.days_only:
        days = f"{count(len(seen.days))} of them" if len(seen.days) > 1 else "one of them"
        yield (
            f"{field} holds only days ({days} in {looked}), so the events of a day are due at once, and those of "
            "the next a day later; name a finer field with --time-field, or set the pace with --rate"
        )
    if seen.strays and seen.events >= _MANY:
        yield (
            f"of {looked} {count(len(seen.strays))} far from all others in time, like "
            f"{moment(seen.strays[0])}, leave with their neighbours"
        )
    if seen.out_of_order:
        yield _order_words(seen, looked, field, window_s)


def _order_words(seen: TimesSeen, looked: str, field: str | None, window_s: float) -> str:
    words = (
        f"not in order of time: of {looked}, {count(seen.out_of_order)} come after a later one, "
        f"up to {long_or_short(seen.latest_s)} behind it"
    )
    if not seen.beyond:
        return words + ", and are put in order"
    put = f"those up to {long_or_short(window_s)} behind are put in order, {count(seen.beyond)} leave"
    put = put if window_s else "they leave"
    return f"{words}; {put} together with a later one; --sort puts all in order of {field}"
