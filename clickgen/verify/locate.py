"""Where the copies of an event lie: found by reading again the few objects that hold it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import CHECK_DIGITS, parse_id
from clickgen.verify.findings import ObjectFindings, Witness
from clickgen.verify.report import Report

Event = tuple[int, int]
_COPIES_SHOWN = 2


class Locator(ObjectFindings):
    """Findings of which only the offsets of some events, given as lane and number, are kept."""

    def __init__(self, name: str, wanted: Collection[Event]) -> None:
        super().__init__(name, 0, 0)
        self.wanted = frozenset(wanted)
        self.places: list[tuple[Event, int]] = []

    def intact(self, lanes: NDArray[np.int64], numbers: NDArray[np.int64], offsets: NDArray[np.int64]) -> None:
        """Note the offsets of those that are wanted."""
        likely = np.isin(numbers, [number for _, number in self.wanted])
        for lane, number, offset in zip(
            lanes[likely].tolist(), numbers[likely].tolist(), offsets[likely].tolist(), strict=True
        ):
            if (lane, number) in self.wanted:
                self.places.append(((lane, number), offset))


def with_places(report: Report, objects: Iterable[ObjectFindings], rescan: Callable[[Locator], None]) -> Report:
    """The report, its witnesses of intact events (extra copies, and events never sent) given their places.

    rescan: read the object that the locator is named for, once more.
    """
    placeless = [
        witness
        for kind in ("duplicates", "conflicting")
        for witness in report.witnesses.get(kind, ())
        if witness.object is None
    ]
    if not placeless:
        return report
    landed = sorted(objects, key=lambda found: (found.landed_ms, found.name))
    places = _places([_event(witness) for witness in placeless], landed, rescan)
    witnesses = {kind: [_placed(witness, places) for witness in found] for kind, found in report.witnesses.items()}
    return replace(report, witnesses=witnesses)


def _event(witness: Witness) -> Event:
    event_id = parse_id(str(witness.id)[:-CHECK_DIGITS].encode() + b"0" * CHECK_DIGITS)
    if event_id is None:
        raise ValueError(f"{witness.id} is no id of an event")
    return event_id.lane, event_id.number


def _places(
    wanted: Iterable[Event], landed: Sequence[ObjectFindings], rescan: Callable[[Locator], None]
) -> Mapping[Event, list[tuple[str, int]]]:
    holders: dict[str, set[Event]] = {}
    for lane, number in wanted:
        copies = 0
        for found in landed:
            if lane in found.lanes and number in found.lanes[lane].once:
                holders.setdefault(found.name, set()).add((lane, number))
                copies += 1 + (number in found.lanes[lane].twice)
            if copies >= _COPIES_SHOWN:
                break
    places: dict[Event, list[tuple[str, int]]] = {}
    for name, events in holders.items():
        locator = Locator(name, events)
        rescan(locator)
        for event, offset in locator.places:
            places.setdefault(event, []).append((name, offset))
    return places


def _placed(witness: Witness, places: Mapping[Event, list[tuple[str, int]]]) -> Witness:
    if witness.object is not None or witness.id is None or "·" not in witness.id:
        return witness
    found = places.get(_event(witness), [])
    if not found:
        return witness
    name, offset = found[min(len(found), _COPIES_SHOWN) - 1]
    detail = witness.detail
    if len(found) >= _COPIES_SHOWN:
        detail += f"; the first is in {found[0][0]} at {found[0][1]:,}"
    return witness._replace(object=name, offset=offset, detail=detail)
