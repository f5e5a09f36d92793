"""A damaged ledger, in words."""

from rich.text import Text

from clickgen.ledger.damage import LedgerDamage
from clickgen.model.amounts import counted
from clickgen.view.account import labelled


def ledger_line(damage: LedgerDamage) -> list[Text]:
    """A line that says what is damaged; none where nothing is."""
    return [labelled("ledger", damage_words(damage), "bold red")] if damage else []


def damage_words(damage: LedgerDamage) -> str:
    """What is damaged and what follows from it; empty where nothing is."""
    parts = []
    if damage.lost_leases:
        parts.append(f"{counted(damage.lost_leases, 'lease')} lost, whose events are unknown")
    if damage.rows:
        parts.append(f"{counted(damage.rows, 'entry', 'entries')} not to be believed, whose events are unknown")
    if damage.lease_file:
        parts.append(f"{counted(damage.lease_file, 'record')} of its lease file not to be believed")
    return f"damaged: {', '.join(parts)}" if parts else ""
