"""The user's own list of the folders that clickgen may believe, kept where no repository or archive can write.

An entry is a file named after the folder's path and the token in it, so that it holds for that folder alone: one
that was cloned or unpacked contains no token that is listed, wherever it is. The list is in the user's state
folder; if that cannot be written, as in many containers, in a folder of TMPDIR that only the user can write, which
is as safe but may be cleared.
"""

import fcntl
import hashlib
import os
import pwd
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clickgen.model.errors import EnvironmentProblem

_NAME = "clickgen"
_FORGOTTEN_S = 30 * 86_400  # a folder that is gone for this long is not on a disk that was removed for a while
_DIGITS = 32  # 128 bits of a SHA-256: nobody finds two paths, or two tokens, with the same name


def is_listed(folder: Path, token: str) -> bool:
    """Whether this folder, with this token in it, was made or accepted by the user."""
    name = _entry(folder, token)
    return any(os.path.isfile(place / name) for place in _places() if _is_own(place))  # noqa: PTH113  # no OSError


def listed_as(token: str) -> str | None:
    """The path that this token was listed for, if any: the former path of a folder that was moved or copied."""
    for place in _places():
        if _is_own(place):
            for entry in place.glob(f"*-{_digest(token)}"):
                with suppress(OSError):
                    return _path_in(entry)
    return None


@contextmanager
def listing() -> Iterator["Listing"]:
    """The list to add to, locked for this process; EnvironmentProblem if none can be kept."""
    for place in _places():
        if (lock := _locked(place)) is not None:
            try:
                yield Listing(place)
            finally:
                os.close(lock)
            return
    tried = " and ".join(map(str, _places()))
    raise EnvironmentProblem(
        f"the list of your folders cannot be kept: {tried} cannot be written by this user alone",
        "name a folder that can be: XDG_STATE_HOME=/path",
    )


class Listing:
    """A list that this process has locked."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @property
    def lasting(self) -> bool:
        """Whether it is kept in the user's state folder."""
        return self.place != _temporary()

    def add(self, folder: Path, token: str) -> None:
        """List the folder with this token, and forget an earlier one. Raises OSError."""
        entry = self.place / _entry(folder, token)
        entry.write_text(f"{folder}\n", encoding="utf-8", errors="surrogateescape")
        for other in self.place.glob(f"{entry.name.partition('-')[0]}-*"):
            if other != entry:
                other.unlink(missing_ok=True)
        self._forget_gone()

    def _forget_gone(self) -> None:
        long_ago = time.time() - _FORGOTTEN_S
        # nobody takes a disk away from there for a while, and tests leave many folders
        temporary = f"{os.path.realpath(_temporary().parent)}/"
        for entry in self.place.glob("*-*"):
            folder = _path_in(entry)
            may_return = entry.stat().st_mtime >= long_ago and not folder.startswith(temporary)
            if not may_return and not os.path.lexists(folder):
                entry.unlink(missing_ok=True)


def _path_in(entry: Path) -> str:
    return entry.read_text(encoding="utf-8", errors="surrogateescape").removesuffix("\n")


def _entry(folder: Path, token: str) -> str:
    return f"{_digest(os.fsencode(folder))}-{_digest(token)}"


def _digest(text: str | bytes) -> str:
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()[:_DIGITS]


def _places() -> list[Path]:
    lasting = _state_home()
    return [*([lasting / _NAME / "trusted"] if lasting else []), _temporary()]


def _state_home() -> Path | None:
    """Where the user keeps state, or None without an absolute path: the working directory may be anybody's."""
    named = os.environ.get("XDG_STATE_HOME", "")
    if named.startswith("/"):
        return Path(named)
    try:
        home = os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:  # a user that the machine does not know, as in containers
        return None
    return Path(home) / ".local" / "state" if home.startswith("/") else None


def _temporary() -> Path:
    named = os.environ.get("TMPDIR", "")
    return Path(named if named.startswith("/") else "/tmp") / f"{_NAME}-{os.geteuid()}"  # noqa: S108  # see _is_own


def _is_own(place: Path) -> bool:
    """Whether it is a folder that only this user can write; in TMPDIR anybody may have made it."""
    try:
        status = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _locked(place: Path) -> int | None:
    """Make the folder and lock it, as a descriptor, or None if that is impossible."""
    try:
        if os.geteuid() == 0 and place != _temporary() and _first_there(place).stat().st_uid != 0:
            return None  # root with the HOME of a user, who could then no longer write there
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(place):
            return None
        lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        os.close(lock)
        return None
    return lock


def _first_there(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())
