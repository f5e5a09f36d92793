"""What a simulated run will show of visits, in words, before it begins."""

from clickgen.feed.visits_shown import VisitsShown
from clickgen.model.amounts import counted, instant
from clickgen.model.plan import Plan

_MANY = 10_000  # of so many, chance leaves three digits of an estimate; of fewer, two


def visits_words(plan: Plan, shown: VisitsShown | None) -> str | None:
    """About how many visits there are in how many events, and when they happen unless that is when they are sent.

    None if there is nothing to say.
    """
    if shown is None:
        if plan.natural is None:
            return None
        return f"events at times from {_second(plan.start_ms)} on, as many as can be sent"
    events = counted(shown.events, "event") if plan.planned is not None else "every hour"
    words = f"{events}: about {about(shown.sessions, 'session')} of {about(shown.visitors, 'visitor')}"
    if plan.natural is None and plan.time_scale == 1:
        return words
    return (
        f"{words}, at times from {_second(plan.start_ms)} to {_second(plan.start_ms + round(shown.span_s * 1000))}"
    )


def about(number: float, what: str) -> str:
    """An estimate with its noun, in as many digits as it is worth."""
    whole = max(1, round(number))
    digits = 3 if whole >= _MANY else 2
    return counted(round(whole, min(0, digits - len(str(whole)))), what)


def _second(unix_ms: int) -> str:
    return instant(unix_ms - unix_ms % 1000)
