"""Claims and findings in words, so that a test of comparing them reads like what it says.

    claims("lane 0: 1-5 accepted, 3 twice, 6 unknown, 7-9 unsent")
    findings("lane 0: 1-3 found, 3 twice, 4 cut; 2 foreign")

Parts are separated by semicolons, what they say by commas. Numbers are single ones and ranges, both ends included.
Of claims `twice` and `4 times` say how often numbers were attempted, otherwise once; of findings how often they
were found. `leased` has no outcome: it is unknown, and may have been attempted any number of times.
"""

import re
from collections.abc import Iterable, Iterator

import numpy as np
from pyroaring import BitMap64

from clickgen.ledger.claims import ATTEMPT_DTYPE, Claims, LaneClaims, LedgerDamage
from clickgen.ledger.ending import Ending
from clickgen.verify.proof.found.findings import ObjectFindings, Witness

SENT_MS, LANDED_MS = 1_767_225_605_000, 1_767_225_665_000
_SAYING = re.compile(r"(?P<numbers>\d[\d -]*?) (?P<word>\D+|\d+ times)")
_DAMAGE = {"cut": "truncated", "corrupt": "corrupt", "conflicting": "conflicting"}
_STATES = ("accepted", "unknown", "rejected", "unsent", "leased")

Row = tuple[int, int, int, int, int]


def lane_claims(
    planned: int = 0,
    *,
    accepted: Iterable[int] = (),
    unknown: Iterable[int] = (),
    rejected: Iterable[int] = (),
    unsent: Iterable[int] = (),
    leased: Iterable[int] = (),
    sends: Iterable[Row] = (),
) -> LaneClaims:
    """A lane of which only some things are said. sends: as LaneClaims has them."""
    sets = [BitMap64(numbers) for numbers in (accepted, unknown, rejected, unsent, leased)]
    rows = np.array(sorted(sends), dtype=ATTEMPT_DTYPE)
    return LaneClaims(planned, sets[0], sets[1], sets[2], sets[3], sets[4], sets[4].copy(), rows)


def claims_of(lanes: dict[int, LaneClaims]) -> Claims:
    """The claims of a run that has ended as planned."""
    return Claims(lanes, live=False, ending=Ending.COMPLETE, damage=LedgerDamage())


def claims(text: str) -> Claims:
    """What a ledger claims of an ended run, in the notation."""
    return claims_of({lane: _lane_claims(said) for lane, said in _lanes(text)})


def findings(text: str, name: str = "1", landed_ms: int = LANDED_MS) -> ObjectFindings:
    """What one object holds, in the notation. `foreign` and `other run` need no lane: `2 foreign`."""
    found = ObjectFindings(name, landed_ms, 100)
    for part in filter(None, (part.strip() for part in text.split(";"))):
        if not part.startswith("lane "):
            count, word = part.split(" ", 1)
            _note_others(found, int(count), word)
            continue
        for lane, said in _lanes(part):
            for numbers, word in said:
                _note(found, lane, numbers, word)
    return found


def _lane_claims(said: list[tuple[BitMap64, str]]) -> LaneClaims:
    sets = {state: BitMap64() for state in _STATES}
    attempts: dict[int, int] = {}
    for numbers, word in said:
        if word in sets:
            sets[word] |= numbers
        else:
            attempts |= dict.fromkeys(numbers, _times(word))
    sets["unknown"] |= sets["leased"]
    rows = []
    for number in sets["accepted"] | (sets["unknown"] - sets["leased"]) | sets["rejected"]:
        accepted_ms = SENT_MS + 1 if number in sets["accepted"] else 0
        rows.append((number, number + 1, attempts.get(number, 1), SENT_MS, accepted_ms))
    planned = max((numbers.max() + 1 for numbers in sets.values() if numbers), default=0)
    return lane_claims(planned, **sets, sends=rows)


def _note(found: ObjectFindings, lane: int, numbers: BitMap64, word: str) -> None:
    if word in _DAMAGE:
        for number in numbers:
            getattr(found, _DAMAGE[word]).add(Witness(f"{lane}/{number}", found.name, 0, word))
    elif word in ("failed", "dropped"):
        getattr(found, word)[lane] = numbers
    else:
        # numbers that were said to be found need only their further copies
        there = found.lanes[lane].once if lane in found.lanes else BitMap64()
        for number in numbers:
            copies = _times(word) - (number in there)
            if copies:
                lanes, same, offsets = (np.full(copies, value, dtype=np.int64) for value in (lane, number, 0))
                found.intact(lanes, same, offsets)


def _note_others(found: ObjectFindings, count: int, word: str) -> None:
    if word == "foreign":
        found.foreign += count
    elif word == "of another run":
        found.other_runs["5f0000aa0b0c"] += count
    else:
        raise ValueError(f"unknown word: {word}")


def _times(word: str) -> int:
    if word in ("found", "once", "twice"):
        return 2 if word == "twice" else 1
    count, _, times = word.partition(" ")
    if times != "times":
        raise ValueError(f"unknown word: {word}")
    return int(count)


def _lanes(text: str) -> Iterator[tuple[int, list[tuple[BitMap64, str]]]]:
    for part in text.split(";"):
        head, _, rest = part.strip().partition(":")
        yield int(head.removeprefix("lane ")), [_saying(each.strip()) for each in rest.split(",") if each.strip()]


def _saying(text: str) -> tuple[BitMap64, str]:
    said = _SAYING.fullmatch(text)
    if said is None:
        raise ValueError(f"not in the notation: {text!r}")
    numbers = BitMap64()
    for piece in said["numbers"].split():
        first, _, last = piece.partition("-")
        numbers.add_range(int(first), int(last or first) + 1)
    return numbers, said["word"]
