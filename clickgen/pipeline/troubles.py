"""What a running pipeline itself says is wrong: stations that stand still, misbehave on request, or have failed.

Verification shows where events are missing; this says why, also of what lies between two stations or beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clickgen.model.amounts import count
from clickgen.verify.stations.stations_report import Trouble

QUIET_STATES = frozenset({"ACTIVE", "Active", "RUNNING", "READY", "AVAILABLE", "Enabled"})
"""States of stations, in the words of their services, that nobody has to do anything about."""

_STARTS = {"pipe": "pipes start-pipe --name {name}"}
_LAST_TRY = frozenset({"crawler"})
"""Kinds whose last error is that of the last attempt, which a later one takes back."""


def troubles(status: Mapping[str, Any], order: Sequence[str], *, past: bool) -> list[Trouble]:
    """The troubles that a status tells of, in the order in which events pass the stations.

    past: whether errors count that need not hold any more.
    """
    places = {address: place for place, address in enumerate(order)}
    stations = sorted(
        status["stations"], key=lambda one: (places.get(one["station"], len(places)), one["station"])
    )
    found = []
    for station in stations:
        words = list(_words(station, past=past))
        if words:
            hint = _hint(station, str(status.get("endpoint_url", "")))
            found.append(Trouble(station["station"], "; ".join(words), hint))
    return found


def planted(faults: Mapping[str, Any]) -> str:
    """Faults in words: "pause, poison 0.01"."""
    return ", ".join(
        name.replace("_", "-") + ("" if value is True else f" {value:g}") for name, value in faults.items()
    )


def _words(station: Mapping[str, Any], *, past: bool) -> Iterator[str]:
    if station["state"] not in QUIET_STATES:
        yield f"is {station['state']}"
    faults = {name: value for name, value in station["faults"].items() if name != "seed"}
    if faults:
        yield f"misbehaves as requested: {planted(faults)}"
    if station.get("damaged") and (faults or past):
        yield f"{count(station['damaged'])} damaged by poison"
    held = {name: station[name] for name in ("failed", "waiting") if station[name]}
    if station["last_error"] and held and (past or station["station"].partition(":")[0] in _LAST_TRY):
        numbers = ", ".join(f"{count(number)} {name}" for name, number in held.items())
        yield f"{numbers}, last error: {station['last_error']}"


def _hint(station: Mapping[str, Any], endpoint_url: str) -> str:
    kind, _, name = station["station"].partition(":")
    if station["faults"]:
        return f"clickgen local fault {station['station']} --clear"
    if station["state"] == "STOPPED" and kind in _STARTS:
        return f"aws --endpoint-url {endpoint_url} {_STARTS[kind].format(name=name)}"
    if kind == "lambda":
        return f"clickgen local logs {name}"
    return "clickgen local status"
