"""JSON objects out of bytes, however they stand there and however the bytes arrive."""

import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.read.damage import BLANK
from clickgen.read.objects import JsonScanner, scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import MAX_OBJECT_BYTES, Bad, BadKind, JsonObject, Piece

_TEXT = st.text(alphabet=st.sampled_from('ab{}[]",:\\\n\r\t é€😀0'), max_size=8)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(_TEXT, _VALUES, max_size=4)
_SEPARATORS = st.sampled_from(["", "\n", "\r\n", " ", "\n\n", "\t", "\ufeff", "\n \ufeff\n"])

_TOKENS = b'{ } {"a": " 1 , [ ] \\ {"a":1} \xef\xbb\xbf null - . 1e'.split(b" ")
_FRAGMENTS = st.lists(st.sampled_from([*_TOKENS, b"\n", b" "]), max_size=60).map(b"".join)


@st.composite
def renderings(draw: st.DrawFn) -> bytes:
    """One object in one of the styles that producers use."""
    text = json.dumps(
        draw(OBJECTS),
        indent=draw(st.sampled_from([None, None, 0, 1, 4, "\t"])),
        separators=draw(st.sampled_from([None, (",", ":")])),
        ensure_ascii=draw(st.booleans()),
        allow_nan=False,
    )
    return text.encode()


def cut(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    """The bytes in chunks of these sizes, the rest in one."""
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]


def objects(pieces: Iterable[Piece]) -> list[JsonObject]:
    """The good pieces."""
    return [piece for piece in pieces if isinstance(piece, JsonObject)]


def bad(pieces: Iterable[Piece]) -> list[Bad]:
    """The others."""
    return [piece for piece in pieces if isinstance(piece, Bad)]


@given(
    st.lists(st.tuples(renderings(), _SEPARATORS), max_size=8),
    st.lists(st.integers(1, 40)),
    st.sampled_from(["plain", "gzip", "members"]),
)
def test_any_mixture_of_styles_in_any_chunks_gives_back_the_objects(
    rendered: list[tuple[bytes, str]], sizes: list[int], packing: str
) -> None:
    data = b"".join(text + separator.encode() for text, separator in rendered)
    packed = {
        "plain": data,
        "gzip": gzip.compress(data),
        "members": gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]),
    }[packing]
    pieces = list(scan(open_chunks(cut(packed, sizes))))
    assert [piece.data for piece in objects(pieces)] == [text for text, _ in rendered]
    assert [piece.value for piece in objects(pieces)] == [orjson.loads(text) for text, _ in rendered]
    assert len(objects(pieces)) == len(pieces)
    for piece in objects(pieces):
        assert data[piece.offset : piece.offset + piece.size] == piece.data
        assert piece.line == data.count(b"\n", 0, piece.offset) + 1


@given(st.binary(max_size=300) | _FRAGMENTS, st.lists(st.integers(1, 9)))
def test_whatever_comes_the_chunks_make_no_difference_and_nothing_is_passed_over(
    data: bytes, sizes: list[int]
) -> None:
    pieces = list(scan([data]))
    assert list(scan(cut(data, sizes))) == pieces
    at = 0
    for piece in pieces:
        between = data[at : piece.offset]
        assert not between.replace(b"\xef\xbb\xbf", b"").strip(BLANK + b"\0")
        if isinstance(piece, JsonObject):
            assert orjson.loads(piece.data) == piece.value
        at = piece.offset + piece.size
    assert not data[at:].replace(b"\xef\xbb\xbf", b"").strip(BLANK + b"\0")


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("firehose_ashvakg/PUT-S3-*", 30),
        ("firehose_concat/DERIVED-ashvakg-no-newline.json", 30),
        ("firehose_concat/DERIVED-rees46-indent4-concat.json", 50),
        ("firehose_concat/test-seongwoo-*", 2),
        ("firehose_primeday/kinesis-*", 31),
        ("bitly_usagov/example.jsonl", 3560),
        ("otto_sample/train.jsonl", 20),
        ("aws_clickstream/event_v2_session_dataset.json", 10),
        ("aws_clickstream/original_data.json", 2),
        ("aws_clickstream/server-items.json", 1),
    ],
)
def test_real_files_are_read_whole(shared_data: Path, name: str, events: int) -> None:
    (file,) = shared_data.glob(name)
    pieces = list(scan(open_chunks(file)))
    assert len(objects(pieces)) == events
    assert bad(pieces) == []
    assert list(scan(open_chunks(gzip.compress(file.read_bytes())))) == pieces


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'[{"a":1},{"b":2}]', "JSON, but an array and not an object"),
        (b"12.5", "JSON, but a number and not an object"),
        (b'"{}"', "JSON, but a string and not an object"),
        (b"null", "JSON, but null and not an object"),
        (b"true", "JSON, but a boolean and not an object"),
        (b"user,page,time", "not JSON"),
        (b"2024-04-23 GET /", "not JSON"),
        (b'{"a":NaN}', "not JSON: unexpected character, expected a JSON value"),
        (b'{"a":"\xff"}', "not JSON: str is not valid UTF-8: surrogates not allowed"),
        (b'{"a":1 "b":2}', "not JSON: Expecting ',' delimiter at byte 8"),
    ],
)
def test_a_line_that_is_no_object_is_bad_as_a_whole(line: bytes, reason: str) -> None:
    before, _, after = pieces = list(scan([b'{"n":1}\n' + line + b'\r\n{"n":2}']))
    assert [piece.value for piece in objects([before, after])] == [{"n": 1}, {"n": 2}]
    assert pieces[1] == Bad(BadKind.GARBAGE, reason, line, len(line), 8, 2)


def test_a_pretty_printed_array_is_one_bad_piece() -> None:
    array = json.dumps([{"a": 1}, {"b": 2}], indent=2).encode()
    (piece,) = scan([array + b"\n"])
    assert piece == Bad(BadKind.GARBAGE, "JSON, but an array and not an object", array, len(array), 0, 1)


@pytest.mark.parametrize("between", [b"\0", b"\0\0\n\0", b"\n\0\xef\xbb\xbf\0"])
def test_zeros_between_objects_are_passed_like_white_space(between: bytes) -> None:
    data = between.join([b'{"a":1}'] * 1000)
    pieces = list(scan(cut(between + data + between, [1, 1, 5])))
    assert [piece.data for piece in pieces if isinstance(piece, JsonObject)] == [b'{"a":1}'] * 1000
    (bad,) = scan([b'{"a":"x\0y"}\n'])
    assert isinstance(bad, Bad)


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("size", [100, 70_000, 10_000_000])
def test_an_object_is_read_up_to_the_limit_and_bad_beyond_it(end: bytes, size: int) -> None:
    def of_length(length: int) -> bytes:
        return b'{"a":"' + b"x" * (length - 8) + b'"}'

    longest, longer, after = of_length(MAX_OBJECT_BYTES), of_length(MAX_OBJECT_BYTES + 1), b'{"b":1}'
    data = longest + end + longer + end + after
    first, second, third = scan(data[at : at + size] for at in range(0, len(data), size))
    assert isinstance(first, JsonObject)
    assert isinstance(third, JsonObject)
    assert (first.data, third.data) == (longest, after)
    assert isinstance(second, Bad)
    assert (second.reason, second.size) == ("longer than 4 MiB", len(longer))


def test_endless_garbage_is_not_kept() -> None:
    total = 40 << 20
    held: list[int] = []

    def chunks(scanner: JsonScanner) -> Iterator[bytes]:
        yield b'{"a":1}'
        for _ in range(total >> 20):
            yield b"x" * (1 << 20)
            held.append(len(scanner._window.data))

    scanner = JsonScanner()
    pieces: list[Piece] = []
    for chunk in chunks(scanner):
        pieces += scanner.feed(chunk)
    pieces += [*scanner.feed(b'\n{"a":2}'), *scanner.end()]
    assert [type(piece) for piece in pieces] == [JsonObject, Bad, JsonObject]
    assert pieces[1].size == total
    assert max(held) <= MAX_OBJECT_BYTES + (3 << 20)


def test_objects_are_given_as_soon_as_they_are_complete() -> None:
    scanner = JsonScanner()
    assert objects(scanner.feed(b'{"a":1}\n{"b"'))[0].value == {"a": 1}
    assert objects(scanner.feed(b":2}"))[0].value == {"b": 2}
    assert objects(scanner.feed(b'{\n  "c": 3\n}'))[0].value == {"c": 3}
    assert list(scanner.feed(b'{"d":')) == []
    assert [piece.kind for piece in bad(scanner.end())] == [BadKind.TRUNCATED]


def test_offset_and_line_count_from_where_the_scanner_stands() -> None:
    scanner = JsonScanner(offset=1000, line=7)
    first, second = [*scanner.feed(b'{"a":1}\nx'), *scanner.end()]
    assert (first.offset, first.line) == (1000, 7)
    assert (second.offset, second.line) == (1008, 8)


_HOSTILE: dict[str, Callable[[int], bytes]] = {
    "nested objects": lambda size: b'{"a":' * (size // 5),
    "nested objects, a line each": lambda size: b'{"a":\n' * (size // 6),
    "nested arrays": lambda size: b"[" * size,
    "nested arrays, a line each": lambda size: b"[\n" * (size // 2),
    "quotes that open": lambda size: b'{"a":"' * (size // 6),
    "beginnings, joined": lambda size: b'}{"' * (size // 3),
    "braces, a line each": lambda size: b"{\n" * (size // 2),
    "objects behind damage": lambda size: b"x" + b'{"a":1},' * (size // 8),
    "damage, joined": lambda size: b'{"a":1 x}' * (size // 9),
    "long nested, each broken at the far end": lambda size: (
        b'{"a":[\n' * 300 + b'{"b":1},\n' * ((size - 2100) // 9) + b"x"
    ),
    "one long string": lambda size: b'{"a":"' + b"x" * size,
    "white space": lambda size: b"x" + b" " * size + b"{" + b" " * size,
    "nested the same way": lambda size: b'{"a":z' + b'\n {"a":[' * (size // 8),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", _HOSTILE)
def test_time_grows_with_the_length_only(name: str) -> None:
    def seconds(size: int) -> float:
        data = _HOSTILE[name](size)
        start = time.process_time()
        for _ in scan([data]):
            pass
        return time.process_time() - start

    small, large = 8 << 10, 64 << 10
    base = max(min(seconds(small) for _ in range(3)), 0.002)
    assert min(seconds(large) for _ in range(2)) < 3 * (large / small) * base
