"""What of a ledger cannot be believed."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class LedgerDamage:
    """How much of a ledger is damaged; the events concerned are unknown. False where all of it can be believed.

    rows: rows of the ledger that are damaged. lost_leases: leases that are in the lease file and not in the ledger
    any more, with whatever it said of their events. lease_file: damaged records of the lease file.
    """

    rows: int = 0
    lost_leases: int = 0
    lease_file: int = 0

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def to_json(self) -> dict[str, dict[str, int]]:
        """What a JSON document says of it: nothing where nothing is damaged."""
        return {"ledger_damage": asdict(self)} if self else {}
