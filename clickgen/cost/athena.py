"""What a question to Athena costs."""

from clickgen.cost.prices import Prices
from clickgen.cost.volume import GIB

LEAST_SCANNED_BYTES = 10 << 20  # Athena pricing page: rounded up to a megabyte, with 10 MB at least a query
_STEP_BYTES = 1 << 20


def scan_usd(prices: Prices, scanned_bytes: int) -> float:
    """Dollars for one query that scanned so many bytes, where the workgroup is billed by what is scanned."""
    steps = -(-scanned_bytes // _STEP_BYTES)
    return prices.athena.scanned_gb.cost(max(steps * _STEP_BYTES, LEAST_SCANNED_BYTES) / GIB)
