"""Failed records that were cut before their id, and which of the run's events they are.

What a stream could not process is in its error output as it arrived. Of a record that was cut in half, the half
with the id may be what is gone. Then only the bytes that are left can say whose it is: the run's events are made
again, and one that is absent and begins with these bytes is the one that failed. Of several that begin alike any
may be meant; how many failed is right all the same.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyroaring import BitMap64

from clickgen.model.errors import ClickgenError
from clickgen.verify.proof.found.findings import code_and_text
from clickgen.verify.proof.found.landing import Event

if TYPE_CHECKING:
    from clickgen.feed.regenerated_events import RegeneratedEvents

_LEAST_BYTES = 24  # fewer begin many a JSON object of somebody else


def attributed_torn(
    torn: Counter[str], absent: Mapping[int, BitMap64], sent: "RegeneratedEvents"
) -> dict[Event, str]:
    """The absent events that torn records are the beginnings of, each with its error code."""
    waiting: defaultdict[bytes, list[str]] = defaultdict(list)
    for record, count in torn.items():
        code, text = code_and_text(record)
        if len(text) >= _LEAST_BYTES:
            waiting[text] += [code] * count
    found: dict[Event, str] = {}
    if not waiting or not any(absent.values()):
        return found
    try:
        sent.check()
        for lane, numbers in absent.items():
            if numbers and waiting:
                _find(lane, numbers, sent, waiting, found)
    except ClickgenError:  # what was sent cannot be made again; these records stay nobody's
        return {}
    return found


def _find(
    lane: int,
    numbers: BitMap64,
    sent: "RegeneratedEvents",
    waiting: dict[bytes, list[str]],
    found: dict[Event, str],
) -> None:
    """Add the events of one lane; records whose event is found wait no more."""
    source, last = sent.open_lane(lane, numbers.min()), numbers.max()
    while waiting and (block := source.next_block()) is not None and block.first <= last:
        for number in numbers & BitMap64(range(block.first, block.end)):
            event = block.event(number - block.first)
            lengths = sorted({len(text) for text in waiting}, reverse=True)
            text = next((event[:size] for size in lengths if size < len(event) and event[:size] in waiting), None)
            if text is not None:
                found[lane, number] = waiting[text].pop()
                if not waiting[text]:
                    del waiting[text]
