"""The law of verification: whatever is planted, in any mixture, is found, with exact counts.

Only two damaged events side by side can look like one, so here a damaged event stands beside whole ones.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.event_id import ID_LENGTH, needle, parse_id
from clickgen.model.outcome import State
from clickgen.verify.proof.compare.report import Verdict
from tests.support.planted import FOREIGN, ID_AT, OTHER_RUN, RUN, Planted, event

COUNT = 24


@dataclass(frozen=True)
class Fate:
    """What happens to one event: nothing, deleted, doubled, a byte changed; and who stands before it."""

    kind: str
    at: int
    byte: int
    company: str

    def changed(self, whole: bytes) -> bytes:
        at = self.at % len(whole)
        byte = self.byte if self.byte != whole[at] else self.byte ^ 1
        return whole[:at] + bytes([byte]) + whole[at + 1 :]


fates = st.builds(
    Fate,
    kind=st.sampled_from(["whole"] * 4 + ["deleted", "doubled", "changed"]),
    at=st.integers(0, 10_000),
    byte=st.one_of(st.integers(0, 255), st.sampled_from(b'{}"\\\n \r,:[]')),
    company=st.sampled_from(["nobody"] * 4 + ["foreign", "other run"]),
)


@contextmanager
def planted_run(lanes: int) -> Iterator[Planted]:
    folder = tempfile.mkdtemp()
    try:
        yield Planted(Path(folder), lanes=lanes)
    finally:
        shutil.rmtree(folder)


def kind_of(damaged: bytes) -> str:
    """What a changed event is now: another object under an id of the run, or no event."""
    try:
        value = orjson.loads(damaged)
    except orjson.JSONDecodeError:
        return "no event"
    shown = damaged[ID_AT : ID_AT + ID_LENGTH]
    readable = shown.startswith(needle(RUN)) and parse_id(shown) is not None
    return "conflicting" if isinstance(value, dict) and readable else "no event"


@settings(max_examples=60)
@given(
    planned=st.lists(fates, min_size=COUNT, max_size=COUNT),
    states=st.lists(st.sampled_from([State.ACCEPTED] * 3 + [State.UNKNOWN]), min_size=COUNT, max_size=COUNT),
    attempts=st.lists(st.integers(1, 2), min_size=COUNT, max_size=COUNT),
    joined=st.booleans(),
    packed=st.booleans(),
    objects=st.integers(1, 3),
    cut=st.one_of(st.none(), st.integers(1, 10_000)),
)
def test_everything_planted_is_found(
    planned: list[Fate],
    states: list[State],
    attempts: list[int],
    joined: bool,
    packed: bool,
    objects: int,
    cut: int | None,
) -> None:
    landed: list[list[bytes]] = [[] for _ in range(objects)]
    whole: set[int] = set()
    damaged: set[bytes] = set()
    expected: Counter[str] = Counter()
    strangers = 0
    with planted_run(lanes=2) as run:
        for number, (fate, state, tries) in enumerate(zip(planned, states, attempts, strict=True)):
            run.claim(number, number + 1, state, attempts=tries)
            parts = landed[number % objects]
            if fate.company != "nobody":
                strangers += 1
                parts.append(FOREIGN if fate.company == "foreign" else event(number, run=OTHER_RUN))
            beside_damage = bool(parts) and parts[-1] in damaged
            if fate.kind == "changed" and not beside_damage:
                parts.append(fate.changed(event(number)))
                damaged.add(parts[-1])
                expected[kind_of(parts[-1])] += 1
            elif fate.kind != "deleted":
                parts.append(event(number))
                whole.add(number)
            if fate.kind == "doubled":
                landed[(number + 1) % objects].append(event(number))
                expected["explained" if tries > 1 else "unexplained"] += 1
        end = b"" if joined else b"\n"
        for position, parts in enumerate(landed):
            data = b"".join(part + end for part in parts)
            if position == 0 and cut is not None:
                data += event(COUNT, lane=1) + end + event(COUNT)[: 1 + cut % (len(event(COUNT)) - 1)]
                expected["no event"] += 1
            run.put(f"object-{position}", data, packed=packed)
        if cut is not None:
            run.claim(COUNT, COUNT + 1)
            run.claim(COUNT, COUNT + 1, State.UNKNOWN, lane=1)
        report = run.verify()

    accepted = {number for number, state in enumerate(states) if state is State.ACCEPTED}
    lost = len(accepted - whole) + (cut is not None)
    assert report.delivered == len(accepted & whole)
    assert report.missing == lost
    assert report.recovered == len(whole - accepted) + (cut is not None)
    assert (report.explained, report.unexplained) == (expected["explained"], expected["unexplained"])
    damage = expected["conflicting"] + expected["no event"]
    assert report.conflicting + report.corrupt + report.truncated == damage
    # `{"event_id":"…"}` with its rest behind it is both: an object of the run, and no event
    assert report.conflicting >= expected["conflicting"]
    assert report.truncated >= (cut is not None)
    # a `{` in the wrong place can make an object of a part of an event, or hide one that follows
    assert abs(report.other_runs + report.foreign - strangers) <= expected["no event"]
    account = report.account
    assert account.accepted == report.delivered + report.missing + report.pending + report.failed + report.dropped
    spoiled = lost + expected["unexplained"] + damage
    assert report.verdict is (Verdict.ANOMALOUS if spoiled else Verdict.VERIFIED)
