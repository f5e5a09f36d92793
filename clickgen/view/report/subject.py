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
    """A run with what was kept of it."""

    known: KnownRun
    moments: Sequence[Moment]  # its timeline, empty if none was written
    verifications: Sequence[KeptVerification]  # the latest of each place, the latest last
    funnel: KeptFunnel | None  # its stations, or None if nobody looked at them together
    repeat: str  # the command that does it again
    made_ms: int  # when the report is made, Unix time in milliseconds

    @property
    def verdict(self) -> Verdict | None:
        """The worst of all places, or None if nobody has looked."""
        verdicts = {kept.report.verdict for kept in self.verifications}
        return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)

    @property
    def timed(self) -> KeptVerification | None:
        """The verification whose landing times are shown, the one with the earliest landing.

        None if no place says when events landed, or if nothing was sent, but generated.
        """
        if self.known.plan.command == "generate":
            return None
        timed = [kept for kept in self.verifications if kept.report.latencies.landed]
        by_first_landing = sorted(timed, key=lambda kept: min(kept.report.latencies.landed))
        return by_first_landing[0] if by_first_landing else None

    @property
    def start_ms(self) -> int:
        """Second 0 on the sender's clock, Unix time in milliseconds."""
        if self.moments:
            first = self.moments[0]
            return first.at_ms - round(first.elapsed * 1000)
        return self.known.plan.began_ms or self.known.plan.created_ms
