"""The ids that a file lists, each kept as a checksum, so that ten million take 80 MB, whatever they look like.

The checksums are xxh3 of 64 bits with a seed that is drawn anew each time. That a lost id is taken for one that is
there has a chance of one in 10^12 for each lost one, if ten million are there.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.read.objects import scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import Bad, Fault

BATCH = 50_000  # ids that are looked up at once
_LONGEST_LINE = 1 << 20  # bytes: no id is as long
_NEVER, _OFTEN = 0, 255  # how often an id was seen, counted no further


class ExpectedIds:
    """The ids of a file: how many, which it has more than once, and which were seen.

    field: the names that lead to the id, if the file has JSON objects.
    """

    def __init__(self, file: Path, field: tuple[str, ...]) -> None:
        """Raises UsageProblem if there is no such file, EnvironmentProblem if it cannot be read or is damaged."""
        self.file = file
        self._field = field
        self._seed = secrets.randbits(64)
        parts = [self.sums(batch) for batch in in_batches(self.texts())]
        listed = np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.uint64)
        del parts
        again = listed[1:] == listed[:-1]
        self.listed = len(listed)
        self.repeated = int(again.sum())
        self._sums: NDArray[np.uint64] = listed[np.concatenate([[True], ~again])] if len(listed) else listed
        self._repeated = np.unique(listed[1:][again])
        self._seen = np.zeros(len(self._sums), np.uint8)

    def __len__(self) -> int:
        """How many different ids there are."""
        return len(self._sums)

    @property
    def found(self) -> int:
        return int(np.count_nonzero(self._seen))

    @property
    def doubled(self) -> int:
        """How many were seen more than once."""
        return int(np.count_nonzero(self._seen > 1))

    def forget(self) -> None:
        """Begin anew: nothing was seen."""
        self._seen[:] = _NEVER

    def sums(self, ids: Sequence[str]) -> NDArray[np.uint64]:
        seed = self._seed
        texts = (text.encode("utf-8", "surrogatepass") for text in ids)
        return np.fromiter((xxh3_64_intdigest(text, seed) for text in texts), np.uint64, len(ids))

    def see(self, ids: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Note events with these ids: of each, whether it is foreign, and whether its id was seen before."""
        sums = self.sums(ids)
        if not len(self._sums):
            return np.ones(len(ids), bool), np.zeros(len(ids), bool)
        places = np.minimum(np.searchsorted(self._sums, sums), len(self._sums) - 1)
        known = self._sums[places] == sums
        own = places[known]
        _, first, times = np.unique(own, return_index=True, return_counts=True)
        again = self._seen[own] > 0
        later = np.ones(len(own), bool)
        later[first] = False
        before = np.zeros(len(ids), bool)
        before[known] = again | later
        spots = own[first]
        self._seen[spots] = np.minimum(_OFTEN, self._seen[spots].astype(np.int64) + times).astype(np.uint8)
        return ~known, before

    def missing(self, most: int) -> list[str]:
        """The first ids of the file that were not seen."""
        return self._examples(lambda sums: self._lookup(sums) == _NEVER, most)

    def listed_again(self, most: int) -> list[str]:
        """Ids that the file has more than once, as far as they are wanted."""
        return self._examples(lambda sums: np.isin(sums, self._repeated), most)

    def texts(self) -> Iterator[str]:
        """The ids as the file has them, in its order."""
        for line in _lines(self.file):
            if line.startswith(b"{"):
                yield from self._in_object(line)
            else:
                yield line.decode("utf-8", "surrogateescape")

    def _examples(self, wanted: Callable[[NDArray[np.uint64]], NDArray[np.bool_]], most: int) -> list[str]:
        """The first of the file's ids whose checksums are wanted, each once."""
        found: dict[str, None] = {}
        for batch in in_batches(self.texts()):
            for position in np.flatnonzero(wanted(self.sums(batch))).tolist():
                found[batch[position]] = None
                if len(found) == most:
                    return list(found)
        return list(found)

    def _lookup(self, sums: NDArray[np.uint64]) -> NDArray[np.uint8]:
        return self._seen[np.searchsorted(self._sums, sums)]

    def _in_object(self, line: bytes) -> Iterator[str]:
        for piece in scan([line]):
            ids = [] if isinstance(piece, Bad) else list(ids_in(piece.value, self._field))
            if not ids:
                what = "is not JSON" if isinstance(piece, Bad) else f"has no field {'.'.join(self._field)}"
                raise UsageProblem(
                    f"a line of {self.file} {what}: {line[:80].decode('utf-8', 'replace')}",
                    "give a file with an id a line, or the field of its objects with --id-field",
                )
            yield from ids


def ids_in(value: object, path: tuple[str, ...]) -> Iterator[str]:
    """The ids at a path of names, of each element where a list is on the way; none where there is nothing."""
    if isinstance(value, list):
        for element in value:
            yield from ids_in(element, path)
    elif path:
        if isinstance(value, dict) and path[0] in value:
            yield from ids_in(value[path[0]], path[1:])
    elif isinstance(value, str):
        yield value
    elif value is not None and not isinstance(value, dict):
        yield orjson.dumps(value).decode()


def in_batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids, so many at once."""
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _lines(file: Path) -> Iterator[bytes]:
    """Lines of a file, compressed or not, without blanks around them and without empty ones."""
    rest = b""
    for chunk in open_chunks(file):
        if isinstance(chunk, Fault):
            raise EnvironmentProblem(f"{file} is damaged: {chunk.reason}", "a list that is cut off proves nothing")
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise UsageProblem(f"{file} has a line of more than {_LONGEST_LINE >> 20} MiB", "write one id a line")
        yield from filter(None, map(bytes.strip, whole))
    yield from filter(None, [rest.strip()])
