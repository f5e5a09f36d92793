"""What is decompressed fast is, byte for byte and fault for fault, what zlib alone gives."""

import gzip
import random
import zlib
from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from clickgen.read.gunzip import gunzip
from clickgen.read.inflate import GZIP, RAW, Inflater
from clickgen.read.pieces import BadKind, Fault

WORDS = [b"%d,%x;" % (n, random.Random(n).getrandbits(60)) for n in range(4000)]


def reference(packed: bytes) -> tuple[bytes, bool]:
    """What zlib decodes of one member, and whether it says that it is complete and right."""
    decoder = zlib.decompressobj(31)
    parts = []
    for at in range(len(packed)):
        try:
            parts.append(decoder.decompress(packed[at : at + 1]))
        except zlib.error:
            return b"".join(parts), False
    return b"".join(parts) + decoder.flush(), decoder.eof


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        yield data[at : at + size]
        at, turn = at + size, turn + 1


def plain(packed: bytes, sizes: list[int]) -> tuple[bytes, list[Fault]]:
    parts: list[bytes] = []
    faults: list[Fault] = []
    for chunk in gunzip(cut(packed, sizes)):
        (faults if isinstance(chunk, Fault) else parts).append(chunk)  # type: ignore[arg-type]  # told apart
    return b"".join(parts), faults


@settings(max_examples=120)
@given(
    level=st.integers(0, 9),
    words=st.integers(0, 3000),
    damage=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=2),
    end=st.one_of(st.none(), st.integers(0, 1 << 20)),
    sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=3),
)
@example(level=6, words=3000, damage=[], end=None, sizes=[1])
@example(level=0, words=3000, damage=[(5, 2)], end=None, sizes=[700])
def test_a_member_gives_what_zlib_gives_of_it(
    level: int, words: int, damage: list[tuple[int, int]], end: int | None, sizes: list[int]
) -> None:
    packed = bytearray(gzip.compress(b"".join(WORDS[:words]), level, mtime=0))
    for at, byte in damage:
        packed[10 + at % (len(packed) - 10)] = byte
    data = bytes(packed[: 3 + end % len(packed)]) if end is not None else bytes(packed)
    expected, complete = reference(data)
    inflater = Inflater(GZIP)
    parts: list[bytes] = []
    for block in cut(data, sizes):
        parts += inflater.feed(block)
        if inflater.ended or inflater.damage:
            break
    else:
        parts += inflater.end()
    assert b"".join(parts) == expected
    assert inflater.ended == complete
    assert not (inflater.ended and inflater.damage)


@settings(max_examples=80)
@given(
    counts=st.lists(st.integers(0, 600), min_size=1, max_size=4),
    gap=st.sampled_from([b"", b"\0" * 40, b"junk"]),
    flipped=st.one_of(st.none(), st.integers(0, 1 << 20)),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=3),
    trailing=st.sampled_from([b"", b"\0\0\0", b"no gzip", b"\x1f"]),
)
def test_members_are_told_apart_however_their_bytes_arrive(
    counts: list[int], gap: bytes, flipped: int | None, sizes: list[int], trailing: bytes
) -> None:
    members = [gzip.compress(b"".join(WORDS[:count]), mtime=0) for count in counts]
    packed = bytearray(gap.join(members) + trailing)
    if flipped is not None:
        packed[10 + flipped % (len(members[0]) - 10)] ^= 255
    data, faults = plain(bytes(packed), sizes)
    assert (data, faults) == plain(bytes(packed), [len(packed)])
    if flipped is None:
        assert data == b"".join(b"".join(WORDS[:count]) for count in counts)
        assert len(faults) == (gap == b"junk") * (len(counts) - 1) + (trailing in (b"no gzip", b"\x1f"))
    else:
        assert faults
        assert faults[0].kind in (BadKind.GARBAGE, BadKind.TRUNCATED)


def test_a_stream_without_a_header_is_decoded_too() -> None:
    compressor = zlib.compressobj(wbits=-15)
    packed = compressor.compress(b"".join(WORDS)) + compressor.flush()
    inflater = Inflater(RAW)
    assert b"".join(inflater.feed(packed + b"behind")) == b"".join(WORDS)
    assert (inflater.ended, inflater.damage, inflater.unused) == (True, "", b"behind")


def test_damage_behind_many_kept_bytes_costs_nothing_before_it() -> None:
    noise = random.Random(3).randbytes(40 << 20)  # more than is kept in memory
    packed = bytearray(gzip.compress(noise, 0, mtime=0))
    packed[-6] ^= 1
    data, faults = plain(bytes(packed), [1 << 20])
    assert data == noise
    assert [fault.reason for fault in faults] == [
        "the gzip data is damaged (Error -3 while decompressing data: incorrect data check)"
    ]
