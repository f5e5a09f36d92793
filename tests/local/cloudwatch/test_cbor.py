"""CBOR: what is written is read again, by botocore too, and anything else is refused in words."""

import io
from contextlib import suppress
from typing import Any

from botocore.parsers import RpcV2CBORParser
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.cloudwatch.cbor import Instant, decode, encode

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)


@given(value=VALUES)
def test_cbor_comes_back_and_botocore_reads_it_alike(value: Any) -> None:
    encoded = encode(value)
    assert decode(encoded) == value
    parser: Any = RpcV2CBORParser()
    assert parser.parse_data_item(io.BufferedReader(io.BytesIO(encoded))) == value


@given(data=st.binary(max_size=40))
def test_anything_else_is_refused_in_words(data: bytes) -> None:
    with suppress(ValueError):  # and no other error
        decode(data)


def test_times_and_unknown_lengths_are_read() -> None:
    assert encode(Instant(1.5)) == b"\xc1\xfb" + b"\x3f\xf8" + bytes(6)
    assert decode(bytes.fromhex("bf61610161629f0203ffff")) == {"a": 1, "b": [2, 3]}
    assert decode(bytes.fromhex("7f6161636263 64ff".replace(" ", ""))) == "abcd"
