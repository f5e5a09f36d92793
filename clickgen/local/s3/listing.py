"""Listing: the keys of a bucket in the order of S3, some of them rolled up at a delimiter, page by page."""

import os
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from clickgen.local.s3.store import ObjectInfo, ObjectStore

_SETTLED_SECONDS = 1.0
"""How long a folder must have been unchanged to be remembered: times of files are coarser than changes."""
_MAX_REMEMBERED = 200_000
"""Names that are remembered between pages, of all folders together."""


@dataclass(frozen=True)
class Page:
    """One page of a listing; `last` is where the next one goes on, or None if this is the end."""

    objects: list[ObjectInfo]
    prefixes: list[str]
    last: str | None


class Listing:
    """Lists buckets. Sorted names of folders are remembered, so that a page of a large folder costs little."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._remembered: OrderedDict[Path, tuple[int, list[str]]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def page(
        self, bucket: str, prefix: str, delimiter: str, after: str, limit: int, *, resumed: bool = False
    ) -> Page:
        """At most `limit` keys and rolled-up prefixes behind `after`; `resumed` if that ended the page before."""
        objects: list[ObjectInfo] = []
        prefixes: list[str] = []
        last: str | None = None
        if limit <= 0:
            return Page([], [], None)
        for name, rolled in self._names(bucket, prefix, delimiter, after, resumed=resumed):
            if len(objects) + len(prefixes) >= limit:
                return Page(objects, prefixes, last)
            if rolled:
                prefixes.append(name)
            elif (info := self._store.info(bucket, name)) is not None:
                objects.append(info)
            else:
                continue  # it has just gone
            last = name
        return Page(objects, prefixes, None)

    def _names(
        self, bucket: str, prefix: str, delimiter: str, after: str, *, resumed: bool
    ) -> Iterator[tuple[str, bool]]:
        """Keys and rolled-up prefixes (True) behind `after`, in order."""
        rolled_up: str | None = None
        cut = after.find(delimiter, len(prefix)) if resumed and delimiter else -1
        if 0 <= cut == len(after) - len(delimiter):
            rolled_up = after
        for key, is_folder in self._keys(bucket, prefix, after, roll=delimiter == "/"):
            if rolled_up is not None and key.startswith(rolled_up):
                continue
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            if cut >= 0:
                rolled_up = key[: cut + len(delimiter)]
                yield rolled_up, True
            elif not is_folder:
                yield key, False

    def _keys(self, bucket: str, prefix: str, after: str, *, roll: bool) -> Iterator[tuple[str, bool]]:
        """Keys with that prefix behind `after`; with `roll` a folder (True) stands for all below it."""
        start = prefix.rpartition("/")[0]
        root = self._store.lake.root / bucket
        yield from self._walk(root, bucket, f"{start}/" if start else "", prefix, after, roll=roll)

    def _walk(
        self, root: Path, bucket: str, below: str, prefix: str, after: str, *, roll: bool
    ) -> Iterator[tuple[str, bool]]:
        if below and below.startswith(prefix) and below > after and self._store.is_mark(bucket, below):
            yield below, False
        for name in self._sorted(root / below):
            key = below + name
            if not key.startswith(prefix) or (key <= after and not (name.endswith("/") and after.startswith(key))):
                continue
            if not name.endswith("/"):
                yield key, False
            elif not roll:
                yield from self._walk(root, bucket, key, prefix, after, roll=False)
            elif next(self._walk(root, bucket, key, "", after, roll=False), None) is not None:
                yield key, True

    def _sorted(self, folder: Path) -> list[str]:
        """The names in a folder as their keys are ordered: a folder's ends with a slash."""
        try:
            changed = folder.lstat().st_mtime_ns
        except OSError:
            return []
        with self._lock:
            found = self._remembered.get(folder)
            if found is not None and found[0] == changed:
                self._remembered.move_to_end(folder)
                return found[1]
        names = _scan(folder)
        if time.time_ns() - changed > _SETTLED_SECONDS * 1e9:
            self._remember(folder, changed, names)
        return names

    def _remember(self, folder: Path, changed: int, names: list[str]) -> None:
        with self._lock:
            old = self._remembered.pop(folder, None)
            self._size += len(names) - (len(old[1]) if old else 0)
            self._remembered[folder] = (changed, names)
            while self._size > _MAX_REMEMBERED and self._remembered:
                self._size -= len(self._remembered.popitem(last=False)[1][1])


def _scan(folder: Path) -> list[str]:
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    names.append(entry.name + "/")
                elif entry.is_file(follow_symlinks=False):
                    names.append(entry.name)
    except OSError:
        return []
    return sorted(name for name in names if _is_text(name))  # by code points, which is the order of UTF-8


def _is_text(name: str) -> bool:
    """Whether a file's name is UTF-8, as keys are."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
