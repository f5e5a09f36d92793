"""What a home or a lake holds, for somebody who decides whether to trust it. Only looks, and acts on nothing."""

import os
from dataclasses import dataclass
from pathlib import Path

from clickgen.ledger.folder import Home, RunFolder, everything_in, reading
from clickgen.ledger.trust import LAKE, LAKE_STATE
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Plan

_MOST_FILES = 100_000  # looked through for links


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run that is there."""

    run: str
    plan: Plan | None
    problem: str = ""  # why its plan cannot be used


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything in a home or a lake that matters."""

    runs: tuple[FoundRun, ...]
    streams: int
    waiting: int  # files of records that a lake has yet to deliver
    waiting_bytes: int
    links: tuple[tuple[Path, str], ...]  # with where each leads
    whole: bool  # whether all files were looked at


def holdings_of(folder: Path) -> Holdings:
    """Look at a home or a lake; EnvironmentProblem if it cannot be read."""
    lake = folder / LAKE if os.path.lexists(folder / LAKE) else folder
    with reading(folder):
        streams = [path for path in (lake / LAKE_STATE / "streams").glob("*") if path.is_dir()]
        waiting = [path.lstat().st_size for stream in streams for path in stream.rglob("*.data")]
        links, whole = _links(folder)
    runs = tuple(_found(home_run) for home_run in Home(folder).unchecked_runs())
    return Holdings(runs, len(streams), len(waiting), sum(waiting), links, whole)


def _found(folder: RunFolder) -> FoundRun:
    try:
        return FoundRun(folder.run, folder.read_plan())
    except EnvironmentProblem as problem:
        return FoundRun(folder.run, None, problem.message)


def _links(folder: Path) -> tuple[tuple[tuple[Path, str], ...], bool]:
    found: list[tuple[Path, str]] = []
    for number, path in enumerate(everything_in(folder)):
        if number >= _MOST_FILES:
            return tuple(found), False
        if path.is_symlink():
            found.append((path, str(path.readlink())))
    return tuple(found), True
