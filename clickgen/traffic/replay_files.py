"""The files that a replay reads: finding them, and what kind of source each is."""

import glob
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from clickgen.model.errors import EnvironmentProblem, UsageProblem

STDIN = "-"
REMOTE = ("s3://", "kinesis:")
_GLOB_SIGNS = frozenset("*?[")


def is_remote(name: str) -> bool:
    """Whether a service has it."""
    return name.startswith(REMOTE)


def is_pattern(name: str) -> bool:
    """Whether it has a sign of patterns of files."""
    return bool(_GLOB_SIGNS & set(name))


def is_live(path: str) -> bool:
    """Whether it can be read only once, and may not have ended: standard input, a pipe, a device."""
    if path == STDIN:
        return True
    try:
        return not stat.S_ISREG(Path(path).stat().st_mode)
    except OSError:
        return False


def is_device(path: str) -> bool:
    """Whether it is a device other than a terminal: /dev/zero for example, which has no end."""
    try:
        status = os.fstat(0) if path == STDIN else Path(path).stat()
        return stat.S_ISCHR(status.st_mode) and not (path == STDIN and os.isatty(0))
    except OSError:
        return False


def find_files(arguments: Sequence[str], list_objects: Callable[[str], Iterable[str]]) -> list[str]:
    """The sources that arguments name: files, folders with all that is in them, patterns, objects under a prefix.

    list_objects: the objects under s3://bucket/prefix, in order. Files whose names begin with a dot or an
    underscore are left out of folders: tools put their marks there. Raises UsageProblem for what names nothing.
    """
    if not arguments:
        raise UsageProblem("no file to replay", "name one or more files, or - for standard input")
    if STDIN in arguments and len(arguments) > 1:
        raise UsageProblem("standard input (-) together with other files", "replay - alone, or name files only")
    found: list[str] = []
    for argument in arguments:
        names = list(_named(argument, list_objects))
        if not names:
            raise UsageProblem(f"{argument}: there are no files", "check the path; - is standard input")
        found += names
    return found


def _named(argument: str, list_objects: Callable[[str], Iterable[str]]) -> Iterator[str]:
    if argument.startswith("s3://"):
        yield from list_objects(argument)
    elif is_remote(argument) or argument == STDIN:
        yield argument
    elif Path(argument).is_dir():
        yield from _inside(Path(argument))
    elif not os.path.lexists(argument) and is_pattern(argument):
        for path in sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207  # the pattern may be absolute
            yield from _inside(Path(path)) if Path(path).is_dir() else (path,)
    else:
        check_readable(argument)
        yield argument


def _inside(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder).parts
        if path.is_file() and path.stat().st_size and not any(part.startswith((".", "_")) for part in below):
            yield str(path)


def check_readable(path: str) -> None:
    """Raise UsageProblem or EnvironmentProblem unless a local source can be opened."""
    file = Path(path)
    if not file.exists():
        raise UsageProblem(f"no such file: {path}", "check the path; - is standard input")
    mode = file.stat().st_mode
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        kind = "a socket" if stat.S_ISSOCK(mode) else "a disk"
        raise UsageProblem(
            f"{path} is {kind}, not a file", "let the source of events write into a pipe: … | clickgen replay -"
        )
    if not os.access(file, os.R_OK):
        raise EnvironmentProblem(f"cannot read {path}: permission denied", "check its permissions (ls -l)")
