"""A conversion: the records of one object become a Parquet or ORC file, and those that cannot are named.

All records go through DuckDB at once. If it comes upon a row that it might read other than the SerDe would, the
records of such rows are read one by one by the reference, and the file is written of both.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.firehose.conversion.columns import columns_of
from clickgen.local.firehose.conversion.engine import Engine, has_nulls, started, write_parquet
from clickgen.local.firehose.conversion.orc import write_orc
from clickgen.local.firehose.conversion.reader import RecordFailed, RecordReader, Row
from clickgen.local.firehose.conversion.select import DOUBTFUL, Selection, can_select
from clickgen.local.firehose.conversion.settings import Conversion, OrcOutput, ParquetOutput
from clickgen.local.firehose.conversion.spelling import Spelling
from clickgen.local.firehose.conversion.staging import lines_of, stage
from clickgen.local.platform.limits import MEBIBYTE


@dataclass(frozen=True)
class Failure:
    """A record that could not be converted: its number from 0, the service's code and message."""

    record: int
    code: str
    message: str


@dataclass(frozen=True)
class Converted:
    """What became of the records: the rows of the file, which is not there if there are none, and the failures."""

    rows: int
    failures: tuple[Failure, ...]


class Converter:
    """Converts records by one table and the settings of one stream."""

    def __init__(self, conversion: Conversion, table: dict[str, Any]) -> None:
        """table: `Table` as GetTable answers it. SchemaProblem if its columns cannot be written."""
        self._conversion = conversion
        self._columns = columns_of(table, conversion)
        self._reader = RecordReader(self._columns, conversion.reader)
        self._spelling = Spelling(self._columns, conversion.reader)
        self._fast = can_select(self._columns, conversion.reader)

    def convert(self, records: Iterable[bytes], target: Path, scratch: Path) -> Converted:
        """Write `target` from records, which are read twice; `scratch` is an empty folder, which may be left full.

        This takes seconds, most of them without the interpreter: call it in a thread. OSError.
        """
        target_parquet = target if isinstance(self._conversion.output, ParquetOutput) else scratch / "rows.parquet"
        with started(scratch) as engine:
            if self._fast:
                converted = self._by_selection(engine, records, target_parquet, scratch / "lines.json")
            else:
                converted = self._by_reader(engine, records, target_parquet, scratch / "lines.json")
        if isinstance(self._conversion.output, OrcOutput) and converted.rows:
            write_orc(target_parquet, target, self._conversion.output)
        return converted

    def _by_selection(self, engine: Engine, records: Iterable[bytes], target: Path, lines: Path) -> Converted:
        staged = stage(records, lines)
        if not staged.owners:
            return self._by_reader(engine, records, target, lines)
        if not staged.set_aside and self._write_all(engine, lines, target) == len(staged.owners):
            return Converted(len(staged.owners), ())
        keys = self._spelling.listed(engine, lines)
        if keys is None:
            return self._by_reader(engine, records, target, lines)
        selection = Selection(self._columns, self._conversion.reader, keys)
        numbers, rows = engine.sql(selection.doubtful_rows(lines)).fetchall()[0]
        if rows != len(staged.owners):
            return self._by_reader(engine, records, target, lines)
        doubtful = staged.set_aside | {staged.owners[number] for number in numbers or ()}
        return self._by_reader(engine, records, target, lines, doubtful, keys)

    def _write_all(self, engine: Engine, lines: Path, target: Path) -> int | None:
        """Write the rows of all lines, by one pass if all goes well; None if a row is doubtful.

        The spelling of keys is taken from the first lines. If a column then has a null, a later line may spell
        its key otherwise, so that the keys of all lines have to be known.
        """
        keys = self._spelling.sampled(lines)
        written = self._try_to_write(engine, lines, target, keys)
        if written is None or not has_nulls(engine, target):
            return written
        listed = self._spelling.listed(engine, lines)
        return written if listed == keys else self._try_to_write(engine, lines, target, listed)

    def _try_to_write(
        self, engine: Engine, lines: Path, target: Path, keys: Mapping[str, str] | None
    ) -> int | None:
        import duckdb  # an optional package

        if keys is None:
            return None
        selection = Selection(self._columns, self._conversion.reader, keys)
        try:
            return write_parquet(engine, selection.rows(lines, trusted=False), target, self._conversion.output)
        except duckdb.InvalidInputException as problem:
            if DOUBTFUL not in str(problem):
                raise
            return None

    def _by_reader(
        self,
        engine: Engine,
        records: Iterable[bytes],
        target: Path,
        lines: Path,
        doubtful: Collection[int] | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> Converted:
        """Read the doubtful records one by one, or all of them; the lines of the others are good as they are."""
        names = keys or {column.name: column.name for column in self._columns}
        failures: list[Failure] = []
        count = 0
        with lines.open("wb", MEBIBYTE) as file:
            for number, record in enumerate(records):
                if doubtful is not None and number not in doubtful:
                    good = lines_of(record)
                else:
                    try:
                        good = [_line(row, names) for row in self._reader.rows(record)]
                    except RecordFailed as failed:
                        failures.append(Failure(number, failed.code, failed.message))
                        continue
                count += len(good)
                file.writelines(line + b"\n" for line in good)
        target.unlink(missing_ok=True)
        if count:
            selection = Selection(self._columns, self._conversion.reader, names)
            written = write_parquet(engine, selection.rows(lines, trusted=True), target, self._conversion.output)
            if written != count:
                raise AssertionError(f"{written} of {count} rows were written")
        return Converted(count, tuple(failures))


def _line(row: Row, names: Mapping[str, str]) -> bytes:
    return orjson.dumps({names[name]: value for name, value in row.items()})
