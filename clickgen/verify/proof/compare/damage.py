"""The damage of all objects, and whose it is if no id can be seen in it."""

from collections import Counter
from dataclasses import dataclass, field

from clickgen.verify.proof.found.findings import ObjectFindings, Witness, WitnessedCount


@dataclass(slots=True)
class UnattributedDamage:
    """Damage, object after object.

    Damage without a visible id counts against the run if its object holds something of the run; if the object
    holds nothing that can be recognised, only if the run misses events, one of which it may have been; else it is
    somebody else's and counts as foreign.
    """

    conflicting: WitnessedCount = field(default_factory=WitnessedCount)
    corrupt: WitnessedCount = field(default_factory=WitnessedCount)
    truncated: WitnessedCount = field(default_factory=WitnessedCount)
    failures: WitnessedCount = field(default_factory=WitnessedCount)
    unread: WitnessedCount = field(default_factory=WitnessedCount)  # objects that could not be read
    unreadable: int = 0  # those that never will be
    codes: Counter[str] = field(default_factory=Counter)  # error records by the code that they name
    foreign: int = 0
    _nameless_corrupt: WitnessedCount = field(default_factory=WitnessedCount)
    _nameless_truncated: WitnessedCount = field(default_factory=WitnessedCount)

    def take(self, found: ObjectFindings) -> None:
        self.conflicting.merge(found.conflicting)
        self.corrupt.merge(found.corrupt)
        self.truncated.merge(found.truncated)
        self.failures.merge(found.failures)
        self.codes += found.failed_codes
        self.foreign += found.foreign
        if found.unread:
            self.unread.add(Witness(None, found.name, None, found.unread))
            self.unreadable += found.lasting
        if found.holds_run:
            self.corrupt.merge(found.stray_corrupt)
            self.truncated.merge(found.stray_truncated)
        elif found.holds_others:
            self.foreign += found.stray_corrupt.count + found.stray_truncated.count
        else:
            self._nameless_corrupt.merge(found.stray_corrupt)
            self._nameless_truncated.merge(found.stray_truncated)

    def settle(self, *, run_misses_events: bool) -> None:
        """Decide, after the last object, whose the damage is of which nothing in its object says that."""
        if run_misses_events:
            self.corrupt.merge(self._nameless_corrupt)
            self.truncated.merge(self._nameless_truncated)
        else:
            self.foreign += self._nameless_corrupt.count + self._nameless_truncated.count
