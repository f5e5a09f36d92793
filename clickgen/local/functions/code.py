"""A function's code on disk: archives unpacked, folders used in place, requirements installed once."""

import asyncio
import base64
import hashlib
import io
import os
import shutil
import stat
import uuid
import zipfile
from contextlib import suppress
from itertools import islice
from pathlib import Path

from clickgen.local.functions.settings import Code
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import MEBIBYTE

FOLDER_BUCKET = "hot-reload"
"""`Code.S3Bucket` of code that is used in place: `S3Key` is then the path of a folder on this machine.

Another emulator introduced the name, and configurations that use it work here unchanged.
"""

_MAX_UNPACKED_BYTES = 250 * MEBIBYTE  # of Lambda
_REQUIREMENTS = "requirements.txt"
_MAX_WATCHED = 500  # files; a look takes some milliseconds
_PIP_SECONDS = 600.0  # a slow mirror and a large package; nobody waits for it but the state Pending


class CodeProblem(Exception):
    """The code cannot be made ready: what happened and what to do."""


def unpack(archive: bytes, state: Path) -> Code:
    """A folder of its own below `state` with what is in the archive; ServiceError if it cannot be used."""
    name = f"code-{uuid.uuid4().hex}"
    draft = state / f"{name}.new"
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            members = packed.infolist()
            if sum(member.file_size for member in members) > _MAX_UNPACKED_BYTES:
                raise _refused(f"Unzipped size must be smaller than {_MAX_UNPACKED_BYTES} bytes")
            draft.mkdir(mode=0o700)
            for member in members:
                if stat.S_ISLNK(member.external_attr >> 16):
                    raise _refused(f"The archive has a symbolic link, {member.filename!r}, which is not unpacked.")
                path = Path(packed.extract(member, draft))
                if mode := member.external_attr >> 16 & 0o777:
                    path.chmod(mode | 0o600 | (stat.S_ISDIR(path.stat().st_mode) and 0o700))
        draft.rename(state / name)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise _refused(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from error
    except (ServiceError, OSError):
        shutil.rmtree(draft, ignore_errors=True)
        raise
    digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    return Code(folder=name, own=False, sha256=digest, size=len(archive))


def in_place(path: str) -> Code:
    """The user's folder as a function's code; ServiceError if there is none."""
    folder = Path(path)
    if not folder.is_absolute():
        raise _refused(f"The folder {path!r} of the code must be an absolute path.")
    if not folder.is_dir():
        raise _refused(f"There is no folder {path}; S3Bucket {FOLDER_BUCKET!r} takes a folder on this machine.")
    digest = base64.b64encode(hashlib.sha256(path.encode()).digest()).decode()
    return Code(folder=path, own=True, sha256=digest, size=0)


def handler_file(folder: Path, handler: str) -> Path | None:
    """The file that `module.function` is in, or None if there is none."""
    module = folder.joinpath(*handler.rpartition(".")[0].replace(".", "/").split("/"))
    for path in (module.with_name(module.name + ".py"), module / "__init__.py"):
        if path.is_file():
            return path
    return None


def last_change(folder: Path) -> int:
    """When a Python file of a user's folder was last changed, in nanoseconds; not all of a large tree is seen."""
    files = islice(folder.rglob("*.py"), _MAX_WATCHED)
    changes = []
    for file in files:
        with suppress(OSError):
            changes.append(file.stat().st_mtime_ns)
    return max(changes, default=0)


async def install_requirements(folder: Path, python: str, state: Path) -> Path | None:
    """The folder with what requirements.txt asks for, installed if it is not there yet; None if nothing is to be.

    Code that has packages in it already, as archives for AWS do, is taken as it is. CodeProblem if pip is not
    there or does not succeed.
    """
    if not folder.is_dir():
        raise CodeProblem(f"there is no folder {folder} with its code.")
    wanted = folder / _REQUIREMENTS
    if any(folder.glob("*.dist-info")):
        return None
    try:
        text = wanted.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CodeProblem(f"{wanted} cannot be read: {error.strerror}.") from error
    digest = hashlib.sha256(python.encode() + b"\0" + text).hexdigest()[:32]
    installed = state / f"requirements-{digest}"
    if installed.is_dir():
        return installed
    draft = state / f"requirements-{uuid.uuid4().hex}.new"
    try:
        await _pip(python, wanted, draft)
        draft.mkdir(exist_ok=True)  # pip makes none for a file without requirements
        draft.rename(installed)
    except OSError as error:
        raise CodeProblem(f"The packages of {wanted} cannot be kept: {error}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return installed


async def _pip(python: str, wanted: Path, target: Path) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            *("--target", str(target), "--requirement", str(wanted)),
            cwd=wanted.parent,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise CodeProblem(f"{python} cannot be started: {error.strerror}.") from error
    try:
        async with asyncio.timeout(_PIP_SECONDS):
            said, _ = await process.communicate()
    except BaseException as error:
        process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise CodeProblem(f"pip took more than {_PIP_SECONDS:.0f} s for {wanted}.") from error
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        reason = next((line for line in lines if line.startswith("ERROR:")), lines[-1])
        raise CodeProblem(
            f"pip could not install {wanted}: {reason.removeprefix('ERROR: ')}. Without a network, install the"
            f" packages into the code's folder, or name an interpreter that has them."
        )


def remove(code: Code, state: Path) -> None:
    """Take out unpacked code; the user's own folder stays."""
    if not code.own:
        gone = state / f"{uuid.uuid4().hex}.gone"
        (state / code.folder).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def clear_unused(state: Path, used: set[str]) -> None:
    """Take out code that no function uses, and what a killed server left half made or half removed."""
    for entry in os.scandir(state):
        unused = entry.name.endswith((".new", ".gone")) or (
            entry.name.startswith("code-") and entry.name not in used
        )
        if unused and entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)


def _refused(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)
