"""Whether a home or a lake may be believed: one that this user made on this machine, or accepted.

What is in such a folder decides where events go and what is delivered where. So a `.clickgen` that came with a
repository or an archive is not touched until its user allows it, as with git's `safe.directory`.
"""

import os
import pwd
import re
import secrets
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clickgen.ledger.registry import is_listed, listed_as, listing
from clickgen.model.errors import EnvironmentProblem

_TOKEN = re.compile(r"[0-9a-f]{32}")
LAKE_STATE = ".firehose"  # where an embedded pipeline keeps its state in a lake
LAKE = "lake"


class Untrusted(EnvironmentProblem):
    """A folder that this user has neither made nor accepted."""


@dataclass(frozen=True, slots=True)
class Keep:
    """A folder of clickgen's."""

    kind: str
    folder: Path
    token: Path  # the file that distinguishes it from others
    believed: tuple[Path, ...]  # what would be acted upon

    @property
    def trusted(self) -> bool:
        """Whether this user made or accepted it, at this place."""
        token = _read_token(self.token)
        return token is not None and is_listed(_real(self.folder), token)

    @property
    def empty(self) -> bool:
        """Whether nothing in it would be acted upon; a link may lead anywhere."""
        return not (self._linked or any(map(os.path.lexists, self.believed)))

    def why_not(self) -> str | None:
        """Why it may not be believed, in words; None if it may, or if there is nothing to believe."""
        if self.trusted or self.empty:
            return None
        with listing():  # another process may be making it at this moment
            return None if self.trusted else self._reason()

    def check(self) -> None:
        """Untrusted if it may not be believed."""
        if (reason := self.why_not()) is not None:
            raise self._untrusted(reason)

    def make(self, tell: Callable[[str], None]) -> None:
        """Make the folder this user's, unless it is already. tell: receives what people should know.

        Raises Untrusted if it is somebody else's, EnvironmentProblem if that cannot be noted, OSError.
        """
        self.check()
        if self.trusted:
            return
        if _owner(self.folder) is not None:
            raise self._untrusted(self._reason())
        self.accept(tell)

    def accept(self, tell: Callable[[str], None]) -> None:
        """Believe it from now on. Raises EnvironmentProblem if that cannot be noted, OSError."""
        with listing() as listed:
            if self.trusted:
                return  # another process was faster
            self.folder.mkdir(parents=True, exist_ok=True)
            self.token.parent.mkdir(mode=0o700, exist_ok=True)
            token = secrets.token_hex(16)
            listed.add(_real(self.folder), token)
            _write_token(self.token, token)
            if not listed.lasting:
                tell(
                    f"note: {self.folder} is listed as yours in {listed.place}, as your state folder cannot be"
                    " written (XDG_STATE_HOME names another); once that is cleared, it has to be trusted again"
                )

    def _untrusted(self, reason: str) -> Untrusted:
        command = f"clickgen trust {shlex.quote(str(self.folder))}"
        another = "--home" if self.kind == "home" else "--dir"
        return Untrusted(
            f"the {self.kind} {self.folder} is not trusted: {reason}",
            f"if you want what it holds, inspect and accept it: {command}; or give another folder with {another}",
        )

    @property
    def _linked(self) -> bool:
        return self.folder.is_symlink() or self.token.parent.is_symlink()

    def _reason(self) -> str:
        if (owner := _owner(self.folder)) is not None:
            return f"it belongs to {owner}"
        token = _read_token(self.token)
        before = None if token is None else listed_as(token)
        if before is not None and before != str(_real(self.folder)):
            return f"it was made as {before}, and moved or copied since"
        if self._linked:
            return f"it is a symbolic link to {_real(self.token.parent)}"
        return "it came from somebody else or from another machine, or an older clickgen made it"


def home_keep(path: Path) -> Keep:
    """A home."""
    return Keep("home", path, path / "token", (path / "runs", path / LAKE))


def lake_keep(path: Path) -> Keep:
    """A lake, that of a home as a part of it."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100  # a link to another disk is still the home's lake
    if whole.name == LAKE and (home := home_keep(whole.parent)).trusted:
        return home
    state = path / LAKE_STATE
    return Keep("lake", path, state / "token", tuple(state / name for name in ("streams", "aside", "lock")))


def keep_at(path: Path) -> Keep | None:
    """What is at the path, or None if there is nothing that would be acted upon."""
    keeps = (home_keep(path), lake_keep(path))
    return next((keep for keep in keeps if not keep.empty), None)


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def _owner(folder: Path) -> str | None:
    """Whose the folder is, or None if it is this user's, even as root by sudo."""
    try:
        owner = folder.stat().st_uid
    except FileNotFoundError:
        return None
    if owner == os.geteuid() or (os.geteuid() == 0 and os.environ.get("SUDO_UID") == str(owner)):
        return None
    try:
        return f"the user {pwd.getpwuid(owner).pw_name}"
    except KeyError:
        return f"the user with the id {owner}"


def _read_token(file: Path) -> str | None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            token = os.read(descriptor, 64).decode("ascii", "replace").strip()
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return token if _TOKEN.fullmatch(token) else None


def _write_token(file: Path, token: str) -> None:
    aside = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, f"{token}\n".encode())
    finally:
        os.close(descriptor)
    aside.replace(file)
