"""A bill for people, unpacked and packed side by side, and as the JSON document of `cost --json`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.text import Text

from clickgen.cost.bill import Bill, Prices
from clickgen.cost.line import BillLine, BillSection, plural
from clickgen.model.amounts import counted, duration, usd, wanted

_MILLION = 1_000_000
_COLUMNS = ("unpacked", "", "packed", "")
_EXTRAS = "in no total: options"


@dataclass(frozen=True, slots=True)
class Priced:
    """A bill with what it was made for: the prices, the region, and whether records are to be packed."""

    bill: Bill
    prices: Prices
    region: str
    pack: bool


def cost_json(priced: Priced) -> dict[str, object]:
    """The one JSON object that `--json` prints. `total_usd` is for packed records, or not, as requested."""
    bill, volume = priced.bill, priced.bill.volume
    delivery = bill.delivery
    return {
        "events": volume.events,
        "event_bytes": volume.event_bytes,
        "seconds": volume.seconds,
        "rate": volume.rate,
        "region": priced.region,
        "prices": {"date": priced.prices.date, "region": priced.prices.region},
        "pack": priced.pack,
        "total_usd": delivery.packed_usd if priced.pack else delivery.unpacked_usd,
        "packing_saves_usd": delivery.unpacked_usd - delivery.packed_usd,
        "unpackable": bill.packing_forbidden_because,
        **{section.key: _section_json(section) for section in bill.sections},
        "extras": [asdict(line) for line in bill.extras],
        "notes": list(bill.notes),
    }


def render_cost(priced: Priced, *, explain: bool) -> list[Text]:
    """The bill, in tables that fit 80 columns. explain: add each line's formula, price and source below them."""
    bill, volume = priced.bill, priced.bill.volume
    # half a second must not be shown as none
    took = duration(volume.seconds) if volume.seconds >= 1 else f"{volume.seconds:.2g}s"
    rate = wanted(round(volume.rate, 3)) if volume.rate >= 1 else f"{volume.rate:.3g}"
    parts = [
        Text(f"{counted(volume.events, 'event')} of {volume.event_bytes:,} B, {rate}/s for {took}"),
        Text(f"prices of {priced.prices.date}, {priced.prices.region}, before taxes and free tiers"),
    ]
    widths = _widths(bill)
    for section in bill.sections:
        parts += [Text(), _row((section.title, *_COLUMNS), widths, "bold")]
        parts += [_row(_cells(line), widths) for line in section.lines]
        totals = ("total", "", _dollars(section.unpacked_usd), "", _dollars(section.packed_usd))
        parts += [_row(totals, widths, "bold"), _saving(section, pack=priced.pack)]
    if bill.extras:
        parts += [Text(), _row((_EXTRAS, *_COLUMNS), widths, "bold")]
        parts += [_row(_cells(line), widths) for line in bill.extras]
    parts += [Text(f"note: {note}") for note in bill.notes]
    return [*parts, *(_explained(bill) if explain else ())]


def _cells(line: BillLine) -> tuple[str, ...]:
    units = plural(line.unit)
    return (
        line.name if line.name.endswith(units) else f"{line.name}, {units}",
        _quantity(line.unpacked),
        _dollars(line.unpacked_usd),
        _quantity(line.packed),
        _dollars(line.packed_usd),
    )


def _widths(bill: Bill) -> list[int]:
    """One width a column for all tables, so that their columns are aligned."""
    rows = [_cells(line) for line in (*(line for one in bill.sections for line in one.lines), *bill.extras)]
    rows += [("", "", _dollars(one.unpacked_usd), "", _dollars(one.packed_usd)) for one in bill.sections]
    rows += [(one.title, *_COLUMNS) for one in bill.sections]
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _row(cells: Sequence[str], widths: Sequence[int], style: str = "") -> Text:
    figures = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return Text("  ".join([cells[0].ljust(widths[0]), *figures]).rstrip(), style=style)


def _saving(section: BillSection, *, pack: bool) -> Text:
    """What packing saves, or would save."""
    unpacked, saved = section.unpacked_usd, section.unpacked_usd - section.packed_usd
    if saved <= 0:
        return Text("packing changes nothing")
    share = saved / unpacked * 100
    percent = f"{share:.0f} %" if share >= 1 else "under 1 %"
    return Text(f"packing {'saves' if pack else 'would save'} {_dollars(saved)} ({percent})", style="green")


def _explained(bill: Bill) -> Iterator[Text]:
    groups = [(section.title, section.lines) for section in bill.sections]
    for title, lines in [*groups, (_EXTRAS, bill.extras)]:
        for line in lines:
            yield Text()
            yield Text(f"{title}: {line.name}", style="bold")
            for words in (line.formula, line.price, f"source: {line.source}"):
                yield Text(f"  {words}")


def _dollars(amount: float) -> str:
    """Dollars, from a hundred thousand on without cents."""
    return f"${amount:,.0f}" if amount >= 100_000 else usd(amount)


def _quantity(number: float) -> str:
    """A quantity in a few signs: 0.381, 12.5, 8,640, 1,296.0 M, 129.6 G."""
    if number >= 10_000 * _MILLION:
        return f"{number / _MILLION / 1000:,.1f} G"
    if number >= 10 * _MILLION:
        return f"{number / _MILLION:,.1f} M"
    if number >= 1000 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.3g}" if number >= 0.001 else "<0.001"


def _section_json(section: BillSection) -> dict[str, object]:
    return {
        "title": section.title,
        "unpacked_usd": section.unpacked_usd,
        "packed_usd": section.packed_usd,
        "lines": [asdict(line) for line in section.lines],
    }
