"""What a destination charges for what is put there, in dollars for billed bytes.

Each kind bills in units of its own; `SinkLimits.bill_unit` says how many bytes a unit stands for, so that one
budget and one sum serve all. It does not include what a stream or a table costs by the hour.
"""

import sys
from dataclasses import dataclass

from clickgen.cost.prices import Price
from clickgen.cost.volume import GIB


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Dollars for a billed byte, with the words of the price."""

    usd_per_byte: float
    words: str

    @classmethod
    def by_gb(cls, price: Price) -> "UnitPrice":
        """A price for gigabytes."""
        dollars = price.first / price.per
        return cls(dollars / GIB, f"${dollars:g}/GB")

    @classmethod
    def by_unit(cls, price: Price, unit: int, name: str) -> "UnitPrice":
        """A price for units of so many bytes."""
        return cls(price.first / price.per / unit, f"${price.first:g} for {price.per:,} {name}")


FREE = UnitPrice(0.0, "nothing")


@dataclass(frozen=True, slots=True)
class Tariff:
    """Dollars for a billed byte, with the words of the price and the date and region it is of."""

    usd_per_byte: float
    words: str
    date: str
    region: str

    def usd(self, billed_bytes: int) -> float:
        """Dollars for that many billed bytes, in the first tier."""
        return billed_bytes * self.usd_per_byte

    def billed_bytes(self, usd: float) -> int:
        """How many billed bytes cost no more than that; sys.maxsize if they cost nothing."""
        return int(usd / self.usd_per_byte) if self.usd_per_byte else sys.maxsize
