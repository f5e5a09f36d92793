"""What a report is about: all that is kept of one run."""

from collections.abc import Sequence
from dataclasses import dataclass

from clickgen.run.timeline import Moment
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.verification_store import KeptFunnel, KeptVerification
from clickgen.view.runs import KnownRun

_WORST_FIRST = (Verdict.ANOMALOUS, Verdict.INCOMPLETE, Verdict.VERIFIED)


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A run with what was kept of it.

    moments: its timeline, empty where none was written. verifications: the latest of each place, the latest last.
    funnel: its stations, None where nobody looked at them together. repeat: the command that does it again.
    made_ms: when the report is made, Unix time in milliseconds.
    """

    known: KnownRun
    moments: Sequence[Moment]
    verifications: Sequence[KeptVerification]
    funnel: KeptFunnel | None
    repeat: str
    made_ms: int

    @property
    def verdict(self) -> Verdict | None:
        """The worst of all places; None where nobody has looked."""
        verdicts = {kept.report.verdict for kept in self.verifications}
        return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)

    @property
    def timed(self) -> KeptVerification | None:
        """The verification whose landing times are shown: the first place, else station, that tells when.

        None where nothing was sent, but generated.
        """
        if self.known.plan.command == "generate":
            return None
        timed = [kept for kept in self.verifications if kept.report.latencies.landed]
        by_first_landing = sorted(timed, key=lambda kept: min(kept.report.latencies.landed))
        return by_first_landing[0] if by_first_landing else None

    @property
    def start_ms(self) -> int:
        """Second 0 on the clock of whoever sent, Unix time in milliseconds."""
        if self.moments:
            first = self.moments[0]
            return first.at_ms - round(first.elapsed * 1000)
        return self.known.plan.began_ms or self.known.plan.created_ms
