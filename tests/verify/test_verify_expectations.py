"""What was sent, kept as digests: asked for in any order, while more is being sent, and to the last event."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from clickgen.ledger.claims import Claims
from clickgen.model.block import Block, LaneSource
from clickgen.verify.proof.content.expectations import Expectations
from clickgen.verify.proof.content.rules import Rules
from tests.support.notation import claims_of, lane_claims

BLOCK = 10
NO_SUCH = "the run has sent no such event"
DIFFERS = "differs from what was sent"


def sent(number: int) -> bytes:
    return b'{"n":%d}' % number


@dataclass
class Numbered:
    """Lanes of events that say their number, ten in a block; `others` stand in the place of some."""

    end: int
    others: Mapping[int, bytes] = field(default_factory=dict)
    opened: list[tuple[int, int]] = field(default_factory=list)

    def open_lane(self, lane: int, first: int = 0) -> LaneSource:
        self.opened.append((lane, first))
        return _Source(self._blocks(lane, first))

    def _blocks(self, lane: int, first: int) -> Iterator[Block]:
        for begin in range(first - first % BLOCK, self.end, BLOCK):
            lines = [self.others.get(number, sent(number)) + b"\n" for number in range(begin, begin + BLOCK)]
            offsets = np.cumsum([0, *map(len, lines)])
            yield Block(lane, begin, b"".join(lines), offsets, np.zeros(BLOCK))


@dataclass
class _Source:
    blocks: Iterator[Block]

    def next_block(self) -> Block | None:
        return next(self.blocks, None)


def claimed(*ends: int) -> Claims:
    """Lanes of which this many events were accepted."""
    return claims_of({lane: lane_claims(end, accepted=range(end)) for lane, end in enumerate(ends)})


def test_what_was_sent_while_looking_is_expected_from_the_next_look_on() -> None:
    expectations = Expectations(Numbered(40), Rules())
    content = expectations.content
    assert content.differs(0, 0, sent(0)) == NO_SUCH
    expectations.expect(claimed(10))
    assert content.differs(0, 9, sent(9)) is None
    assert content.differs(0, 10, sent(10)) == NO_SUCH
    expectations.expect(claimed(11))
    assert content.differs(0, 10, sent(10)) is None
    assert content.differs(0, 20, sent(20)) == NO_SUCH


def test_nothing_is_made_again_or_before_it_is_claimed() -> None:
    lanes = Numbered(40)
    expectations = Expectations(lanes, Rules())
    for _ in range(2):
        expectations.expect(claimed(15, 0))
    assert lanes.opened == [(0, 0)]


@pytest.mark.parametrize("numbers", [(0, 9, 10, 39), (39, 10, 9, 0), (10, 10, 20, 19)])
def test_how_an_event_differs_is_told_wherever_it_stands(numbers: tuple[int, ...]) -> None:
    expectations = Expectations(Numbered(40), Rules())
    expectations.expect(claimed(40))
    for number in numbers:
        said = expectations.content.differs(0, number, b'{"n":-1}')
        assert said == f"n: sent {number}, landed -1"


def test_events_that_follow_each_other_are_made_once() -> None:
    lanes = Numbered(40)
    expectations = Expectations(lanes, Rules())
    expectations.expect(claimed(40))
    lanes.opened.clear()
    for number in (10, 10, 13, 20, 39):
        expectations.content.differs(0, number, b'{"n":-1}')
    assert lanes.opened == [(0, 10)]


def test_only_of_the_first_ten_it_is_told_how_they_differ() -> None:
    expectations = Expectations(Numbered(40), Rules())
    expectations.expect(claimed(40))
    said = [expectations.content.differs(0, number, b'{"n":-1}') for number in range(12)]
    assert [words == DIFFERS for words in said] == [False] * 10 + [True] * 2


def test_what_was_sent_as_no_json_object_differs_from_every_object() -> None:
    expectations = Expectations(Numbered(10, {3: b"[3]"}), Rules())
    expectations.expect(claimed(10))
    assert expectations.content.differs(0, 3, b"{}") == DIFFERS
    assert expectations.content.differs(0, 4, b"[4]") == DIFFERS


def test_each_of_several_dropped_fields_must_be_as_sent_where_it_is() -> None:
    lanes = Numbered(10, {0: b'{"n":0,"a":1,"b":2}'})
    expectations = Expectations(lanes, Rules(dropped=("a", "b")))
    expectations.expect(claimed(10))
    differs = expectations.content.differs
    assert differs(0, 0, b'{"n":0}') is None
    assert differs(0, 0, b'{"n":0,"b":2}') is None
    assert differs(0, 0, b'{"n":0,"a":1,"b":3}') == "b: sent 2, landed 3"
    assert differs(0, 0, b'{"n":1,"a":1,"b":2}') == "n: sent 0, landed 1"
