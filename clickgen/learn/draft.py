"""From what was learned to the values of a profile, and the TOML that says them with comments."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np

from clickgen.learn.classes import PageClass
from clickgen.learn.gap_laws import GapLaws, StepLaw
from clickgen.learn.items import RELATED, ItemLaws
from clickgen.learn.kinds import Kinds
from clickgen.learn.mixture import Floats
from clickgen.learn.popularity import Popularity, stepped
from clickgen.learn.rhythm import Curve, Returns
from clickgen.learn.rows import Follow, KindRows, pooled_rows, rows_of
from clickgen.learn.visits import LONGEST, TIMEOUT_S, Visits
from clickgen.profile.graph import graph_problems

_DEPTHS = 16  # pages by which the chance to go on is given one by one
_LEAST_LONGEST = 20
_SELDOM = 2e-6
_FEW_AT_DEPTH = 50


@dataclass(slots=True)
class Draft:
    """All parts of a profile; None for those that the recording says nothing about."""

    description: str
    classes: Sequence[PageClass]
    visits: Visits
    kinds: Kinds
    gaps: GapLaws | None
    items: ItemLaws | None
    curve: Curve
    zone: str
    returns: Returns | None
    devices: list[dict[str, Any]] = field(default_factory=list)
    countries: list[dict[str, Any]] = field(default_factory=list)
    channels: list[dict[str, Any]] = field(default_factory=list)


def values_of(draft: Draft) -> dict[str, Any]:
    """The values of the profile; what the recording does not tell is as `profiles new` writes it."""
    usual = tomllib.loads(files("clickgen.profile").joinpath("starter.toml").read_text(encoding="utf-8"))
    keys = [one.key for one in draft.classes]
    views = np.bincount(draft.visits.page, minlength=len(keys)) / max(1, len(draft.visits.page))
    kinds = rows_of(draft.kinds, views)
    pooled = kinds[0] if len(kinds) == 1 else pooled_rows(draft.kinds, views)
    values: dict[str, Any] = {
        "description": draft.description,
        "sessions": _sessions(draft, pooled, keys),
        "pages": {one.key: _page(draft, number, one, pooled, keys) for number, one in enumerate(draft.classes)},
        "visitors": _visitors(draft, usual["visitors"]),
        "devices": _rounded_tables(draft.devices) or usual["devices"],
        "countries": _rounded_tables(draft.countries) or [usual["countries"][0] | {"zone": draft.zone}],
        "channels": _rounded_tables(draft.channels) or usual["channels"],
    }
    if len(kinds) > 1:
        values["sessions"]["kinds"] = [_kind(draft, number, rows, keys) for number, rows in enumerate(kinds)]
    if any(one.shows_item for one in draft.classes):
        values["catalogue"] = _catalogue(draft.items or ItemLaws((Popularity(1000, 0.8),), (), 0.0))
    if draft.curve.hours is not None:
        values["rhythm"] = {"hours": _numbers(draft.curve.hours), "zone": draft.zone}
        if draft.curve.weekdays is not None:
            values["rhythm"]["weekdays"] = _numbers(draft.curve.weekdays)
    _let_all_be_reached(values)
    return values


def _let_all_be_reached(values: dict[str, Any]) -> None:
    """Let very few visits begin on each page that no other leads to, as what is left of longer visits does."""
    sessions = values["sessions"]
    largest = max(sessions.get("kinds", [sessions]), key=lambda kind: float(kind.get("share", 1.0)))
    for path, _ in list(graph_problems(values)):
        key = path.removeprefix("pages.")
        if path.startswith("pages.") and key in values["pages"]:
            for entry in (sessions["entry"], largest["entry"]):
                first = max(entry, key=lambda page: float(entry[page]))
                entry.setdefault(key, 0.0)
                entry[first] = round(entry[first] - _SELDOM, 6)
                entry[key] = round(entry[key] + _SELDOM, 6)
                if largest is sessions:
                    break


def _sessions(draft: Draft, pooled: KindRows, keys: Sequence[str]) -> dict[str, Any]:
    laws, lengths = draft.gaps, draft.visits.lengths
    values = {
        "entry": shares_of(pooled.entry, keys),
        "go_on": _go_on(lengths),
        "max_pages": int(min(LONGEST, max(_LEAST_LONGEST, 1.5 * int(lengths.max(initial=1))))),
        "think_sigma": round(laws.sigma, 3) if laws is not None else 1.2,
        "timeout_s": _timeout(draft.visits),
    }
    if draft.kinds.count == 1:
        values |= _again(draft.kinds, 0)
    if laws is None:
        return values
    values["pace_sigma"] = round(min(laws.pace_sigma, 2.0), 3)
    if laws.shape:
        values["think_shape"] = list(laws.shape)
    if laws.pauses:
        values |= {"pause_s": _median(np.log(laws.pause_s)), "pause_sigma": round(laws.pause_sigma, 3)}
    return values | ({"resolution_s": laws.resolution_s} if laws.resolution_s >= 1 else {})


def _timeout(visits: Visits) -> float:
    return float(min(86_400.0, max(TIMEOUT_S, np.ceil(longest_gap(visits)) + 10)))


def longest_gap(visits: Visits) -> float:
    """The longest time between two events of a session, in seconds."""
    later = visits.later
    return float((visits.time[later] - visits.time[later - 1]).max(initial=0.0))


def _go_on(lengths: Any) -> list[float]:
    """The chance of another click after each page; only a summary where pages have their own chances to leave."""
    found: list[float] = []
    for depth in range(1, _DEPTHS + 1):
        reached = int(np.count_nonzero(lengths >= depth))
        if reached < _FEW_AT_DEPTH and found:
            break
        found.append(round(min(0.999, max(0.001, float(np.count_nonzero(lengths > depth)) / max(1, reached))), 4))
    return found


def _page(draft: Draft, number: int, one: PageClass, pooled: KindRows, keys: Sequence[str]) -> dict[str, Any]:
    laws = draft.gaps
    path = one.path if one.path.startswith("/") else f"/{one.key}"
    path = path.replace("{", "").replace("}", "")
    if one.shows_item:
        path = path.replace("*", "{product}", 1) if "*" in path else f"{path.rstrip('/')}/{{product}}"
    values: dict[str, Any] = {"event": one.event[:200], "path": path.replace("*", "1")[:200]}
    if one.shows_item:
        values["shows"] = "product"
        values |= {"product": one.product} if one.product != "any" else {}
        values |= {"ranks": list(one.ranks)} if one.ranks is not None else {}
    values["think_s"] = _median(laws.page_median[number]) if laws is not None else 30.0
    if laws is not None:
        values["think_sigma"] = round(float(laws.page_sigma[number]), 2)
        values |= _shares(laws, laws.page_at_once[number], laws.page_pause[number])
        values |= _shape(laws.page_shape[number])
        to = {keys[after]: _to(laws, step) for (page, after), step in laws.steps.items() if page == number}
        values |= {"to": to} if to else {}
    return values | _follows(pooled, number, keys)


def _shares(laws: GapLaws, at_once: float, pause: float) -> dict[str, float]:
    """The shares of clicks at once and of long pauses, if there are any."""
    found = {"at_once": round(float(at_once), 4)} if at_once > 0 else {}
    return found | ({"pause": round(float(pause), 4)} if laws.pauses else {})


def _shape(points: tuple[float, ...] | None) -> dict[str, list[float]]:
    return {} if points is None else {"think_shape": list(points)}


def _to(laws: GapLaws, step: StepLaw) -> dict[str, Any]:
    """What is different about the time before a page."""
    factor = float(f"{min(max(step.factor, 1e-3), 1e4):.4g}")
    values: dict[str, Any] = {"factor": factor, "think_sigma": round(step.sigma, 2)}
    values |= {"at_once": round(step.at_once, 4)} | _shape(step.shape)
    return values | ({"pause": round(step.pause, 4)} if laws.pauses else {})


def _median(log: float) -> float:
    return float(f"{max(1e-3, float(np.exp(log))):.4g}")


def _follows(rows: KindRows, number: int, keys: Sequence[str]) -> dict[str, Any]:
    """What follows a page, and what does if the page before was a certain one."""
    after = {keys[before]: _step(row, keys) for (before, page), row in rows.pairs.items() if page == number}
    return _step(rows.pages[number], keys) | ({"after": after} if after else {})


def _step(row: Follow, keys: Sequence[str]) -> dict[str, Any]:
    return {"leave": round(row.leave, 5), "next": shares_of(row.shares, keys)}


def _kind(draft: Draft, number: int, rows: KindRows, keys: Sequence[str]) -> dict[str, Any]:
    laws = draft.gaps
    pages: dict[str, Any] = {}
    for page, key in enumerate(keys):
        pages[key] = _follows(rows, page, keys)
        if laws is not None:
            pages[key]["think_s"] = _median(laws.kind_median[number, page])
            pages[key]["think_sigma"] = round(float(laws.kind_sigma[number, page]), 2)
            if laws.pauses:
                pages[key]["pause"] = round(float(laws.kind_pause[number, page]), 4)
    most = keys[int(np.argmax(rows.entry))]
    return {
        "name": f"kind {number + 1}, most often begun at {most}",
        "share": round(rows.share, 5),
        "entry": shares_of(rows.entry, keys),
        **_again(draft.kinds, number),
        "pages": pages,
    }


def _again(kinds: Kinds, kind: int) -> dict[str, list[float]]:
    """How one kind of session goes back to pages, if any does."""
    chances = kinds.revisits.again[kind].round(4).tolist()
    return {"again": chances} if chances else {}


def _visitors(draft: Draft, usual: Mapping[str, Any]) -> dict[str, Any]:
    found = draft.returns
    if found is None:
        return {"returning": usual["returning"], "returns_within_h": usual["returns_within_h"]}
    return {
        "returning": round(found.share, 4),
        "returns_after_h": float(f"{found.after_h:.4g}"),
        "returns_within_h": float(f"{found.within_h:.4g}"),
    }


def _catalogue(laws: ItemLaws) -> dict[str, Any]:
    first = laws.popularity[0]
    steps = first.steps if len(laws.popularity) == 1 else stepped(laws.popularity)
    products = sum(items for items, _ in steps) if steps else first.products
    values: dict[str, Any] = {"products": products, "popularity": first.exponent}
    if steps:
        values["popularity_steps"] = [
            {"products": items, "share": float(f"{share:.6g}")} for items, share in steps
        ]
    if laws.seen_again:
        values["seen_again"] = list(laws.seen_again)
    if laws.related:
        values["related"], values["related_products"] = laws.related, RELATED
    return values | {"categories": {"items": {"share": 1.0, "nouns": ["Item"]}}}


def shares_of(shares: Floats, keys: Sequence[str]) -> dict[str, float]:
    """Shares by key, largest first, without those that are 0; rounded, and still adding up to 1."""
    order = [n for n in np.argsort(-shares, kind="stable").tolist() if round(float(shares[n]), 6) > 0]
    found = {keys[n]: round(float(shares[n]), 6) for n in order}
    first = keys[order[0]]
    found[first] = round(found[first] + 1 - sum(found.values()), 6)
    return found


def _numbers(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]


def _rounded_tables(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables with their shares rounded, wherever they are."""
    return [_rounded(table) for table in tables]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value
