"""Names of time zones."""

import difflib
from zoneinfo import ZoneInfo, available_timezones

from clickgen.model.errors import UsageProblem


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def check_zone(name: str) -> None:
    """UsageProblem if there is no time zone of that name."""
    if not is_zone(name):
        close = difflib.get_close_matches(name, available_timezones(), n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "write a name like Europe/Berlin"
        raise UsageProblem(f"--zone {name!r} is not a time zone", hint)
