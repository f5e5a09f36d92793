"""From the two sides that `compare` names to what is held against each other."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clickgen.cli.recorded import read_recording
from clickgen.cli.replay_options import ReadingOptions
from clickgen.model.errors import ClickgenError, UsageProblem

if TYPE_CHECKING:
    from clickgen.compare.events import Events
    from clickgen.compare.named import NamedProfile, NamedRecording
    from clickgen.compare.past_run import PastRun
    from clickgen.ledger.folder import RunFolder

# Two profiles are not like any recording: enough visitors for the classifier's test to be exact, in a day.
_VISITORS = 5_000
_MOST_VISITORS = 20_000  # generated to match a recording: more make no distance clearer
_SINCE_MS, _DAY_MS = 1_782_950_400_000, 86_400_000  # midnight UTC, before a usual Thursday
_INSTANT_MS = 60_000  # a recording that is shorter has no time to speak of, and a profile gets as long as this:
_SHORTEST_MS = 30 * 60_000
_MIDDLE = 0.9  # of the events: their time, and as much before and after it, is when the other side's traffic is


@dataclass(slots=True)
class SidesRead:
    """The events of both sides."""

    events: "list[Events]" = field(default_factory=list)
    unread: bool = False  # some of a recording could not be read


def read_sides(named: "list[NamedRecording | NamedProfile]", reading: ReadingOptions, limit: int) -> SidesRead:
    """Read recordings, and generate the traffic of profiles: as many visitors as the other side, in its time."""
    from clickgen.compare.named import NamedProfile, NamedRecording

    found = SidesRead()
    read = [
        _recorded(side.text, reading, limit, found) if isinstance(side, NamedRecording) else None for side in named
    ]
    for side, events, other in zip(named, read, reversed(read), strict=True):
        if isinstance(side, NamedProfile):
            found.events.append(_made(side, other))
        elif events is not None:
            found.events.append(events)
    return found


def _recorded(text: str, reading: ReadingOptions, limit: int, found: SidesRead) -> "Events":
    from clickgen.compare.events import Events

    try:
        recording = read_recording((text,), reading, limit, "compare")
    except ClickgenError as problem:
        if not problem.in_lines and text not in problem.message:
            problem.message = f"{text}: {problem.message}"
        raise
    found.unread |= recording.unread
    return Events(text, recording.columns, recording.fields, recording.has_visitor)


def _made(side: "NamedProfile", like: "Events | None") -> "Events":
    import numpy as np

    from clickgen.compare.generated import generated

    if like is None:
        return generated(
            side.text, side.profile, visitors=_VISITORS, since_ms=_SINCE_MS, until_ms=_SINCE_MS + _DAY_MS
        )
    if not len(like.columns.time):
        raise UsageProblem(f"{like.name}: no event has a time and a visitor", "see `clickgen inspect`")
    visitors = len(np.unique(like.columns.visitor))
    since_ms, until_ms = _window(like)
    return generated(
        side.text, side.profile, visitors=min(visitors, _MOST_VISITORS), since_ms=since_ms, until_ms=until_ms
    )


def _window(like: "Events") -> tuple[int, int]:
    """When the other side's traffic is, in Unix milliseconds."""
    import numpy as np

    time = like.columns.time
    # a few wrong dates, years away, must not stretch it
    low, high = np.quantile(time, [(1 - _MIDDLE) / 2, (1 + _MIDDLE) / 2])
    since_ms = round(1000 * max(time.min(), low - (high - low)))
    until_ms = round(1000 * min(time.max(), high + (high - low))) + 1
    return since_ms, max(until_ms, since_ms + _SHORTEST_MS) if until_ms - since_ms < _INSTANT_MS else until_ms


def past_run(folder: "RunFolder") -> "PastRun":
    """All that is kept of a run."""
    from clickgen.compare.past_run import PastRun
    from clickgen.ledger.reader import read_claims
    from clickgen.run.timeline import read_timeline
    from clickgen.verify.proof.verification_store import as_of_now, read_verifications
    from clickgen.view.runs import true_facts

    plan = folder.read_plan()
    claims = read_claims(folder, plan)
    account = claims.account()
    facts = true_facts(claims.facts, account)
    return PastRun(
        plan=plan,
        account=account,
        ending=claims.ending,
        shortfall=claims.shortfall,
        facts=facts if claims.finished and not claims.live else {},
        moments=read_timeline(folder.timeline_file),
        verifications=[as_of_now(kept, claims) for kept in read_verifications(folder)],
    )
