"""The home folder and the folder of a run: where plans, ledgers and everything a run keeps are."""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clickgen.ledger.plan_file import read_plan
from clickgen.ledger.trust import home_keep
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.event_id import is_run_id
from clickgen.model.plan import Plan
from clickgen.model.run_words import LATEST, PREVIOUS

_LEAVING_S = 5.0  # a worker looks five times a second for its parent; a loaded machine takes its time


class RunFolder:
    """One run's folder: plan.json, ledger.db, ledger.leases, profile.toml, tables.npz, rejected.jsonl,
    skipped.jsonl, timeline.jsonl, pseudonym.key, and verifications/ with the latest verification of each place.

    Only the owner can read what is in it: events and stream names do not concern anybody else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan_file = path / "plan.json"
        self.ledger_file = path / "ledger.db"
        self.profile_file = path / "profile.toml"
        self.tables_file = path / "tables.npz"
        self.rejected_file = path / "rejected.jsonl"
        self.skipped_file = path / "skipped.jsonl"
        self.recording_file = path / "recording.jsonl"
        self.pseudonym_key_file = path / "pseudonym.key"
        self.timeline_file = path / "timeline.jsonl"
        self.verifications = path / "verifications"
        self._lock_file = path / "lock"

    @property
    def run(self) -> str:
        return self.path.name

    def write_plan(self, plan: Plan) -> None:
        """Write plan.json whole: aside first, then renamed."""
        aside = self.plan_file.with_suffix(".tmp")
        with explained(self.path), private(aside).open("w", encoding="utf-8") as file:
            file.write(plan.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.plan_file)

    def read_plan(self) -> Plan:
        """The plan; EnvironmentProblem if it is missing or damaged, or a link leads out of the folder."""
        with reading(self.path):
            for path in everything_in(self.path):
                if path.is_symlink():
                    raise EnvironmentProblem(
                        f"run {self.run} is not used: {path} is a symbolic link",
                        "no run of clickgen has one: it may have been planted; remove it",
                    )
        return read_plan(self.plan_file, self.run)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run for this process; EnvironmentProblem if a live process holds it already."""
        with private(self._lock_file).open("w") as file:
            for patience in (0.05, 0.1, 0.2, None):
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as problem:
                    if patience is None:
                        raise self._held() from problem
                    time.sleep(patience)  # another process may only be checking whether the run is live
            try:
                yield
            finally:
                # closing the file leaves it held as long as a forked child has it open
                fcntl.flock(file, fcntl.LOCK_UN)

    def check_free(self) -> None:
        """EnvironmentProblem if a process is running this run and does not end.

        The workers of a run that was killed end a moment after it.
        """
        ends = time.monotonic() + _LEAVING_S
        while self.is_live():
            if time.monotonic() > ends:
                raise self._held()
            time.sleep(0.1)

    def _held(self) -> EnvironmentProblem:
        return EnvironmentProblem(f"run {self.run} is held by another process", "wait for it to end, or stop it")

    def is_live(self) -> bool:
        """Whether a process is running this run now."""
        if not self._lock_file.exists():
            return False
        with self._lock_file.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False


class Home:
    """The folder given by --home: `runs/` and `lake/`. It makes git ignore it.

    Everything that uses what is in it raises Untrusted if this user has neither made nor accepted the folder.
    tell: receives what people should know when the folder is made.
    """

    def __init__(self, path: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        self.path = path
        self.runs = path / "runs"
        self.lake = path / "lake"
        self._tell = tell

    def prepare(self) -> None:
        """Make the folder, as this user's; EnvironmentProblem if that is impossible."""
        with explained(self.path):
            home_keep(self.path).make(self._tell)
            with suppress(FileExistsError), (self.path / ".gitignore").open("x") as ignore:
                ignore.write("*\n")
            try:
                self.runs.mkdir(mode=0o700, exist_ok=True)
            except FileExistsError as problem:
                raise EnvironmentProblem(
                    f"{self.runs} is not a folder", "move it away, or give another folder with --home"
                ) from problem

    def new_run(self, run: str) -> RunFolder:
        """A fresh folder for a run; UsageProblem if there is already a run of that id."""
        self.prepare()
        folder = RunFolder(self.runs / run)
        with explained(self.path):
            try:
                folder.path.mkdir(mode=0o700)
            except FileExistsError as problem:
                raise UsageProblem(
                    f"run {run} is already there: {folder.path}", "give another --run-id, or remove that folder"
                ) from problem
        return folder

    def all_runs(self) -> list[RunFolder]:
        """Every run that has a plan, the oldest first."""
        with reading(self.path):
            home_keep(self.path).check()
        return self.unchecked_runs()

    def unchecked_runs(self) -> list[RunFolder]:
        """The same of a home that need not be trusted, only to be shown."""
        with reading(self.runs):
            if not _is_there(self.runs):
                return []
            found = [RunFolder(path) for path in self.runs.iterdir() if is_run_id(path.name)]
            planned = [folder for folder in found if _is_there(folder.plan_file)]
            return sorted(planned, key=lambda folder: (folder.plan_file.lstat().st_mtime_ns, folder.run))

    def find_run(self, run: str | None) -> RunFolder:
        """The run of that id, or the only one whose id begins with it, or the latest for None or `last`.

        `previous` is the one before the latest.
        """
        runs = self.all_runs()
        if not runs:
            raise UsageProblem(f"there are no runs in {self.runs}", "start one: clickgen send --rate 500")
        if run is None or run == LATEST:
            return runs[-1]
        if run == PREVIOUS:
            if len(runs) == 1:
                raise UsageProblem(
                    f"there is only one run in {self.runs}, so none before it", "see `clickgen runs list`"
                )
            return runs[-2]
        matching = [folder for folder in runs if folder.run.startswith(run)]
        exact = [folder for folder in matching if folder.run == run]
        if len(exact or matching) != 1:
            what = "no run is" if not matching else f"{len(matching)} runs are"
            raise UsageProblem(
                f"{what} called {run!r} in {self.runs}", f"see `clickgen runs list`; {LATEST!r} is the latest"
            )
        return (exact or matching)[0]


def private(path: Path) -> Path:
    """The path, after making it a file that only its owner can read and write. OSError for a link."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    return path


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turn what a disk can do wrong into an EnvironmentProblem that names the folder."""
    try:
        yield
    except OSError as problem:
        hint = "give another folder with --home"
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "make room on that disk, or give another folder with --home"
        raise EnvironmentProblem(f"cannot write under {home}: {problem.strerror or problem}", hint) from problem


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn what keeps a folder from being read into an EnvironmentProblem that names it."""
    try:
        yield
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot read {problem.filename or folder}: {problem.strerror or problem}",
            "check its permissions: ls -ld; or give another folder with --home",
        ) from problem


def _is_there(path: Path) -> bool:
    """Whether there is something, even a link to nothing; OSError if that cannot be seen."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def everything_in(folder: Path) -> Iterator[Path]:
    """The folder, and all files and folders within it."""
    yield folder
    for path, folders, files in os.walk(folder):
        yield from (Path(path, name) for name in (*folders, *files))
