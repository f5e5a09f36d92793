"""The Parquet files of a place: which there are, and each as a file on this machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from clickgen.ledger.claims import key_times_ms, landed_since_ms
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.plan import Plan
from clickgen.verify.landings.objects.place import FolderPlace, ObjectChanged, ObjectPlace, ObjectUnread, Stored
from clickgen.verify.landings.objects.search_scope import SearchScope

MAGIC = b"PAR1"
_SUFFIXES = (".parquet", ".parq", ".pq")
_BATCH_BYTES, _BATCH_FILES = 128 << 20, 500


class ParquetFiles:
    """The Parquet files of a place that can hold a run.

    Names of which a part begins with `_` or `.` are left out, as Athena and Spark do; so are files that are not
    Parquet by their name or their first bytes, and what is older than the run.
    """

    def __init__(self, where: SearchScope, folder: RunFolder, plan: Plan) -> None:
        self.place: ObjectPlace = where.place
        self.buffer_seconds = where.buffer_seconds
        self._where = where
        self._folder = folder
        self._plan = plan
        self._is_parquet: dict[tuple[str, str], bool] = {}

    def listed(self, now_ms: int) -> tuple[list[Stored], int]:
        """The files there now, and how many were left out as older than the run. now_ms: Unix time."""
        claims = read_claims(self._folder, self._plan)
        since_ms = landed_since_ms(self._plan, claims)
        first_ms, last_ms = key_times_ms(self._plan, claims, now_ms)
        files: list[Stored] = []
        older = 0
        for stored in self._where.objects(first_ms, max(now_ms, last_ms), now_ms):
            if is_hidden(stored.key) or not self._holds_parquet(stored):
                continue
            if stored.landed_ms < since_ms:
                older += 1
            else:
                files.append(stored)
        return files, older

    def _holds_parquet(self, stored: Stored) -> bool:
        if stored.key.endswith(_SUFFIXES):
            return True
        known = (stored.key, stored.tag)
        if known not in self._is_parquet:
            try:
                start = next(iter(self.place.read(stored)), b"") if stored.size else b""
            except (ObjectChanged, ObjectUnread):
                return True  # the query for its ids will find out why it cannot be read
            self._is_parquet[known] = start.startswith(MAGIC)
        return self._is_parquet[known]


def batches(files: Sequence[Stored]) -> Iterator[list[Stored]]:
    """The files in groups that are read at once: no more than 128 MB each, or a single file."""
    batch: list[Stored] = []
    size = 0
    for stored in files:
        if batch and (size + stored.size > _BATCH_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(stored)
        size += stored.size
    if batch:
        yield batch


@contextmanager
def local_files(place: ObjectPlace, batch: Sequence[Stored]) -> Iterator[list[Path]]:
    """The files on this machine, in this order, while the block lasts; ObjectChanged if one is gone."""
    if isinstance(place, FolderPlace):
        yield [place.path_of(stored) for stored in batch]
        return
    with TemporaryDirectory(prefix="clickgen-parquet-") as folder:
        paths = [Path(folder) / f"{position}.parquet" for position in range(len(batch))]
        for path, stored in zip(paths, batch, strict=True):
            with path.open("wb") as file:
                file.writelines(place.read(stored))
        yield paths


def is_hidden(key: str) -> bool:
    """Whether Athena and Spark ignore a file: a part of its name begins with `_` or `.`."""
    return any(part.startswith(("_", ".")) for part in key.split("/"))
