"""The files of a table in the lake, as Athena finds them: everything below a folder, but for hidden names."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clickgen.local.athena.failures import failed
from clickgen.local.platform.inside import is_bucket, is_key


@dataclass(frozen=True)
class SourceFile:
    """A file that a query reads.

    uri: what `"$path"` says.
    values: of the partition keys, None for a value of `__HIVE_DEFAULT_PARTITION__`.
    """

    path: Path
    uri: str
    size: int
    modified: float
    values: tuple[str | None, ...] = ()


def folder_of(lake: Path, location: str) -> Path:
    """The folder that a location like `s3://bucket/prefix/` means; it may not be there."""
    scheme, _, rest = location.partition("://")
    bucket, _, key = rest.partition("/")
    key = key.rstrip("/")
    if scheme not in ("s3", "s3a", "s3n") or not is_bucket(bucket) or (key and not is_key(key)):
        raise failed(
            "INVALID_TABLE_PROPERTY", f"The location {location!r} is not a folder like s3://bucket/prefix/"
        )
    return lake / bucket / key if key else lake / bucket


def files_below(lake: Path, location: str, values: tuple[str | None, ...] = ()) -> Iterator[SourceFile]:
    """The files below a location, in the order of their names, without those that Athena skips.

    Skipped are empty files, and names that begin with `_` or `.`, with all that is below folders so named.
    """
    root = folder_of(lake, location)
    if root != lake and _linked(lake, root):
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not hidden(name))
        for name in sorted(names):
            path = Path(folder, name)
            if hidden(name) or path.is_symlink():
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # it was deleted while others were listed
            if status.st_size:
                uri = f"s3://{path.relative_to(lake).as_posix()}"
                yield SourceFile(path, uri, status.st_size, status.st_mtime, values)


def hidden(name: str) -> bool:
    """Whether Athena skips a file or folder of that name."""
    return name.startswith(("_", "."))


def _linked(lake: Path, root: Path) -> bool:
    """Whether a step of the way is a link: a lake may come from anybody, and must not lead out of itself."""
    step = root
    while step != lake:
        if step.is_symlink():
            return True
        step = step.parent
    return False
