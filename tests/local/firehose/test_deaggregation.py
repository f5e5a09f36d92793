"""Records that hold several: JSON, delimited, and those of the Kinesis Producer Library."""

import hashlib
import json
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import example, given
from hypothesis import strategies as st

from clickgen.local.firehose.deaggregation import (
    MAX_SUB_RECORDS,
    UserRecord,
    split_delimited,
    split_json,
    split_kpl,
)


@pytest.mark.parametrize(
    ("record", "parts"),
    [
        (b'{"a":1}{"a":2}', [b'{"a":1}', b'{"a":2}']),
        (b'{"a":1}\n{"a":2}\n', [b'{"a":1}', b'{"a":2}']),
        (b' {"a":"}{"}\r\n\r\n{"a":{}} ', [b'{"a":"}{"}', b'{"a":{}}']),
        (b'{\n "a": 1\n}', [b'{\n "a": 1\n}']),
        (b'{\n "a": 1\n}{"b":\n2}', [b'{\n "a": 1\n}', b'{"b":\n2}']),
        (b'[{"a":1},{"a":2}]', [b'[{"a":1},{"a":2}]']),
        (b'{"a":1}{"a":', [b'{"a":1}{"a":']),
        (b'{"a":1} 7', [b'{"a":1} 7']),
        (b"\xff{}", [b"\xff{}"]),
        (b"", [b""]),
        (b"\n", [b"\n"]),
    ],
)
def test_json_objects_are_taken_apart(record: bytes, parts: list[bytes]) -> None:
    assert split_json(record) == parts


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5)), min_size=1, max_size=5),
    st.sampled_from(["", "\n", " ", "\r\n"]),
    st.sampled_from([None, 1]),
)
def test_whatever_is_between_them_the_objects_are_found(
    objects: list[dict[str, str]], between: str, indent: int | None
) -> None:
    record = between.join(json.dumps(one, indent=indent, ensure_ascii=False) for one in objects)
    assert [json.loads(part) for part in split_json(record.encode())] == objects


def test_a_record_of_too_many_stays_whole() -> None:
    assert len(split_json(b"{}" * MAX_SUB_RECORDS)) == MAX_SUB_RECORDS
    assert split_json(b"{}" * (MAX_SUB_RECORDS + 1)) == [b"{}" * (MAX_SUB_RECORDS + 1)]
    assert len(split_delimited(b"a;" * MAX_SUB_RECORDS, b";")) == MAX_SUB_RECORDS
    assert len(split_delimited(b"a;" * (MAX_SUB_RECORDS + 1), b";")) == 1


def test_delimited_records_are_taken_apart() -> None:
    assert split_delimited(b"one####two########three####", b"####") == [b"one", b"two", b"three"]
    assert split_delimited(b"####", b"####") == [b"####"]


def aggregated_record_class() -> Any:
    """The message that the library writes, as its .proto file describes it."""
    file = descriptor_pb2.FileDescriptorProto(name="kpl.proto", package="kpl", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    layout = {
        "Tag": [("key", 1, kinds.TYPE_STRING, False), ("value", 2, kinds.TYPE_STRING, False)],
        "Record": [
            ("partition_key_index", 1, kinds.TYPE_UINT64, False),
            ("explicit_hash_key_index", 2, kinds.TYPE_UINT64, False),
            ("data", 3, kinds.TYPE_BYTES, False),
            ("tags", 4, ".kpl.Tag", True),
        ],
        "AggregatedRecord": [
            ("partition_key_table", 1, kinds.TYPE_STRING, True),
            ("explicit_hash_key_table", 2, kinds.TYPE_STRING, True),
            ("records", 3, ".kpl.Record", True),
        ],
    }
    for message, fields in layout.items():
        described = file.message_type.add(name=message)
        for name, number, kind, repeated in fields:
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            field = described.field.add(name=name, number=number, label=label)
            if isinstance(kind, str):
                field.type, field.type_name = kinds.TYPE_MESSAGE, kind
            else:
                field.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("kpl.AggregatedRecord"))


AGGREGATED = aggregated_record_class()
USER_RECORDS = st.lists(st.tuples(st.text(min_size=1, max_size=4), st.binary(max_size=300)), max_size=6)


def aggregated(records: list[tuple[str, bytes]]) -> bytes:
    keys = sorted({key for key, _ in records})
    inner = [
        {"partition_key_index": keys.index(key), "data": data, "tags": [{"key": "t", "value": "v"}]}
        for key, data in records
    ]
    message = AGGREGATED(partition_key_table=keys, explicit_hash_key_table=["9"], records=inner)
    body: bytes = message.SerializeToString()
    return b"\xf3\x89\x9a\xc2" + body + hashlib.md5(body, usedforsecurity=False).digest()


@given(USER_RECORDS)
def test_user_records_of_the_library_are_found_with_their_keys(records: list[tuple[str, bytes]]) -> None:
    assert split_kpl(aggregated(records)) == [UserRecord(data, key) for key, data in records]


@given(USER_RECORDS.filter(len), st.data())
def test_a_damaged_or_ordinary_record_stays_whole(records: list[tuple[str, bytes]], data: st.DataObject) -> None:
    whole = aggregated(records)
    position = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
    for record in (damaged, whole[:position], b"plain"):
        assert split_kpl(record) == [UserRecord(record, None)]


@given(st.binary(max_size=60))
@example(bytes(8))  # a field whose number is 0, and one with a larger number than there may be
@example(b"\xe5\x80\x80\x80\x10" + bytes(4))
def test_a_body_that_is_no_message_stays_whole_although_its_digest_is_right(body: bytes) -> None:
    record = b"\xf3\x89\x9a\xc2" + body + hashlib.md5(body, usedforsecurity=False).digest()
    try:
        readable = AGGREGATED.FromString(body)
    except Exception:  # noqa: BLE001  # whatever the library calls it
        readable = None
    if readable is None or any(
        one.partition_key_index >= len(readable.partition_key_table) for one in readable.records
    ):
        assert split_kpl(record) == [UserRecord(record, None)]
