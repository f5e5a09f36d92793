"""Records that are scanned as one text: where in it each begins, and which of them a place in it is in."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.landing import Spot

_NEWLINE = b"\n"


def as_text(record: bytes) -> bytes:
    """A record as lines of its own, whether or not it ends with one: the next record is not its continuation."""
    return record if record.endswith(_NEWLINE) else record + _NEWLINE


@dataclass(frozen=True, slots=True)
class RecordPlaces:
    """starts: where each record begins in the text; its end may follow. names: of the records."""

    starts: Sequence[int]
    names: Sequence[str]

    def spot(self, offset: int) -> Spot:
        """The record that an offset of the text lies in, and the offset in the record."""
        position = min(bisect_right(self.starts, offset), len(self.names)) - 1
        return self.names[position], offset - self.starts[position]

    def name_witnesses(self, findings: ObjectFindings) -> None:
        """Let the witnesses of findings in the text point into the records."""
        for tally in (
            findings.failures,
            findings.conflicting,
            findings.corrupt,
            findings.truncated,
            findings.stray_corrupt,
            findings.stray_truncated,
        ):
            for position, witness in enumerate(tally.witnesses):
                name, offset = self.spot(witness.offset or 0)
                tally.witnesses[position] = witness._replace(object=name, offset=offset)
