"""Bytes that are no intact event: one damaged event is one finding, however many pieces the damage made of it."""

import json

import pytest

from clickgen.model.event_id import ID_LENGTH, EventId, format_id, seal
from clickgen.read.pieces import BadKind, Fault
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object
from tests.support.planted import FOREIGN, ID_AT, OTHER_RUN, RUN, event, lines

MIB = 1 << 20
MARKS = RunIdPattern(RUN, "event_id")
CUT = Fault(BadKind.TRUNCATED, "cut off")
OTHERS = event(3, run=OTHER_RUN)
DAMAGED_ID = event(1)[:ID_AT] + b"~" + event(1)[ID_AT + 1 :]


def scanned(data: bytes, fault: Fault | None = None, *, ids_only: bool = False) -> ObjectFindings:
    found = ObjectFindings("1", 0, 0)
    chunks = [data[at : at + MIB] for at in range(0, len(data), MIB)]
    scan_object(chunks if fault is None else [*chunks, fault], MARKS, found, ids_only=ids_only)
    return found


def damage(found: ObjectFindings) -> dict[str, list[int | None]]:
    """Where the damage of each kind begins; each of it has a witness."""
    tallies = {
        name: getattr(found, name)
        for name in ("conflicting", "corrupt", "truncated", "stray_corrupt", "stray_truncated")
    }
    assert all(tally.count == len(tally.witnesses) for tally in tallies.values())
    return {name: [seen.offset for seen in tally.witnesses] for name, tally in tallies.items() if tally.count}


@pytest.mark.parametrize(
    ("data", "fault", "expected", "foreign"),
    [
        (b"{}" + FOREIGN, None, {}, 2),
        (b"{}{}{}", None, {}, 3),
        (b"{}[", None, {"stray_corrupt": [0]}, 0),
        (b"{},", None, {"stray_corrupt": [0]}, 0),
        (b"," + OTHERS + b"]", CUT, {}, 1),  # an object that damage cut out of another
        (DAMAGED_ID, None, {"corrupt": [0]}, 0),
        (DAMAGED_ID + b"}", None, {"corrupt": [0]}, 0),  # its rest
        (b"," + event(1)[:60], CUT, {"truncated": [0]}, 0),
        (event(1)[:60], CUT, {"truncated": [0]}, 0),
        (event(1)[:60], None, {"truncated": [0]}, 0),
        (FOREIGN[:9], CUT, {"stray_truncated": [0]}, 0),
        (event(1)[60:], CUT, {"stray_truncated": [0]}, 0),
    ],
)
def test_one_damaged_event_is_one_finding(
    data: bytes, fault: Fault | None, expected: dict[str, list[int | None]], foreign: int
) -> None:
    found = scanned(data, fault)
    assert damage(found) == expected
    assert (found.foreign, found.lanes) == (foreign, {})
    assert not found.other_runs


def test_a_whole_event_behind_the_beginning_of_another_is_found() -> None:
    found = scanned(b'{"q":' + event(1), CUT)
    assert list(found.lanes[0].once) == [1]
    assert damage(found) == {"stray_truncated": [0, len(event(1)) + 5]}


def test_by_id_alone_the_rest_of_a_line_may_be_anything() -> None:
    found = scanned(b"{}" + event(1) + b"\n", ids_only=True)
    assert list(found.lanes[0].once) == [1]
    assert found.foreign == 0


def test_the_witness_of_a_damaged_id_has_it_mended() -> None:
    [witness] = scanned(DAMAGED_ID).corrupt.witnesses
    assert witness.id == event(1)[ID_AT : ID_AT + ID_LENGTH].decode()


def test_lines_side_by_side_may_be_one_event_and_an_event_between_them_parts_them() -> None:
    pretty = json.dumps(json.loads(event(1)), indent=1).encode().splitlines()
    together = scanned(lines([event(0), *pretty, event(2)]))
    assert damage(together) == {"conflicting": [len(event(0)) + 1]}
    assert list(together.lanes[0].once) == [0, 2]
    begun, rest = event(1)[:60], event(1)[60:]
    apart = scanned(lines([event(0), begun, event(2), rest]))
    first = len(event(0)) + 1
    assert damage(apart) == {"truncated": [first], "stray_corrupt": [first + len(begun) + len(event(2)) + 2]}
    assert list(apart.lanes[0].once) == [0, 2]


def test_an_event_that_has_another_within_it_is_found_among_joined_ones() -> None:
    def around(number: int) -> bytes:
        body = b'{"event_id":"%b","of":%b}' % (format_id(EventId(RUN, 0, number, 0)), event(9))
        return seal(body, ID_AT)

    found = scanned(around(1) + around(2) + b"\n")
    assert list(found.lanes[0].once) == [1, 2]
    assert damage(found) == {}


@pytest.mark.parametrize(("size", "seen"), [(16 * MIB, 2), (16 * MIB + 1, 1)])
def test_of_damage_over_16_mib_only_the_beginning_is_looked_into(size: int, seen: int) -> None:
    first, second = (format_id(EventId(RUN, 0, number, 0)) for number in (1, 2))
    found = scanned((b"x" + first + b"x" * 1000 + second).ljust(size, b"x"))
    assert damage(found) == {"corrupt": [0] * seen}
