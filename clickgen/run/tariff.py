"""What a destination charges for what is put there, in dollars for billed bytes.

Each kind bills in units of its own; `SinkLimits.bill_unit` says how many bytes a unit stands for, so that one
budget and one sum serve all. What a stream or a table costs by the hour is no part of it.
"""

import sys
from dataclasses import dataclass

from clickgen.cost.prices import Price, Prices
from clickgen.cost.volume import GIB
from clickgen.model.plan import Destination
from clickgen.sink.open import limits_of


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
        """How many billed bytes cost no more than that; sys.maxsize where they cost nothing."""
        return int(usd / self.usd_per_byte) if self.usd_per_byte else sys.maxsize


def tariff_of(destination: Destination, prices: Prices) -> Tariff:
    """What that destination charges."""
    unit = limits_of(destination).bill_unit
    match destination.kind:
        case "firehose":
            per_byte, words = _by_gb(prices.firehose.ingestion_gb)
        case "kinesis" if destination.on_demand:
            per_byte, words = _by_gb(prices.kinesis.in_gb)
        case "kinesis":
            per_byte, words = _by_unit(prices.kinesis.put_units, unit, f"PUT units of {unit // 1024} KB")
        case "dynamodb":
            per_byte, words = _by_unit(prices.dynamodb.write_units, unit, "write units of 1 KB")
        case "s3":
            per_byte, words = _by_unit(prices.s3.put_requests, unit, "PUT requests")
        case _:
            per_byte, words = 0.0, "nothing"
    return Tariff(per_byte, words, prices.date, prices.region)


def _by_gb(price: Price) -> tuple[float, str]:
    dollars = price.first / price.per
    return dollars / GIB, f"${dollars:g}/GB"


def _by_unit(price: Price, unit: int, name: str) -> tuple[float, str]:
    return price.first / price.per / unit, f"${price.first:g} for {price.per:,} {name}"
