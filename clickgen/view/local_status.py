"""The stations of a running pipeline, as `clickgen local status` shows them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clickgen.model.amounts import count, duration
from clickgen.model.outside_text import one_line
from clickgen.pipeline.troubles import QUIET_STATES, planted

_BAD = "bold red"
_FAULT = "yellow"


def status_view(name: str, status: Mapping[str, Any], order: Sequence[str] = ()) -> RenderableType:
    """A table with a row for each station, and below it what went wrong last.

    order: stations in the order in which events pass them; the others follow by name.
    """
    stations = sorted(status["stations"], key=lambda station: _position(station["station"], order))
    table = Table(box=None, pad_edge=False, header_style="bold", title=None)
    table.add_column("station", no_wrap=True)
    for column in ("arrived", "handed on", "waiting", "failed", "lag"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for station in stations:
        failed = Text(count(station["failed"]), _BAD if station["failed"] else "")
        lag = "" if station["lag_s"] is None else duration(station["lag_s"])
        table.add_row(
            Text(one_line(station["station"])),
            count(station["arrived"]),
            count(station["left"]),
            count(station["waiting"]),
            failed,
            lag,
            _remarks(station),
        )
    heading = Text.assemble((one_line(name), "bold"), f"  {one_line(str(status.get('endpoint_url', '')))}")
    return Group(heading, Text(), table, *_errors(stations))


def _position(station: str, order: Sequence[str]) -> tuple[int, str]:
    return (order.index(station) if station in order else len(order), station)


def _remarks(station: Mapping[str, Any]) -> Text:
    words = [] if station["state"] in QUIET_STATES else [one_line(station["state"])]
    if station.get("damaged"):
        words.append(f"{count(station['damaged'])} damaged")
    taken = {name: number for name, number in (station.get("consumers") or {}).items() if name != "outside"}
    if len(taken) > 1:
        words += [f"{count(number)} to {one_line(name)}" for name, number in sorted(taken.items())]
    words += [planted(station["faults"])] if station["faults"] else []
    return Text(", ".join(words), _FAULT)


def _errors(stations: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    failed = [station for station in stations if station["last_error"]]
    if failed:
        yield Text()
    for station in failed:
        yield Text.assemble((f"{one_line(station['station'])}: ", _BAD), one_line(station["last_error"]))
