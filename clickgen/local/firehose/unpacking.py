"""Taking records apart before anything else is done to them: compression, CloudWatch Logs, aggregates."""

import zlib
from collections.abc import Callable

import orjson

from clickgen.local.firehose.deaggregation import split_delimited, split_json
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.failures import PROCESSING_FAILED, Failure
from clickgen.local.firehose.flow import Flow, Record
from clickgen.local.platform.limits import MEBIBYTE

_MAX_UNPACKED_BYTES = 64 * MEBIBYTE
"""Of one record: the service names no limit, and a record of 1 MB may unpack to a thousand times as much."""

_GZIP = 16 + zlib.MAX_WBITS
_CODE = "Decompression.Failed"  # the service's own code is not documented

Unpack = Callable[[bytes], list[bytes]]


class UnpackingFailed(Exception):
    """A record cannot be taken apart, and why not."""


class Unpacking:
    """The steps of a stream that take records apart, in the order of the service."""

    def __init__(self, destination: StreamDestination) -> None:
        self._steps: list[Unpack] = []
        if destination.decompress:
            self._steps.append(decompressed)
        if destination.extract_messages:
            self._steps.append(log_messages)
        if destination.deaggregation is not None:
            delimiter = destination.deaggregation.delimiter
            self._steps.append(
                split_json if delimiter is None else lambda record: split_delimited(record, delimiter)
            )

    def run(self, flow: Flow) -> Flow:
        """The records that the steps make of these."""
        for unpack in self._steps:
            flow = _each(unpack, flow)
        return flow


def decompressed(record: bytes) -> list[bytes]:
    """A record that is GZIP, unpacked; UnpackingFailed if it is not, or becomes too large."""
    unpacked, rest = bytearray(), record
    try:
        while rest:
            member = zlib.decompressobj(_GZIP)
            unpacked += member.decompress(rest, _MAX_UNPACKED_BYTES + 1 - len(unpacked))
            if len(unpacked) > _MAX_UNPACKED_BYTES:
                raise UnpackingFailed(f"The record is larger than {_MAX_UNPACKED_BYTES} bytes when decompressed.")
            if not member.eof:
                raise UnpackingFailed("The record is GZIP that ends in the middle.")
            rest = member.unused_data
    except zlib.error:
        raise UnpackingFailed("The record is not GZIP.") from None
    return [bytes(unpacked)]


def log_messages(record: bytes) -> list[bytes]:
    """The messages of a record of CloudWatch Logs, each on a line; none of a control message."""
    try:
        logs = orjson.loads(record)
        if logs["messageType"] == "CONTROL_MESSAGE":
            return []
        lines = [event["message"] + "\n" for event in logs["logEvents"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise UnpackingFailed("The record is not what CloudWatch Logs sends.") from None
    return ["".join(lines).encode()]


def _each(unpack: Unpack, flow: Flow) -> Flow:
    made: list[Record] = []
    failed = list(flow.failed)
    for record in flow.records:
        try:
            made += [Record(data, record.arrived, record.source) for data in unpack(record.data)]
        except UnpackingFailed as problem:
            failed.append((record, Failure(PROCESSING_FAILED, _CODE, str(problem))))
    return Flow(made, failed)
