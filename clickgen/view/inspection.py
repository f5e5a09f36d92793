"""What `clickgen inspect` found, for people at 80 columns and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from clickgen.model.amounts import count, counted, measured, percent, size
from clickgen.model.form import Form
from clickgen.read.json_value import written_value
from clickgen.read.unwrap import Wrapper
from clickgen.traffic.identities import Identities
from clickgen.traffic.inspection import MOST_DISTINCT, FieldSeen, Inspection, order_of
from clickgen.traffic.time_field import TimeField
from clickgen.view.console import Console, cut_row
from clickgen.view.replay import long_or_short, moment

WIDTH = 80
_BARS = " ▁▂▃▄▅▆▇█"
_FIELDS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Inspected:
    """A recording, and what was found in it."""

    sources: Sequence[tuple[str, Form]]
    unread: Mapping[str, str]  # sources that are not read, and why
    wrapper: Wrapper | None
    time: TimeField
    zone: str | None  # of times that name none, if it was given
    identities: Identities
    found: Inspection


def inspected_json(inspected: Inspected) -> dict[str, Any]:
    """The findings as one JSON object."""
    found, identities = inspected.found, inspected.identities
    late, latest = order_of(found.times)
    return {
        "sources": [{"name": name, "format": form.name, "each": form.each} for name, form in inspected.sources],
        "unread": dict(inspected.unread),
        "events": found.events,
        "whole": found.whole,
        "bytes": found.bytes,
        "skipped": dict(found.skipped),
        "wrapper": None if inspected.wrapper is None else inspected.wrapper._asdict(),
        "fields": {name: _field_json(seen, found.events) for name, seen in found.fields.items()},
        "time": {
            "field": inspected.time.name,
            "written_as": found.clock,
            "zone": inspected.zone or "UTC",
            "with_time": _timed(found),
            "days_only": inspected.time.days_only,
            "out_of_order": late,
            "latest_s": latest,
            **_span(found),
        },
        "visitors": {
            "field": identities.visitor,
            "count": len(found.visitors) if identities.visitor else None,
            "busiest": found.busiest,
        },
        "sessions": {"field": identities.session, "count": found.sessions},
        "event_id": identities.event,
        "schema": found.schema,
        "sample": found.sample,
    }


def _field_json(seen: FieldSeen, events: int) -> dict[str, Any]:
    return {
        "share": seen.present / events,
        "types": dict(seen.types),
        "distinct": len(seen.values),
        "example": seen.example,
    }


def _timed(found: Inspection) -> int:
    return sum(time == time for time in found.times)  # noqa: PLR0124  # NaN is not itself


def _span(found: Inspection) -> dict[str, Any]:
    known = np.sort([time for time in found.times if time == time])  # noqa: PLR0124  # NaN is not itself
    if not len(known):
        return {"first": None, "last": None, "seconds": None, "longest_gap_s": None, "rate": None, "rates": []}
    seconds = float(known[-1] - known[0])
    return {
        "first": _iso(float(known[0])),
        "last": _iso(float(known[-1])),
        "seconds": seconds,
        "longest_gap_s": float(np.diff(known).max()) if len(known) > 1 else 0.0,
        "rate": len(known) / seconds if seconds else None,
        "rates": found.rates,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def show_inspection(console: Console, inspected: Inspected) -> None:
    """Print the findings."""
    for line in _lines(inspected):
        console.print(cut_row(line, max(WIDTH, console.width) if console.is_terminal else WIDTH))


def _lines(inspected: Inspected) -> Iterator[str]:
    found = inspected.found
    yield from _source_lines(inspected)
    what = counted(found.events, "event") if found.whole else f"the first {count(found.events)} events"
    yield f"events    {what}, {size(found.bytes)}"
    for reason, number in found.skipped.most_common(5):
        yield f"skipped   {count(number)}: {reason}"
    if inspected.wrapper is not None:
        each = next((form.each for _, form in inspected.sources if form.each), None)
        yield f"wrapper   {inspected.wrapper.name}, events at {inspected.wrapper.each}" + (
            "" if each else f" (--each {inspected.wrapper.each})"
        )
    yield from _time_lines(inspected)
    yield from _people_lines(inspected)
    if found.schema is not None:
        yield f"schema    like {found.schema}"
    yield ""
    yield f"{'field':<28} {'in':>5} {'type':<14} {'values':>7}  example"
    for name, seen in list(found.fields.items())[:_FIELDS_SHOWN]:
        types = "/".join(kind for kind, _ in seen.types.most_common(2))
        share = percent(seen.present / found.events)
        yield f"{name:<28} {share:>5} {types:<14} {_distinct(seen):>7}  {seen.example or ''}"
    if len(found.fields) > _FIELDS_SHOWN:
        yield f"and {count(len(found.fields) - _FIELDS_SHOWN)} more fields; --json has all"
    yield ""
    for event in found.sample:
        yield (written_value(event) or b"").decode()


def _distinct(seen: FieldSeen) -> str:
    """How many different values a field has; they are counted up to a bound."""
    return count(len(seen.values)) + ("+" if len(seen.values) >= MOST_DISTINCT else "")


def _source_lines(inspected: Inspected) -> Iterator[str]:
    forms: dict[str, int] = {}
    for _, form in inspected.sources:
        forms[form.name] = forms.get(form.name, 0) + 1
    if len(inspected.sources) == 1:
        yield f"source    {inspected.sources[0][0]}"
        yield f"format    {inspected.sources[0][1].name}"
    else:
        yield f"sources   {count(len(inspected.sources))}"
        for name, number in forms.items():
            yield f"format    {name}: {count(number)}"
    for name, why in list(inspected.unread.items())[:5]:
        yield f"not read  {name}: {why}"


def _time_lines(inspected: Inspected) -> Iterator[str]:
    found, time = inspected.found, inspected.time
    if time.name is None or not _timed(found):
        yield "time      no field with times was found (--time-field, or replay at a --rate)"
        return
    span = _span(found)
    zone = f", taken as {inspected.zone or 'UTC'}" if found.clock == "text without a zone" else ""
    days = "; it holds only days" if time.days_only else ""
    yield f"time      {time.name}: {found.clock}{zone}{days}"
    missing = found.events - _timed(found)
    if missing:
        yield f"          {counted(missing, 'event')} without a time"
    known = [one for one in found.times if one == one]  # noqa: PLR0124  # NaN is not itself
    yield f"span      {moment(min(known))} to {moment(max(known))}"
    yield f"          {long_or_short(span['seconds'])}, longest gap {long_or_short(span['longest_gap_s'])}"
    late, latest = order_of(found.times)
    comes = "event comes" if late == 1 else "events come"
    behind = f"order     {count(late)} {comes} after a later one, up to {long_or_short(latest)} behind it"
    yield behind if late else "order     in order of time"
    if span["rate"] is not None:
        peak = max(span["rates"]) / (span["seconds"] / len(span["rates"]))
        yield f"rate      {_per_time(span['rate'])} on average, {_per_time(peak)} in the busiest part"
        yield f"          {_curve(span['rates'])}"


def _per_time(rate: float) -> str:
    """A rate in a unit in which it is a number over one."""
    for unit, seconds in (("s", 1), ("min", 60), ("h", 3600)):
        if rate * seconds >= 1:
            return f"{measured(rate * seconds)}/{unit}"
    return f"{measured(rate * 86_400)}/day"


def _curve(rates: Sequence[int]) -> str:
    top = max(rates)
    return "".join(_BARS[-(-number * (len(_BARS) - 1) // top)] for number in rates)


def _people_lines(inspected: Inspected) -> Iterator[str]:
    found, identities = inspected.found, inspected.identities
    if identities.visitor is None:
        yield "visitors  no field that says who was found (--visitor-field)"
        return
    per = found.events / max(1, len(found.visitors))
    busiest = percent(found.busiest / max(1, found.events))
    yield (
        f"visitors  {identities.visitor}: {count(len(found.visitors))}, {measured(per)} events each, "
        f"{busiest} by the busiest"
    )
    if found.sessions:
        by = identities.session or "half an hour without an event"
        yield f"sessions  by {by}: {count(found.sessions)}, {measured(found.events / found.sessions)} events each"
