"""A line of a bill, and a section of lines: quantities and dollars, unpacked and packed side by side."""

from dataclasses import dataclass

from clickgen.cost.prices import Price
from clickgen.cost.volume import Volume


@dataclass(frozen=True, slots=True)
class BillLine:
    """What one item costs."""

    name: str
    unit: str
    unpacked: float  # the quantity in that unit
    packed: float
    unpacked_usd: float
    packed_usd: float
    formula: str  # how the quantity is calculated
    price: str  # dollars for a unit, in words
    source: str  # of the price


@dataclass(frozen=True, slots=True)
class BillSection:
    """What one service costs: the sum of its lines. `key` names it in JSON."""

    key: str
    title: str
    lines: tuple[BillLine, ...]

    @property
    def unpacked_usd(self) -> float:
        """The total with one event a record."""
        return sum(line.unpacked_usd for line in self.lines)

    @property
    def packed_usd(self) -> float:
        """The total with packed records."""
        return sum(line.packed_usd for line in self.lines)


def charge(
    volume: Volume,
    name: str,
    price: Price,
    unit: str,
    quantity: float | tuple[float, float],
    formula: str,
    *,
    kept: float = 0.0,
) -> BillLine:
    """A line of `quantity` units, one figure or (unpacked, packed), used evenly over the time of the traffic.

    kept: for what is stored, how many months after that it is kept.
    """
    unpacked, packed = quantity if isinstance(quantity, tuple) else (quantity, quantity)
    months = volume.months + kept
    return BillLine(
        name=name,
        unit=unit,
        unpacked=unpacked,
        packed=packed,
        unpacked_usd=price.cost(unpacked, months),
        packed_usd=price.cost(packed, months),
        formula=formula,
        price=price_words(price, unit),
        source=price.source,
    )


def price_words(price: Price, unit: str) -> str:
    """$0.029 a GB up to 512,000 a month, $0.025 up to 2,048,000, then $0.02; or $0.005 for 1,000 requests."""
    per = f"{_article(unit)} {unit}" if price.per == 1 else f"for {price.per:,} {plural(unit)}"
    first, *further = price.steps
    if first.up_to is None:
        return f"${_plain(first.usd)} {per}"
    words = [f"${_plain(first.usd)} {per} up to {first.up_to:,.0f} a month"]
    words += [f"${_plain(step.usd)} up to {step.up_to:,.0f}" for step in further if step.up_to is not None]
    return ", ".join([*words, f"then ${_plain(further[-1].usd)}"])


def _article(unit: str) -> str:
    return "an" if unit.startswith(("o", "i", "hour", "RPU")) else "a"


def plural(unit: str) -> str:
    return unit if unit == "GB" else unit + "s"


def _plain(number: float) -> str:
    """A price without an exponent and without trailing zeros."""
    return f"{number:.12f}".rstrip("0").rstrip(".") or "0"
