"""Running a client to its end, and what all its processes cost.

The client leads a process group of its own. Every process of the group is waited for, also those that their parent
leaves behind (the helper that Python starts for its workers): a Linux process that declares itself a subreaper
inherits them (prctl(2)). So nothing that the client started goes uncounted or is left behind.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clickgen.model.errors import EnvironmentProblem
from clickgen.pace.clock import SystemClock

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_EXCERPT = 400


@dataclass(frozen=True, slots=True)
class Spent:
    """What a client printed on stdout, and its cost in seconds."""

    out: bytes
    cpu: float  # user and system time of all its processes
    parent_cpu: float | None  # that of its first process alone, or None if the system has no /proc
    wall: float  # from its start to its end
    peak_bytes: int  # the most memory that one process had


def run_client(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run a command to its end. Whatever interrupts this kills the whole group first.

    Raises EnvironmentProblem if the command fails.
    """
    clock = SystemClock()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, _inheriting_orphans():
        began = clock.now()
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, process_group=0
        )
        try:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            parent_cpu = _own_cpu(process.pid)
            wall = clock.now() - began
        except BaseException:
            _kill(process.pid)
            raise
        finally:
            # the group is gone when nobody of it can be waited for any more
            process.returncode, cpu, peak_bytes = _reap(process.pid)
        if process.returncode:
            raise EnvironmentProblem(
                f"`{' '.join(command[2:4])}` ended with {process.returncode}: {_last_line(errors)}",
                "see that this machine has memory and room for temporary files, and run the benchmark again",
            )
        out.seek(0)
        return Spent(out.read(), cpu, parent_cpu, wall, peak_bytes)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _reap(group: int) -> tuple[int, float, int]:
    """Wait for every process of a group: exit code of its leader, CPU seconds of all, bytes of the largest."""
    code, cpu, peak = 0, 0.0, 0
    with suppress(ChildProcessError):
        while True:
            pid, status, usage = os.wait4(-group, 0)
            cpu += usage.ru_utime + usage.ru_stime
            peak = max(peak, usage.ru_maxrss)
            if pid == group:
                code = os.waitstatus_to_exitcode(status)
    return code, cpu, peak * (1 if sys.platform == "darwin" else 1024)


def _own_cpu(pid: int) -> float | None:
    """CPU seconds of an ended process that nobody has waited for, without its children: proc(5), stat."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat.rpartition(b")")[2].split()  # the name before it may hold anything
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _inheriting_orphans() -> Iterator[None]:
    """Be the parent of what loses its parent; only Linux knows how."""
    if sys.platform != "linux":
        yield
        return
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _last_line(errors: IO[bytes]) -> str:
    """What the client said last, but for hints."""
    errors.seek(0)
    lines = [line.strip() for line in errors.read().decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line and not line.startswith("hint:")]
    return (said or ["it said nothing"])[-1].removeprefix("clickgen: ")[-_EXCERPT:]
