"""The bill: what Firehose charges for ingestion. Prices are data with a date (prices.json).

Direct PUT bills each record rounded up to 5 KB; a GB is 2^30 bytes, as the pricing calculator counts. Prices
fall by monthly volume; a run is priced from the first tier, which is the dearest.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Prices:
    """What a GB of ingestion costs in dollars, and where and when that was so."""

    date: str
    region: str
    usd_per_gb: float

    def usd(self, billed_bytes: int) -> float:
        """Dollars for that many billed bytes."""
        return billed_bytes / GIB * self.usd_per_gb

    def billed_bytes(self, usd: float) -> int:
        """How many billed bytes cost no more than that."""
        return int(usd / self.usd_per_gb * GIB)


def load_prices() -> Prices:
    """The prices that come with clickgen."""
    data: dict[str, Any] = json.loads(files("clickgen.cost").joinpath("prices.json").read_text("utf-8"))
    tiers = data["firehose"]["direct_put_usd_per_gb"]
    return Prices(date=data["date"], region=data["region"], usd_per_gb=float(tiers[0]["usd"]))


def packed_estimate(events: int, event_bytes: int, record_bytes: int) -> int:
    """Billed bytes if `events` of `event_bytes` in all were packed into records of `record_bytes`.

    n = floor(record_bytes / mean event size) events a record, at least one; each record is billed whole.
    """
    if events == 0:
        return 0
    mean = event_bytes / events
    if mean >= record_bytes:
        return int(events * -(-mean // record_bytes) * record_bytes)
    per_record = int(record_bytes // mean)
    return -(-events // per_record) * record_bytes


def usd(amount: float) -> str:
    """Dollars for people: cents where they say something, otherwise two significant digits."""
    if amount == 0 or amount >= 0.095:
        return f"${amount:,.2f}"
    return f"${amount:.2g}" if amount >= 0.0001 else "under $0.0001"
