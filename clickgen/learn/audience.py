"""Who the visitors are: devices, countries and channels of those fields that a recording has."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.classes import FEWEST_VISITORS
from clickgen.learn.gather import Columns
from clickgen.learn.visits import Visits
from clickgen.profile.places import is_locale

_SYSTEMS = (
    ("iPad", "iPadOS"), ("iPhone", "iOS"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("CriOS", "Chrome iOS"),
    ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("MSIE", "Internet Explorer"),
    ("Trident", "Internet Explorer"),
)  # fmt: skip
_CODE = re.compile(r"^[A-Z]{2}$")
_MOST = 20  # countries and channels of their own
_CITIES = 20


def devices_of(columns: Columns, visits: Visits) -> list[dict[str, Any]]:
    """The kinds of devices with their shares, systems and browsers; none if no field says."""
    counts: Counter[tuple[str, str, str]] = Counter()
    if not columns.devices:
        return []
    for number, people in _people(columns.device, visits).items():
        found = device_of(columns.devices[number])
        if found is not None:
            counts[found] += people
    return _device_tables(_safe(counts)) if counts else []


def countries_of(columns: Columns, visits: Visits, zone: str) -> list[dict[str, Any]]:
    """The countries with their shares; none if no field says."""
    counts: Counter[str] = Counter()
    if not columns.countries:
        return []
    for number, people in _people(columns.country, visits).items():
        if _CODE.match(columns.countries[number]):
            counts[columns.countries[number]] += people
    known = {code: people for code, people in counts.most_common(_MOST) if people >= FEWEST_VISITORS}
    total = sum(known.values())
    return [
        {
            "code": code,
            "locale": locale_of(code),
            "share": people / total,
            "cities": _CITIES,
            "zone": zone,
            "languages": {locale_of(code).replace("_", "-"): 1.0},
        }
        for code, people in known.items()
    ]


def channels_of(columns: Columns, visits: Visits, own: Iterable[str] = ()) -> list[dict[str, Any]]:
    """What brought sessions: the hosts of the referrers of their first events; none if no field says."""
    if columns.referrers in ([], [""]):
        return []
    sessions = np.bincount(columns.referrer[visits.row], minlength=len(columns.referrers))
    people = _people(columns.referrer, visits)
    known = [n for n in np.argsort(-sessions, kind="stable").tolist() if people.get(n, 0) >= FEWEST_VISITORS]
    shares: dict[str, int] = {columns.referrers[n]: int(sessions[n]) for n in known[:_MOST]}
    others = int(sessions.sum()) - sum(shares.values())
    if others >= FEWEST_VISITORS:
        shares["other"] = others
    total = sum(shares.values())
    return [
        {"name": host or "direct", "share": count / total}
        | ({"referrer": f"https://{host}/"} if host not in ("", "other", *own) else {})
        for host, count in shares.items()
    ]


def _people(values: NDArray[np.int32], visits: Visits) -> dict[int, int]:
    """How many visitors have each number at the first event of a session."""
    rows = visits.row
    pairs = np.unique(np.stack([values[rows].astype(np.int64), visits.visitor], axis=1), axis=0)
    numbers, counts = np.unique(pairs[:, 0], return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _safe(counts: "Counter[tuple[str, str, str]]") -> "Counter[tuple[str, str, str]]":
    """The counts, where the browser of a rare device is not named, nor its system and type if they are rare."""
    for named in (2, 1, 0):
        found: Counter[tuple[str, str, str]] = Counter()
        for device, people in counts.items():
            kind, system, browser = device if people >= FEWEST_VISITORS else (*device[:named], *["other"] * 3)[:3]
            found[kind, system, browser] += people
        counts = found
    return counts


def _device_tables(counts: "Counter[tuple[str, str, str]]") -> list[dict[str, Any]]:
    def shares(beginning: tuple[str, ...], place: int) -> dict[str, float]:
        found: Counter[str] = Counter()
        for device, people in counts.items():
            if device[: len(beginning)] == beginning:
                found[device[place]] += people
        total = sum(found.values())
        return {name: number / total for name, number in found.most_common()}

    def systems(kind: str) -> list[dict[str, Any]]:
        return [
            {"os": system, "share": part, "browsers": shares((kind, system), 2)}
            for system, part in shares((kind,), 1).items()
        ]

    return [
        {
            "type": kind,
            "share": share,
            "systems": systems(kind),
        }
        for kind, share in shares((), 0).items()
    ]


def device_of(fields: Sequence[str]) -> tuple[str, str, str] | None:
    """Type, system and browser, from fields of their own or from the user agent."""
    agent, kind, system, browser = fields
    if not any(fields):
        return None
    of_agent = _parsed(agent)
    found = kind or of_agent[0], system or of_agent[1], browser or of_agent[2]
    return ("other", *found[1:]) if found[0] == "bot" else (found[0], found[1], found[2])


@lru_cache(maxsize=10_000)
def _parsed(agent: str) -> tuple[str, str, str]:
    system = next((name for sign, name in _SYSTEMS if sign in agent), "other")
    browser = next((name for sign, name in _BROWSERS if sign in agent), "other")
    if system == "Android" and browser == "Chrome":
        browser = "Chrome Mobile"
    if system in ("iOS", "iPadOS") and browser == "Safari":
        browser = "Mobile Safari"
    small = system == "iOS" or (system == "Android" and "Mobile" in agent)
    tablet = system in ("iPadOS", "Android") and not small
    return ("mobile" if small else "tablet" if tablet else "desktop"), system, browser


@lru_cache(maxsize=300)
def locale_of(code: str) -> str:
    """A locale that Faker knows, of the country if there is one."""
    tried = [
        f"{language}_{code}" for language in (code.lower(), "en", "es", "fr", "de", "ar", "pt", "zh", "ja", "da")
    ]
    return next((locale for locale in tried if is_locale(locale)), "en_US")
