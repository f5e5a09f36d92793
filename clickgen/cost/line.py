"""A line of a bill, and a section of lines: quantities and dollars, unpacked and packed side by side."""

from dataclasses import dataclass

from clickgen.cost.prices import Price


@dataclass(frozen=True, slots=True)
class BillLine:
    """What one item costs. `unpacked` and `packed` are quantities in `unit`.

    formula: how the quantity comes about. price: dollars for a unit, in words. source: of the price.
    """

    name: str
    unit: str
    unpacked: float
    packed: float
    unpacked_usd: float
    packed_usd: float
    formula: str
    price: str
    source: str


@dataclass(frozen=True, slots=True)
class BillSection:
    """What one service, or one road to the lake, costs: the sum of its lines. `key` names it in JSON."""

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
    name: str,
    price: Price,
    unit: str,
    quantity: float | tuple[float, float],
    formula: str,
    *,
    months: float = 1.0,
) -> BillLine:
    """A line of `quantity` units, one figure or (unpacked, packed), used evenly over so many months."""
    unpacked, packed = quantity if isinstance(quantity, tuple) else (quantity, quantity)
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
    per = f"a {unit}" if price.per == 1 else f"for {price.per:,} {plural(unit)}"
    first, *further = price.steps
    if first.up_to is None:
        return f"${plain(first.usd)} {per}"
    words = [f"${plain(first.usd)} {per} up to {first.up_to:,.0f} a month"]
    words += [f"${plain(step.usd)} up to {step.up_to:,.0f}" for step in further if step.up_to is not None]
    return ", ".join([*words, f"then ${plain(further[-1].usd)}"])


def plural(unit: str) -> str:
    """Many of a unit."""
    return unit if unit == "GB" else unit + "s"


def plain(number: float) -> str:
    """A price without an exponent and without trailing zeros."""
    return f"{number:.12f}".rstrip("0").rstrip(".") or "0"
