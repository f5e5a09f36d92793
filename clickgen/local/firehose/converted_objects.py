"""Format conversion as a step of a delivery: of a spool comes a Parquet or ORC file, and lines about failures."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from clickgen.local.firehose.compression import encoding_of
from clickgen.local.firehose.conversion.converter import Converter, Failure
from clickgen.local.firehose.conversion.settings import Conversion, ParquetOutput
from clickgen.local.firehose.conversion.tables import error_line
from clickgen.local.firehose.drafts import Draft
from clickgen.local.firehose.spool import data_of


class ConversionStep:
    """The conversion of one spool; to be used once.

    region: of the stream.
    failed: how many records could not be converted, once it has run.
    """

    def __init__(self, conversion: Conversion, converter: Converter, region: str, aside: Path) -> None:
        self.failed = 0
        self._converter = converter
        self._aside = aside
        self._encoding = encoding_of("UNCOMPRESSED", parquet=isinstance(conversion.output, ParquetOutput))
        self._table = conversion.table
        self._region = region

    def run(self, draft: Draft) -> list[Draft]:
        """The object with the rows, if there are any, and one about the failures, if there are any."""
        if draft.failed_key is None:
            return [draft]  # gathered before the stream converted
        records = _Records(draft)
        target = self._aside / uuid.uuid4().hex
        scratch = self._aside / uuid.uuid4().hex
        scratch.mkdir(mode=0o700)
        try:
            converted = self._converter.convert(records, target, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        drafts = []
        self.failed = len(converted.failures)
        if converted.failures:
            drafts.append(self._about(draft, records, {one.record: one for one in converted.failures}))
        if converted.rows:
            size = target.stat().st_size
            drafts.append(
                replace(draft, file=target, size=size, puts=(), content_encoding=self._encoding, finished=True)
            )
        return drafts

    def _about(self, draft: Draft, records: "_Records", failures: dict[int, Failure]) -> Draft:
        target = self._aside / uuid.uuid4().hex
        with target.open("xb") as file:
            for number, (record, arrived) in enumerate(records.with_arrivals()):
                if number in failures:
                    file.write(error_line(record, arrived, failures[number], self._table, self._region))
            size = file.tell()
        return Draft(draft.bucket, draft.failed_key or draft.key, target, size, finished=True)


class _Records:
    """The records of a spool; they can be read several times."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __iter__(self) -> Iterator[bytes]:
        return (record for record, _ in self.with_arrivals())

    def with_arrivals(self) -> Iterator[tuple[bytes, int]]:
        """Each with its arrival in epoch milliseconds."""
        for put, payload in data_of(self._draft.file, self._draft.puts):
            for record in put.split(payload):
                yield record, put.arrived
