"""Converts what Firehose delivers into Parquet; S3 calls it for each new object of the raw bucket.

An object becomes one Parquet file for each day of its events, and the names of these files follow from its own. S3
notifies at least once and Lambda repeats calls that failed, so the same object may be converted again: then the
same files are written again, and no event is there twice.

What is not a page view is kept below rejected/, with the reason, in the form of Firehose's error records.
"""

import gzip
import hashlib
import logging
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import ClientError

from json_objects import Piece, pieces
from page_views import DailyFiles, NotAPageView, page_view
from rejected import RejectedLines

log = logging.getLogger()
log.setLevel(logging.INFO)
s3 = boto3.client("s3")

_GZIP = b"\x1f\x8b"
_CHARACTERS = 1 << 20  # read at a time
_MOST_NAME = 100  # characters of the object's name that are kept in those of its files


class DamagedObject(Exception):
    """An object that cannot be read to its end, so that a part of its events is not known."""


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Convert every object that the event names; how many events were written and rejected in all."""
    written = rejected = 0
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        counts = convert(bucket, key, os.environ["PROCESSED_BUCKET"])
        written, rejected = written + counts[0], rejected + counts[1]
    return {"written": written, "rejected": rejected}


def convert(bucket: str, key: str, target: str) -> tuple[int, int]:
    """Write the page views of an object as Parquet into the bucket `target`; how many events and rejects.

    An object that has been removed since is skipped. Raises DamagedObject.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        source = Path(folder) / "source"
        try:
            s3.download_file(bucket, key, str(source))
        except ClientError as problem:
            if problem.response["Error"]["Code"] not in {"404", "NoSuchKey"}:
                raise
            log.warning("s3://%s/%s was removed before it was converted", bucket, key)
            return 0, 0
        days = stack.enter_context(DailyFiles(Path(folder)))
        rejects = stack.enter_context(RejectedLines(Path(folder), f"s3://{bucket}/{key}"))
        try:
            for piece in _pieces(source):
                try:
                    days.add(page_view(piece))
                except NotAPageView as problem:
                    rejects.add(piece.text, str(problem))
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise DamagedObject(f"s3://{bucket}/{key} cannot be read to its end: {problem}") from problem
        stack.close()  # the files are whole only now
        name = _name(bucket, key)
        for day, file in days.files.items():
            s3.upload_file(str(file), target, f"events/dt={day}/{name}.parquet")
        if rejects.count:
            s3.upload_file(str(rejects.file), target, f"rejected/{name}.jsonl")
            log.warning(
                "%d pieces of s3://%s/%s are not page views: rejected/%s.jsonl", rejects.count, bucket, key, name
            )
        log.info(
            "%d events of s3://%s/%s written for %s", days.count, bucket, key, ", ".join(days.files) or "no day"
        )
        return days.count, rejects.count


def _pieces(source: Path) -> Iterator[Piece]:
    """The JSON objects of a file, plain or gzip by its first bytes, whatever its name is."""
    with source.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    # bytes that are not UTF-8 become surrogates, which no page view may have
    with (gzip.open if packed else open)(
        source, "rt", encoding="utf-8", errors="surrogateescape", newline=""
    ) as text:
        yield from pieces(iter(lambda: text.read(_CHARACTERS), ""))


def _name(bucket: str, key: str) -> str:
    """The name of an object's files: the same however often it is converted, and different for every object."""
    digest = hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()[:12]
    return f"{Path(key).name.removesuffix('.gz')[:_MOST_NAME]}-{digest}"
