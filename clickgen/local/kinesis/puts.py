"""PutRecord and PutRecords: records are on disk before they are answered. By hand, since this is the hot path."""

from collections.abc import Sequence
from typing import Any

import orjson
import pybase64

from clickgen.local.kinesis.limits import MAX_CALL_BYTES, MAX_KEY_CHARACTERS, MAX_RECORDS_A_CALL
from clickgen.local.kinesis.sequence import NEXT_RECORD
from clickgen.local.kinesis.shard import Shard
from clickgen.local.kinesis.stream import HASH_KEYS, Stream
from clickgen.local.kinesis.streams import Streams
from clickgen.local.platform.errors import (
    ServiceError,
    internal_failure,
    invalid_argument,
    serialization_error,
    validation_errors,
)
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.notices import say
from clickgen.local.platform.service import Answer, Call

_CONSTRAINT = "failed to satisfy constraint: Member must"


class _Outgoing:
    """Records of one put: their keys as bytes, explicit hash keys, data."""

    def __init__(self, keys: list[bytes], explicit: list[int | None], data: list[bytes]) -> None:
        self.keys = keys
        self.explicit = explicit
        self.data = data
        self.sizes = [len(key) + len(datum) for key, datum in zip(keys, data, strict=True)]


Outcome = tuple[Shard, int] | ServiceError
"""What became of a record: its shard and sequence number, or why it was refused."""


class Puts:
    """The data plane of one lake's streams."""

    def __init__(self, streams: Streams, faults: ServiceFaults) -> None:
        self._streams = streams
        self._faults = faults

    def put_record(self, call: Call) -> Answer:
        """PutRecord: a record that is refused fails the call."""
        stream = self._streams.taking(call.body)
        [outcome] = self._put(stream, _parsed(stream, [call.body], "")).values()
        if isinstance(outcome, ServiceError):
            raise outcome
        shard, sequence = outcome
        answer: dict[str, Any] = {"ShardId": shard.id, "SequenceNumber": str(sequence)}
        return answer | {"EncryptionType": "KMS" if stream.state.key_id else "NONE"}

    def put_records(self, call: Call) -> Answer:
        """PutRecords: keep what the shards' limits and the faults let in; the answer says which."""
        records = call.body.get("Records")
        if not isinstance(records, list) or not 1 <= len(records) <= MAX_RECORDS_A_CALL:
            raise _wrong_count(records)
        stream = self._streams.taking(call.body)
        outcomes = self._put(stream, _parsed(stream, records, "records."))
        refused = sum(isinstance(outcome, ServiceError) for outcome in outcomes.values())
        entries = b",".join([_entry(outcomes[index]) for index in range(len(records))])
        encryption = b"KMS" if stream.state.key_id else b"NONE"
        return b'{"EncryptionType":"%s","FailedRecordCount":%d,"Records":[%s]}' % (encryption, refused, entries)

    def keep(self, stream: Stream, records: Sequence[tuple[bytes, bytes]]) -> list[str | None]:
        """Keep records (key, data) of another service; for each None or the code of its refusal."""
        outgoing = _Outgoing([key for key, _ in records], [None] * len(records), [data for _, data in records])
        _check_sizes(stream, outgoing)
        outcomes = self._put(stream, outgoing)
        in_order = [outcomes[index] for index in range(len(records))]
        return [outcome.code if isinstance(outcome, ServiceError) else None for outcome in in_order]

    def _put(self, stream: Stream, outgoing: _Outgoing) -> dict[int, Outcome]:
        faults = self._faults.of(stream.state.name)
        outcomes: dict[int, Outcome] = dict(faults.failing(len(outgoing.data)))
        outgoing.data = faults.poisoned(outgoing.data)
        by_shard: dict[Shard, list[int]] = {}
        for index, shard in enumerate(stream.route(list(zip(outgoing.keys, outgoing.explicit, strict=True)))):
            if index not in outcomes:
                by_shard.setdefault(shard, []).append(index)
        now = int(stream.now() * 1000)
        for shard, indexes in by_shard.items():
            admitted = []
            passes = shard.admit([outgoing.sizes[index] for index in indexes])
            for index, admits in zip(indexes, passes, strict=True):
                if admits:
                    admitted.append(index)
                else:
                    outcomes[index] = _too_fast(stream, shard)
            if admitted:
                outcomes.update(_kept(shard, now, admitted, outgoing))
        refused = [outcome for outcome in outcomes.values() if isinstance(outcome, ServiceError)]
        stream.taken += len(outcomes) - len(refused)
        if refused:
            stream.refused += len(refused)
            stream.last_refusal = f"{refused[-1].code}: {refused[-1].message}"
        return outcomes


def _kept(shard: Shard, now: int, indexes: list[int], outgoing: _Outgoing) -> dict[int, Outcome]:
    try:
        first = shard.put(now, [(outgoing.keys[index], outgoing.data[index]) for index in indexes])
    except OSError as error:
        say(f"a put of {len(indexes)} records to {shard.id} cannot be kept: {error}")
        return {index: internal_failure() for index in indexes}
    return {index: (shard, first + NEXT_RECORD * place) for place, index in enumerate(indexes)}


def _entry(outcome: Outcome) -> bytes:
    if isinstance(outcome, ServiceError):
        return orjson.dumps({"ErrorCode": outcome.code, "ErrorMessage": outcome.message})
    shard, sequence = outcome
    return b'{"SequenceNumber":"%d","ShardId":"%s"}' % (sequence, shard.encoded_id)


def _too_fast(stream: Stream, shard: Shard) -> ServiceError:
    return ServiceError(
        "ProvisionedThroughputExceededException",
        f"Rate exceeded for shard {shard.id} in stream {stream.state.name} under account {ACCOUNT}.",
    )


def throttled() -> ServiceError:
    """A record or call refused by a planted fault."""
    return ServiceError("ProvisionedThroughputExceededException", f"Rate exceeded under account {ACCOUNT}.")


def _parsed(stream: Stream, records: list[Any], where: str) -> _Outgoing:
    """The records of a call; ServiceError if one breaks a limit, since then the whole call fails."""
    try:
        data = [pybase64.b64decode(record["Data"], validate=True) for record in records]
        keys = [record["PartitionKey"] for record in records]
        encoded = [key.encode() for key in keys]
        lengths = list(map(len, keys))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _first_problem(records, where) from None
    if min(lengths) < 1 or max(lengths) > MAX_KEY_CHARACTERS:
        raise _first_problem(records, where)
    outgoing = _Outgoing(encoded, [_hash_key(record) for record in records], data)
    _check_sizes(stream, outgoing)
    return outgoing


def _check_sizes(stream: Stream, outgoing: _Outgoing) -> None:
    most = 1024 * stream.state.record_kib
    if max(outgoing.sizes) > most:
        raise invalid_argument(
            f"The size of a record with its partition key must not exceed {most} bytes in stream"
            f" {stream.state.name}; the largest of this call has {max(outgoing.sizes)}."
        )
    if sum(outgoing.sizes) > MAX_CALL_BYTES:
        raise invalid_argument(f"Records size exceeds {MAX_CALL_BYTES} bytes.")


def _hash_key(record: dict[str, Any]) -> int | None:
    text = record.get("ExplicitHashKey")
    if text is None:
        return None
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()) or int(text[:40]) >= HASH_KEYS:
        raise invalid_argument(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was"
            f" {text}"
        )
    return int(text)


def _wrong_count(records: Any) -> ServiceError:
    if records is None:
        return validation_errors([f"Value at 'records' {_CONSTRAINT} not be null"])
    if not isinstance(records, list):
        return serialization_error("Records is not a list.")
    bound = "greater than or equal to 1" if not records else f"less than or equal to {MAX_RECORDS_A_CALL}"
    return validation_errors([f"Value at 'records' {_CONSTRAINT} have length {bound}"])


def _first_problem(records: list[Any], where: str) -> ServiceError:
    """The error of the first record that is not valid."""
    for number, record in enumerate(records, 1):
        member = f"{where}{number}.member." if where else ""
        if not isinstance(record, dict):
            return serialization_error(f"{member.rstrip('.')} is not a record.")
        key, data = record.get("PartitionKey"), record.get("Data")
        if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY_CHARACTERS:
            bound = f"have length from 1 to {MAX_KEY_CHARACTERS}" if isinstance(key, str) else "not be null"
            return validation_errors([f"Value at '{member}partitionKey' {_CONSTRAINT} {bound}"])
        if data is None:
            return validation_errors([f"Value at '{member}data' {_CONSTRAINT} not be null"])
        try:
            pybase64.b64decode(data, validate=True)
            key.encode()
        except (TypeError, ValueError):
            return serialization_error(f"{member}data is not base64, or its partition key is not Unicode text.")
    raise AssertionError("every record is valid")
