"""What to look at: the first events of each kind that went wrong, and the first stretches that are absent."""

from collections.abc import Iterable, Sequence

from pyroaring import BitMap64

from clickgen.model.event_id import CHECK_DIGITS, EventId, format_id
from clickgen.verify.proof.compare.damage import UnattributedDamage
from clickgen.verify.proof.compare.lane import Lane
from clickgen.verify.proof.compare.verify_report import AbsentStretch
from clickgen.verify.proof.found.findings import WITNESSES, Witness, WitnessedCount

_NEVER_SENT = "the ledger never sent it"


def masked_id(run: str, lane: int, number: int) -> str:
    """The id of an event whose content, and so whose check digits, nobody has seen."""
    return format_id(EventId(run, lane, number, 0)).decode()[:-CHECK_DIGITS] + "·" * CHECK_DIGITS


def witnesses(
    run: str, lanes: Sequence[Lane], damage: UnattributedDamage, absent: str
) -> dict[str, Sequence[Witness]]:
    """The first ten of each kind that there is. absent: the kind of the absent events, missing or pending."""
    never_sent = WitnessedCount(0, list(damage.conflicting.witnesses))
    unexplained, gone = WitnessedCount(), WitnessedCount()
    for lane in lanes:
        for tally, numbers, detail in (
            (gone, lane.absent, ""),
            (unexplained, lane.surplus, "an extra copy that no attempt of the ledger accounts for"),
            (never_sent, lane.never_sent, _NEVER_SENT),
        ):
            for number in _first(numbers, WITNESSES - len(tally.witnesses)):
                where = f"lane {lane.lane}, number {number:,}"
                detailed = f"{where}: {detail}" if detail else where
                tally.add(Witness(masked_id(run, lane.lane, number), None, None, detailed))
    found = {
        absent: gone,
        "duplicates": unexplained,
        "conflicting": never_sent,
        "corrupt": damage.corrupt,
        "truncated": damage.truncated,
        "unread": damage.unread,
    }
    if any(lane.failed or lane.also_failed for lane in lanes):
        found["failed"] = damage.failures
    return {kind: tally.witnesses for kind, tally in found.items() if tally.witnesses}


def stretches(lanes: Iterable[Lane]) -> list[AbsentStretch]:
    """The first stretches of absent numbers."""
    found: list[AbsentStretch] = []
    for lane in lanes:
        first = lane.absent.min() if lane.absent else None
        while first is not None and len(found) < WITNESSES:
            end = _end_of_run(lane.absent, first)
            found.append(AbsentStretch(lane.lane, first, end - 1))
            first = next(lane.absent.iter_equal_or_larger(end), None)
    return found


def _end_of_run(numbers: BitMap64, first: int) -> int:
    """The first number after `first` that is not in the set."""
    step = 1
    while numbers.contains_range(first, first + step):
        step *= 2
    low, high = first + step // 2, first + step
    while low < high:
        middle = (low + high + 1) // 2
        if numbers.contains_range(first, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _first(numbers: BitMap64, count: int) -> list[int]:
    return [number for number, _ in zip(numbers, range(count), strict=False)]
