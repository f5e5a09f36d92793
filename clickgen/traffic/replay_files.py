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
        check_readable(argument)
        yield from _inside(Path(argument))
    elif not os.path.lexists(argument) and is_pattern(argument):
        for path in sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207  # the pattern may be absolute
            yield from _inside(Path(path)) if Path(path).is_dir() else (path,)
    else:
        check_readable(argument)
        yield argument


def _inside(folder: Path) -> Iterator[str]:
    """What is in a folder and those below it, also by links: each folder once, and one that cannot be listed.

    Empty files are left out. A pipe, or a link to nothing, is given like a file: `check_file` says what it is.
    """
    found, seen = list[Path](), set[tuple[int, int]]()
    _is_new(folder, seen)

    def unlisted(problem: OSError) -> None:
        found.append(Path(problem.filename))

    for at, folders, names in os.walk(folder, onerror=unlisted, followlinks=True):
        folders[:] = [name for name in sorted(folders) if _is_recording(name) and _is_new(Path(at, name), seen)]
        found += [Path(at, name) for name in names if _is_recording(name) and not _is_empty(Path(at, name))]
    yield from map(str, sorted(found))


def _is_recording(name: str) -> bool:
    return not name.startswith((".", "_"))


def _is_new(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether a folder was not met before, which a link may lead to."""
    try:
        status = folder.stat()
    except OSError:
        return True  # to be listed, which says why it cannot be
    place = status.st_dev, status.st_ino
    new = place not in seen
    seen.add(place)
    return new


def _is_empty(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and not status.st_size


def check_file(name: str) -> None:
    """Raise UsageProblem or EnvironmentProblem unless a source that was found in a folder is a file.

    A pipe there may have no end, and what it gives cannot be read twice.
    """
    if is_remote(name):
        return
    # of os.path, whose questions are answered with no where Path's raise what one may not look at
    if os.path.islink(name) and not os.path.exists(name):  # noqa: PTH110, PTH114
        raise UsageProblem(f"{name} is a link to nothing", "remove the link, or put the file there")
    check_readable(name)
    if is_live(name):
        raise UsageProblem(f"{name} is a pipe or a device, not a file", "name it by itself to replay it")


def check_readable(path: str) -> None:
    """Raise UsageProblem or EnvironmentProblem unless a local source can be opened."""
    file = Path(path)
    try:
        mode = file.stat().st_mode
    except PermissionError as problem:
        raise _denied(path) from problem
    except OSError as problem:  # not there, or links that lead to one another
        raise UsageProblem(f"no such file: {path}", "check the path; - is standard input") from problem
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        kind = "a socket" if stat.S_ISSOCK(mode) else "a disk"
        raise UsageProblem(
            f"{path} is {kind}, not a file", "let the source of events write into a pipe: … | clickgen replay -"
        )
    if not os.access(file, os.R_OK):
        raise _denied(path)


def _denied(path: str) -> EnvironmentProblem:
    return EnvironmentProblem(f"cannot read {path}: permission denied", "check its permissions (ls -l)")
