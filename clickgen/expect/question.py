"""A question about a run's events: by what they are grouped, and what is counted."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from clickgen.model.errors import UsageProblem

DAY, HOUR, MINUTE = "day", "hour", "minute"
PARTS_OF_TIME = (DAY, HOUR, MINUTE)  # as in 2026-11-21, 14 and 2026-11-21T14:05
HITS, USERS, SESSIONS, ORDERS, REVENUE = "hits", "users", "sessions", "orders", "revenue"
MEASURES = (HITS, USERS, SESSIONS, ORDERS, REVENUE)
OF_STEPS = (USERS, SESSIONS)  # what is counted at each step of a funnel


@dataclass(frozen=True, slots=True)
class Question:
    """By what events are grouped, and what is counted."""

    by: tuple[str, ...] = ()  # names of dimensions; none gives totals
    funnel: bool = False  # whether to count who gets to each step
    steps: tuple[str, ...] = ()  # event types that are steps, instead of those that follow from the pages
    zone: str = "UTC"  # of days, hours and minutes
    unknown: bool = False  # whether events count of which it is not known whether they were accepted

    def __post_init__(self) -> None:
        twice = [name for place, name in enumerate(self.by) if name in self.by[:place]]
        if twice:
            raise UsageProblem(f"--by names {twice[0]} twice", "name each dimension once")
        zone_of(self.zone)


def zone_of(name: str) -> tzinfo:
    """The time zone of this name; UsageProblem if there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as problem:
        raise UsageProblem(
            f"there is no time zone {name!r}", "write an IANA name, such as Europe/Berlin"
        ) from problem


def of_step(step: str, what: str) -> str:
    """The name of what is counted at a step: `cart_users`."""
    return f"{step}_{what}"


def step_in(measure: str) -> str | None:
    """The step at which a measure is counted, or None if it is of all events."""
    return None if measure in MEASURES else measure.rpartition("_")[0]
