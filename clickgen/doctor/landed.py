"""What has landed of a stream so far: whether records are apart from each other, and what failed."""

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.stream_settings import StreamSettings
from clickgen.doctor.visit import Refused, Visit
from clickgen.model.amounts import counted, instant
from clickgen.model.outside_text import one_line
from clickgen.pipeline.description import flow
from clickgen.verify.landings.objects.prefix import static_prefix

RECENT = timedelta(hours=1)
"""What failed longer ago is a warning: it may have been mended since."""

_HEAD_BYTES = 64 << 10
_FAILED = {
    "processing-failed": "that its function failed on",
    "format-conversion-failed": "that do not fit the table they are converted to",
}
_NOT_LOADED = "that the warehouse did not load"
_MOST_REASON = 200
_READABLE = ("UNCOMPRESSED", "GZIP")


def examine_landed(visit: Visit, station: str, settings: StreamSettings) -> Iterator[Finding]:
    if not settings.bucket:
        return
    objects = visit.objects(settings.bucket, static_prefix(settings.prefix))
    if isinstance(objects, Refused):
        yield objects.finding(station, f"what is in bucket {settings.bucket}", "s3:ListBucket")
        return
    failed = visit.objects(settings.bucket, settings.failed_below)
    failed = [] if isinstance(failed, Refused) else failed
    yield from _failures(visit, station, settings, failed)
    if settings.converts is None and not settings.warehouse and settings.compression in _READABLE:
        below = {one["Key"] for one in failed}
        landed = [one for one in objects if one["Key"] not in below and one["Size"]]
        yield from _delimiters(visit, station, settings, landed)


def examine_rejected(visit: Visit, station: str, bucket: str, prefix: str) -> Iterator[Finding]:
    """What a function has put below a prefix because it could not process it."""
    rejected = visit.objects(bucket, prefix)
    if isinstance(rejected, Refused) or not rejected:
        return
    latest = rejected[-1]
    what = (
        f"{counted(len(rejected), 'object')} in s3://{bucket}/{prefix} hold records that its function "
        f"rejected, the latest of {_words_of(latest['LastModified'])}"
    )
    if reason := _reason(visit, bucket, latest["Key"]):
        what += f": {reason}"
    yield _weighed(station, what, "look at the log of that function, mend it, and hand it those again", latest)


def _weighed(station: str, what: str, step: str, latest: dict[str, Any]) -> Finding:
    """A problem if the latest of its objects is recent, else a warning."""
    recent = datetime.now(UTC) - latest["LastModified"] < RECENT
    return problem(station, what, step) if recent else warning(station, what, step)


def _failures(
    visit: Visit, station: str, settings: StreamSettings, failed: list[dict[str, Any]]
) -> Iterator[Finding]:
    of_kind = [(_kind_of(one["Key"], settings), one) for one in failed]
    kinds = Counter(kind for kind, _ in of_kind if kind is not None)
    for kind, objects in kinds.items():
        latest = next(one for each, one in reversed(of_kind) if each == kind)
        when: datetime = latest["LastModified"]
        reason = _reason(visit, settings.bucket, latest["Key"]) if kind in _FAILED else ""
        what = (
            f"{counted(objects, 'object')} in s3://{settings.bucket}/{settings.failed_below} hold records "
            f"{_FAILED.get(kind, _NOT_LOADED)}, the latest of {_words_of(when)}"
            + (f": {reason}" if reason else "")
        )
        yield _weighed(station, what, _what_to_do(kind, settings), latest)


def _kind_of(key: str, settings: StreamSettings) -> str | None:
    """Which kind of failed records an object holds; None if it is something else."""
    kind = next((kind for kind in _FAILED if f"{kind}/" in key), None)
    return kind or (_NOT_LOADED if settings.warehouse else None)


def _words_of(when: datetime) -> str:
    return instant(int(when.timestamp()) * 1000)


def _what_to_do(kind: str, settings: StreamSettings) -> str:
    if kind == "processing-failed":
        return f"look at the log of function {settings.transform}, mend it, and send those records again"
    if kind == "format-conversion-failed":
        table = ".".join(settings.converts or ("its", "table"))
        return f"compare the columns of {table} with the events: clickgen verify s3 shape"
    return "look at sys_load_error_detail in the warehouse; the manifests there name the objects to COPY again"


def _reason(visit: Visit, bucket: str, key: str) -> str:
    """What the first error record of an object says."""
    try:
        first = json.loads(_head(visit, bucket, key).split(b"\n", 1)[0])
        return one_line(f"{first['errorCode']}: {first.get('errorMessage', '')}")[:_MOST_REASON]
    except (ValueError, LookupError, TypeError):
        return ""


def _delimiters(
    visit: Visit, station: str, settings: StreamSettings, landed: list[dict[str, Any]]
) -> Iterator[Finding]:
    if not landed:
        if _from_pipe(visit, station) and not settings.delimiter and settings.transform is None:
            what = "a pipe ends records with no line break, and neither does the stream: Athena reads one a file"
            yield problem(station, what, "add the processor AppendDelimiterToRecord")
        return
    key = landed[-1]["Key"]
    head = _head(visit, settings.bucket, key)
    where = f"s3://{settings.bucket}/{key}"
    ending = f"function {settings.transform} is to end" if settings.transform else "let the producer end"
    if b"}{" in head:
        what = f"records follow each other without a line break in {where}: Athena reads the first of a line"
        yield problem(
            station, what, f"add the processor AppendDelimiterToRecord, or {ending} each record with one"
        )
    elif b"\n\n" in head:
        what = f"there are empty lines in {where}: records end with a line break already, and the stream adds one"
        yield warning(
            station, what, "remove the processor AppendDelimiterToRecord, or the line break of the records"
        )
    elif head:
        yield fine(station, "records are a line each in what landed")


def _from_pipe(visit: Visit, station: str) -> bool:
    """Whether a pipe fills the stream, directly or by way of a Kinesis stream."""
    ways = flow(visit.description.resources)
    sources = {station} | {address for address, targets in ways.items() if station in targets}
    return any(address.startswith("pipe:") and sources & set(targets) for address, targets in ways.items())


def _head(visit: Visit, bucket: str, key: str) -> bytes:
    """The beginning of an object, unpacked; nothing if it cannot be read."""
    answer = visit.ask("s3", "get_object", Bucket=bucket, Key=key, Range=f"bytes=0-{_HEAD_BYTES - 1}")
    if isinstance(answer, Refused):
        return b""
    head: bytes = answer["Body"].read()
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, _HEAD_BYTES * 4)
    except zlib.error:
        return b""
