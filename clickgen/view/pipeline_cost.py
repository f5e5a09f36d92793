"""The bill of a pipeline, station by station: for people, each row with its basis, and as JSON."""

import textwrap
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from clickgen.cost.bill import Prices
from clickgen.cost.line import plural
from clickgen.model.amounts import counted, duration, usd, wanted
from clickgen.pipeline.bill import PipelineBill, PipelineRow

_WIDTH = 80
_INDENT = "    "
_ITEM_WIDTH = 26
_QUANTITY_WIDTH = 26


@dataclass(frozen=True, slots=True)
class PricedThrough:
    """A pipeline's bill with what it was made for."""

    name: str
    bill: PipelineBill
    prices: Prices
    region: str


def pipeline_cost_json(priced: PricedThrough) -> dict[str, object]:
    """The one JSON object that `cost --pipeline --json` prints; a row that is not priced has null for dollars."""
    bill, volume = priced.bill, priced.bill.volume
    return {
        "pipeline": priced.name,
        "events": volume.events,
        "event_bytes": volume.event_bytes,
        "seconds": volume.seconds,
        "rate": volume.rate,
        "region": priced.region,
        "prices": {"date": priced.prices.date, "region": priced.prices.region},
        "total_usd": bill.usd,
        "usd_per_million_events": bill.usd_per_million,
        "rows": [_row_json(row) for row in bill.rows],
        "not_in_total": [f"{row.station} {row.item}" for row in bill.unknown],
    }


def _row_json(row: PipelineRow) -> dict[str, object]:
    line = row.line
    return {
        "station": row.station,
        "item": row.item,
        "quantity": line.unpacked if line else None,
        "unit": line.unit if line else None,
        "usd": line.unpacked_usd if line else None,
        "basis": row.basis,
        "price": line.price if line else None,
        "source": line.source if line else None,
    }


def render_pipeline_cost(priced: PricedThrough, *, explain: bool) -> RenderableType:
    """The bill for 80 columns. explain: add the price of each row and its source."""
    bill, volume = priced.bill, priced.bill.volume
    took = duration(volume.seconds) if volume.seconds >= 1 else f"{volume.seconds:.2g}s"
    rate = wanted(round(volume.rate, 3)) if volume.rate >= 1 else f"{volume.rate:.3g}"
    parts = [
        Text(f"{counted(volume.events, 'event')} of {volume.event_bytes:,} B, {rate}/s for {took}"),
        Text(f"through {priced.name}, one event a record, as large at every station"),
        Text(f"prices of {priced.prices.date}, {priced.prices.region}, before taxes and free tiers"),
    ]
    station = None
    for row in sorted(bill.rows, key=lambda row: list(_first_places(bill)).index(row.station)):
        if row.station != station:
            station = row.station
            parts += [Text(), Text(station, style="bold")]
        parts += _lines(row, explain=explain)
    total = f"total {usd(bill.usd)}; {usd(bill.usd_per_million)} for a million events"
    parts += [Text(), Text(total, style="bold")]
    if bill.unknown:
        parts.append(
            Text(f"not in it: {counted(len(bill.unknown), 'item')} whose cost is not known, as said above")
        )
    return Group(*parts)


def _first_places(bill: PipelineBill) -> dict[str, None]:
    """The stations in the order of their first rows."""
    return dict.fromkeys(row.station for row in bill.rows)


def _lines(row: PipelineRow, *, explain: bool) -> list[Text]:
    if row.line is None:
        quantity, dollars = "", "not known"
    else:
        unit = row.line.unit if row.line.unpacked == 1 else plural(row.line.unit)
        quantity, dollars = f"{row.line.unpacked:,.4g} {unit}", usd(row.line.unpacked_usd)
        if row.line.unpacked >= 1000:
            quantity = f"{row.line.unpacked:,.0f} {unit}"
    head = f"  {row.item.ljust(_ITEM_WIDTH)} {quantity.rjust(_QUANTITY_WIDTH)} {dollars.rjust(12)}"
    lines = [Text(head), *(Text(line, style="dim") for line in _wrapped(row.basis))]
    if explain and row.line is not None:
        lines += [
            Text(line) for words in (row.line.price, f"source: {row.line.source}") for line in _wrapped(words)
        ]
    return lines


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
