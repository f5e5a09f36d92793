"""The objects of the lake: files below the folder of their bucket, with what S3 knows of them beside it.

A file is an object from the moment it is there, whoever made it. What a file cannot say (ETag, Content-Type,
metadata) is kept in the state and holds as long as size and time of the file are what they were.
"""

import errno
import hashlib
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import LinkInTheWay, folder_within, is_bucket
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.objects import open_object, place

_OBJECT, _BUCKET, _EXPECTED = "object", "bucket", "expected"
_NOT_A_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})  # nothing there, a link, a socket


@dataclass(frozen=True)
class ObjectInfo:
    """What S3 answers about an object."""

    key: str
    size: int
    modified: float
    etag: str
    """Without quotes."""
    headers: dict[str, str] = field(default_factory=dict)
    """Content-Type, Content-Encoding, x-amz-meta-… as they were given."""
    checksums: dict[str, str] = field(default_factory=dict)
    """By the names of their headers."""

    @property
    def last_modified(self) -> str:
        """As HTTP writes it."""
        return formatdate(self.modified, usegmt=True)


class ObjectStore:
    """Buckets and objects. Its methods touch the disk: long ones belong into a thread."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.state = lake.state("s3")
        self._documents = Documents(self.state / "objects.db")

    def close(self) -> None:
        """Let go of the files."""
        self._documents.close()

    def buckets(self) -> list[tuple[str, float]]:
        """Every bucket with the time it was made, by name."""
        found = [
            (entry.name, entry.stat().st_ctime)
            for entry in os.scandir(self.lake.root)
            if is_bucket(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
        return sorted(found)

    def has_bucket(self, bucket: str) -> bool:
        """Whether there is a folder for it, which is not a link."""
        try:
            return is_bucket(bucket) and stat.S_ISDIR((self.lake.root / bucket).lstat().st_mode)
        except OSError:
            return False

    def create_bucket(self, bucket: str) -> None:
        """Make its folder."""
        (self.lake.root / bucket).mkdir(exist_ok=True)

    def delete_bucket(self, bucket: str) -> None:
        """Take out a bucket without objects; BucketNotEmpty."""
        root = self.lake.root / bucket
        if self._marks(bucket) or any(files for _, _, files in os.walk(root)):
            raise ServiceError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)
        shutil.rmtree(root)
        self._documents.delete_all(_OBJECT, bucket)
        self._documents.delete_all(_BUCKET, bucket)

    def setting(self, bucket: str, name: str) -> dict[str, Any] | None:
        """A configuration of a bucket, or None."""
        return self._documents.get(_BUCKET, bucket, name)

    def set(self, bucket: str, name: str, setting: dict[str, Any] | None) -> None:
        """Keep a configuration of a bucket, or forget it."""
        if setting is None:
            self._documents.delete(_BUCKET, bucket, name)
        else:
            self._documents.put(_BUCKET, bucket, name, setting)

    def open(self, bucket: str, key: str) -> tuple[int, ObjectInfo] | None:
        """An object's descriptor and what is known of it; None if there is no such object."""
        if key.endswith("/"):
            return self._open_mark(bucket, key)
        try:
            descriptor = open_object(self.lake, bucket, key)
        except LinkInTheWay:
            return None
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                return None
            raise
        try:
            return descriptor, self._info(bucket, key, descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    def info(self, bucket: str, key: str) -> ObjectInfo | None:
        """What is known of an object; None if there is none."""
        found = self.open(bucket, key)
        if found is None:
            return None
        os.close(found[0])
        return found[1]

    def describe(self, bucket: str, key: str, headers: dict[str, str]) -> None:
        """Remember headers of an object that is about to appear."""
        self._documents.put(_OBJECT, bucket, key, {"headers": headers})

    def expect(self, bucket: str, key: str) -> None:
        """Note an object that is about to appear and to be notified."""
        self._documents.put(_EXPECTED, "", f"{bucket}/{key}", {})

    def notified(self, bucket: str, key: str) -> None:
        """Forget the note: all functions that want the object have been called."""
        self._documents.delete(_EXPECTED, "", f"{bucket}/{key}")

    def unnotified(self) -> list[tuple[str, str]]:
        """Bucket and key of the objects that were noted and exist, but may not have been notified."""
        noted = [name.split("/", 1) for name, _ in self._documents.all(_EXPECTED)]
        for bucket, key in noted:
            if self.info(bucket, key) is None:  # its writer notes it again before it makes it
                self.notified(bucket, key)
        return [(bucket, key) for bucket, key in noted if self.info(bucket, key) is not None]

    def put(
        self, draft: Path, bucket: str, key: str, etag: str, headers: dict[str, str], checksums: dict[str, str]
    ) -> ObjectInfo:
        """Let a file appear as an object with what is to be known of it; ServiceError if it cannot be there."""
        found = draft.stat()
        known: dict[str, Any] = {"size": found.st_size, "time": found.st_mtime_ns, "etag": etag}
        known |= {"headers": headers} if headers else {}
        known |= {"checksums": checksums} if checksums else {}
        if key.endswith("/"):
            self._put_mark(draft, bucket, key)
        else:
            self._place(draft, bucket, key)
        self._documents.put(_OBJECT, bucket, key, known)
        return ObjectInfo(key, found.st_size, found.st_mtime, etag, headers, checksums)

    def delete(self, bucket: str, key: str) -> bool:
        """Take out an object and the folders that are empty without it; whether there was one."""
        *folders, name = key.removesuffix("/").split("/")
        there = False
        with suppress(OSError), folder_within(self.lake.root, [bucket, *folders], make=False) as folder:
            if key.endswith("/"):
                there = self._documents.get(_OBJECT, bucket, key) is not None
            elif stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=folder)
                there = True
        if there:
            self._documents.delete(_OBJECT, bucket, key)
            self._prune(bucket, key.split("/")[:-1])
        return there

    def is_mark(self, bucket: str, key: str) -> bool:
        """Whether there is an empty object of that key, which ends with a slash."""
        return self._documents.get(_OBJECT, bucket, key) is not None

    def _info(self, bucket: str, key: str, descriptor: int) -> ObjectInfo:
        found = os.fstat(descriptor)
        known = self._documents.get(_OBJECT, bucket, key) or {}
        if "size" in known and (known["size"], known["time"]) != (found.st_size, found.st_mtime_ns):
            known = {}
        if "etag" not in known:
            etag = _md5(descriptor)
            known = {**known, "size": found.st_size, "time": found.st_mtime_ns, "etag": etag}
            self._documents.put(_OBJECT, bucket, key, known)
        headers, checksums = known.get("headers", {}), known.get("checksums", {})
        return ObjectInfo(key, found.st_size, found.st_mtime, known["etag"], headers, checksums)

    def _place(self, draft: Path, bucket: str, key: str) -> None:
        try:
            try:
                place(draft, self.lake, bucket, key)
            except IsADirectoryError:
                self._make_way(bucket, key)
                place(draft, self.lake, bucket, key)
            except FileNotFoundError:  # a folder that was being emptied at that moment
                place(draft, self.lake, bucket, key)
        except (NotADirectoryError, LinkInTheWay, IsADirectoryError):
            raise _in_the_way(key) from None

    def _make_way(self, bucket: str, key: str) -> None:
        """Remove an empty folder where an object is to be."""
        *folders, name = key.split("/")
        with folder_within(self.lake.root, [bucket, *folders], make=False) as folder:
            try:
                os.rmdir(name, dir_fd=folder)
            except OSError:
                raise _in_the_way(key) from None

    def _put_mark(self, draft: Path, bucket: str, key: str) -> None:
        if draft.stat().st_size:
            raise ServiceError(
                "InvalidArgument", "Objects are files here, so an object whose key ends with '/' must be empty."
            )
        draft.unlink()
        try:
            with folder_within(self.lake.root, [bucket, *key.removesuffix("/").split("/")]):
                pass
        except OSError:
            raise _in_the_way(key) from None

    def _open_mark(self, bucket: str, key: str) -> tuple[int, ObjectInfo] | None:
        known = self._documents.get(_OBJECT, bucket, key)
        if known is None:
            return None
        info = ObjectInfo(key, 0, known["time"] / 1e9, known["etag"], known.get("headers", {}))
        return os.open(os.devnull, os.O_RDONLY), info

    def _marks(self, bucket: str) -> bool:
        return any(key.endswith("/") for key, _ in self._documents.all(_OBJECT, bucket))

    def _prune(self, bucket: str, folders: list[str]) -> None:
        """Remove the innermost folders as long as they are empty and are not marked by an object of their own."""
        while folders and not self.is_mark(bucket, "/".join(folders) + "/"):
            *outer, name = folders
            try:
                with folder_within(self.lake.root, [bucket, *outer], make=False) as folder:
                    os.rmdir(name, dir_fd=folder)
            except OSError:
                return
            folders = outer


def _md5(descriptor: int) -> str:
    digest, offset = hashlib.md5(usedforsecurity=False), 0
    while part := os.pread(descriptor, MEBIBYTE, offset):
        digest.update(part)
        offset += len(part)
    return digest.hexdigest()


def _in_the_way(key: str) -> ServiceError:
    return ServiceError(
        "InvalidArgument",
        f"Objects are files here: {key!r} cannot be one, since another object is where it needs a folder, or has a"
        " key below it.",
    )
