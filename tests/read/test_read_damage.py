"""Nothing good is lost because of something bad beside it, and the bad is told for what it is."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clickgen.read.objects import scan
from clickgen.read.pieces import Bad, BadKind, JsonObject, Piece

_WORDS = st.text(alphabet="abc é€😀", max_size=10)
_NESTED = st.fixed_dictionaries({"x": st.integers(0, 999), "y": st.lists(_WORDS, max_size=3)})
_EVENT = {"id": st.integers(0, 10**9), "page": _WORDS, "geo": _NESTED, "n": st.none() | st.floats(0, 1)}
_EVENTS = st.lists(st.fixed_dictionaries(_EVENT), min_size=1, max_size=6)
_STYLES = {
    "a line each": (None, b"\n"),
    "joined": (None, b""),
    "pretty-printed, joined": (4, b""),
    "pretty-printed, a line between": (2, b"\n"),
    "tabs": ("\t", b"\r\n"),
}
_PRETTY_DAMAGED = b'{\n  "a": 1,\n  "g": {\n    "b": x\n  },\n  "l": [\n    {\n      "c": 1\n    }\n  ]\n}'


def _render(event: Any, style: str) -> bytes:
    return json.dumps(event, indent=_STYLES[style][0]).encode()


def _split(data: bytes) -> tuple[list[bytes], list[Bad]]:
    pieces = list(scan([data]))
    assert list(scan([data[at : at + 7] for at in range(0, len(data), 7)])) == pieces
    return (
        [piece.data for piece in pieces if isinstance(piece, JsonObject)],
        [piece for piece in pieces if isinstance(piece, Bad)],
    )


@given(_EVENTS, st.sampled_from(sorted(_STYLES)), st.data())
def test_an_object_that_is_cut_off_takes_no_other_with_it(
    events: list[dict[str, Any]], style: str, data: st.DataObject
) -> None:
    rendered = [_render(event, style) for event in events]
    which = data.draw(st.integers(0, len(events) - 1))
    whole = rendered[which]
    cut_at = data.draw(st.integers(1, len(whole) - 1))
    # cut before a value, what follows may as well be that value where it is of another shape
    left = whole[:cut_at].rstrip()
    assume(not left.endswith((b":", b"[", b",")) or len({tuple(event) for event in events}) == 1)
    separator = _STYLES[style][1]
    stream = separator.join([*rendered[:which], whole[:cut_at], *rendered[which + 1 :]])
    good, damage = _split(stream)
    assert good == rendered[:which] + rendered[which + 1 :]
    assert [piece.kind for piece in damage] == [BadKind.TRUNCATED]
    assert (damage[0].offset, damage[0].size) == (len(separator.join([*rendered[:which], b""])), len(left))


@given(_EVENTS, st.sampled_from(sorted(_STYLES)), st.data())
def test_a_changed_byte_takes_no_other_object_with_it(
    events: list[dict[str, Any]], style: str, data: st.DataObject
) -> None:
    rendered = [_render(event, style) for event in events]
    which = data.draw(st.integers(0, len(events) - 1))
    whole = rendered[which]
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.sampled_from([b"\xff", b"z", b"\0", b'"', b"\x7f"])) + whole[at + 1 :]
    assume(not _is_object(damaged))
    stream = _STYLES[style][1].join([*rendered[:which], damaged, *rendered[which + 1 :]])
    good, damage = _split(stream)
    assert good == rendered[:which] + rendered[which + 1 :]
    assert damage
    start = len(_STYLES[style][1].join([*rendered[:which], b""]))
    if (
        at not in (0, len(whole) - 1) or b"\0" not in damaged
    ):  # zeros around an object are passed, as white space is
        assert damage[0].offset == start
        assert damage[-1].offset + damage[-1].size == start + len(damaged)


@given(_EVENTS, st.sampled_from(sorted(_STYLES)), st.data())
def test_an_object_whose_beginning_is_missing_takes_no_other_with_it(
    events: list[dict[str, Any]], style: str, data: st.DataObject
) -> None:
    rendered = [_render(event, style) for event in events]
    which = data.draw(st.integers(0, len(events) - 1))
    rest = rendered[which][data.draw(st.integers(1, len(rendered[which]) - 1)) :]
    good, damage = _split(_STYLES[style][1].join([*rendered[:which], rest, *rendered[which + 1 :]]))
    kept = iter(good)
    assert all(event in kept for event in rendered[:which] + rendered[which + 1 :])
    assert damage


def _is_object(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except ValueError:
        return False


def _shape(pieces: list[Piece]) -> list[object]:
    return [
        piece.value if isinstance(piece, JsonObject) else (piece.kind.value, piece.excerpt) for piece in pieces
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            b'{"a":1,"g":z{"b":1},"c":2}\n{"a":2}\n',
            [("garbage", b'{"a":1,"g":z{"b":1},"c":2}'), {"a": 2}],
            id="an inner object of a damaged line is no event",
        ),
        pytest.param(
            _PRETTY_DAMAGED + b'\n{\n  "a": 2\n}',
            [
                ("garbage", _PRETTY_DAMAGED),
                {"a": 2},
            ],
            id="a damaged pretty-printed object is one piece",
        ),
        pytest.param(
            b'{"a":1,"b":{"a":2,"b":3}{"a":4}',
            [("truncated", b'{"a":1,"b":'), {"a": 2, "b": 3}, {"a": 4}],
            id="cut off where a value would stand: the next object is not taken for it",
        ),
        pytest.param(
            b'{"a":1,"s":"xy{"b":2}{"c":3}',
            [("truncated", b'{"a":1,"s":"xy'), {"b": 2}, {"c": 3}],
            id="cut off within a string, neighbours of other schemas",
        ),
        pytest.param(
            b'{"a":1,{"b":2}', [("truncated", b'{"a":1,'), {"b": 2}], id="cut off behind a comma"
        ),
        pytest.param(
            b'{"a":1}garbage{"b":2}\n', [{"a": 1}, ("garbage", b"garbage"), {"b": 2}], id="garbage between"
        ),
        pytest.param(
            b'{"a":1},{"b":2},\n{"c":3}',
            [{"a": 1}, ("garbage", b","), {"b": 2}, ("garbage", b","), {"c": 3}],
            id="commas between objects",
        ),
        pytest.param(
            b'level=info msg={"b":2}\n  {"c":3}\n',
            [("garbage", b"level=info msg="), {"b": 2}, {"c": 3}],
            id="an object at the end of a line of text",
        ),
        pytest.param(
            b'{"a":1 x}\nplain text\n{"a":2', [
                ("garbage", b'{"a":1 x}'), ("garbage", b"plain text"), ("truncated", b'{"a":2')
            ], id="each line by itself",
        ),
        pytest.param(b'{"a":tr', [("truncated", b'{"a":tr')], id="cut off within a literal"),
        pytest.param(b'{"a":"\\ud8', [("truncated", b'{"a":"\\ud8')], id="cut off within an escape"),
        pytest.param(b'{"a":1z', [("garbage", b'{"a":1z')], id="no beginning of an object"),
        pytest.param(b"}\n{}", [("garbage", b"}"), {}], id="a brace too many"),
    ],
)  # fmt: skip
def test_damage_ends_where_the_next_object_begins(data: bytes, expected: list[object]) -> None:
    assert _shape(list(scan([data]))) == expected
    assert _shape(list(scan([data[at : at + 1] for at in range(len(data))]))) == expected
