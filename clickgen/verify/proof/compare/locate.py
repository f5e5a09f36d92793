"""Where the copies of an event are: found by reading the few objects that hold it again."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import CHECK_DIGITS, parse_id
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.found.findings import ObjectFindings, Witness
from clickgen.verify.proof.found.landing import Event, Landing, Spot

_COPIES_SHOWN = 2


class Locator(ObjectFindings):
    """Findings that keep only the offsets of some events, given as lane and number."""

    def __init__(self, name: str, wanted: Collection[Event]) -> None:
        super().__init__(name, 0, 0)
        self.wanted = frozenset(wanted)
        self.places: list[tuple[Event, int]] = []

    def intact(self, lanes: NDArray[np.int64], numbers: NDArray[np.int64], offsets: NDArray[np.int64], /) -> None:
        """Note the offsets of the wanted events."""
        likely = np.isin(numbers, [number for _, number in self.wanted])
        for lane, number, offset in zip(
            lanes[likely].tolist(), numbers[likely].tolist(), offsets[likely].tolist(), strict=True
        ):
            if (lane, number) in self.wanted:
                self.places.append(((lane, number), offset))


def with_places(report: DeliveryReport, landing: Landing) -> DeliveryReport:
    """The report, with the places of witnesses that are intact events: extra copies, and events never sent."""
    placeless = [
        witness
        for kind in ("duplicates", "conflicting")
        for witness in report.witnesses.get(kind, ())
        if witness.object is None
    ]
    if not placeless:
        return report
    spots = landing.spots([_event(witness) for witness in placeless])
    witnesses = {kind: [_placed(witness, spots) for witness in found] for kind, found in report.witnesses.items()}
    return replace(report, witnesses=witnesses)


def spots_in(
    wanted: Iterable[Event], landed: Sequence[ObjectFindings], rescan: Callable[[Locator], None]
) -> dict[Event, list[Spot]]:
    """Where the first copies of these events are in objects, which are given in the order in which they landed.

    rescan: reads the object that the locator is named after again.
    """
    holders: dict[str, set[Event]] = {}
    for lane, number in wanted:
        copies = 0
        for found in landed:
            if lane in found.lanes and number in found.lanes[lane].once:
                holders.setdefault(found.name, set()).add((lane, number))
                copies += 1 + (number in found.lanes[lane].twice)
            if copies >= _COPIES_SHOWN:
                break
    spots: dict[Event, list[Spot]] = {}
    for name, events in holders.items():
        locator = Locator(name, events)
        rescan(locator)
        for event, offset in locator.places:
            spots.setdefault(event, []).append((name, offset))
    return spots


def _event(witness: Witness) -> Event:
    event_id = parse_id(str(witness.id)[:-CHECK_DIGITS].encode() + b"0" * CHECK_DIGITS)
    if event_id is None:
        raise ValueError(f"{witness.id} is not the id of an event")
    return event_id.lane, event_id.number


def _placed(witness: Witness, spots: Mapping[Event, Sequence[Spot]]) -> Witness:
    if witness.object is not None or witness.id is None or "·" not in witness.id:
        return witness
    found = spots.get(_event(witness), [])
    if not found:
        return witness
    name, offset = found[min(len(found), _COPIES_SHOWN) - 1]
    detail = witness.detail
    if len(found) >= _COPIES_SHOWN:
        detail += f"; the first is in {_spot(*found[0])}"
    return witness._replace(object=name, offset=offset, detail=detail)


def _spot(name: str, offset: int | None) -> str:
    return name if offset is None else f"{name} at {offset:,}"
