"""Runs of pytest, forked from a process that has imported everything slow but the verifier."""

import importlib
import os
import pkgutil
import runpy
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).resolve().parents[2]
_MEMORY = Path("/dev/shm")  # ledgers sync often, which costs nothing there
_TEST_S = 40
_SHOWN = 2000
_HOOK = ROOT / "tests" / "mutation" / "hook"


class Run(NamedTuple):
    """How a run of pytest ended: its exit code, None where it did not end in time; and the end of what it said."""

    code: int | None
    said: str


_PACKAGES = (
    "cost", "deliver", "ledger", "local", "model", "pace", "profile", "read", "schema", "sink", "traffic",
)  # fmt: skip
_OTHERS = (
    "aiohttp.web", "boto3", "coverage", "duckdb", "faker", "hypothesis.strategies", "isal.igzip", "jinja2",
    "moto.server", "numpy", "psycopg", "pyarrow.parquet", "pydantic", "pytest", "rich.console", "sqlglot",
)  # fmt: skip


def warm_up() -> None:
    """Import what takes long; whatever is not installed is left to the tests that need it."""
    for package in _PACKAGES:
        folder = ROOT / "clickgen" / package
        for module in pkgutil.walk_packages([str(folder)], f"clickgen.{package}."):
            importlib.import_module(module.name)
    for name in _OTHERS:
        with suppress(ImportError):
            importlib.import_module(name)
    loaded = [name for name in sys.modules if name.startswith("clickgen.verify")]
    if loaded:
        raise RuntimeError(f"{loaded[0]} is loaded already, so it could not be broken; take out what imports it")
    # one failing example is enough, and which examples are tried must not change from run to run
    phases = (Phase.explicit, Phase.generate)
    checks = (HealthCheck.too_slow,)
    settings.register_profile(
        "mutation", database=None, derandomize=True, phases=phases, suppress_health_check=checks, deadline=None
    )
    settings.load_profile("mutation")


def pytest_forked(
    tests: Sequence[str],
    environment: Mapping[str, str],
    *,
    timeout_s: float,
    begin: Callable[[], Sequence[object]] = tuple,
) -> Run:
    """Run pytest over these tests in a fork of this process.

    environment: set in the fork, and seen by the processes that its tests start. begin: called first in the fork;
    what it returns are plugins.
    """
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        child = os.fork()
        if child == 0:
            _become(tests, environment, Path(folder), begin)
        watched = os.pidfd_open(child)
        ended = bool(select.select([watched], [], [], timeout_s)[0])
        os.close(watched)
        with suppress(ProcessLookupError):  # with all that its tests left running
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        said = (Path(folder) / "output").read_text(errors="replace")[-_SHOWN:]
        return Run(os.waitstatus_to_exitcode(status) if ended else None, said)


def _become(
    tests: Sequence[str], environment: Mapping[str, str], folder: Path, begin: Callable[[], Sequence[object]]
) -> None:
    """Run pytest and end; its exit code is the process's."""
    code = 2
    try:
        os.setsid()
        output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(ROOT)
        # processes that multiprocessing starts would import this one's main module again
        sys.modules["__main__"] = ModuleType("__main__")
        os.environ.update(environment, PYTHONPATH=os.pathsep.join([str(_HOOK), str(ROOT)]))
        runpy.run_path(str(_HOOK / "sitecustomize.py"))
        import pytest  # noqa: PLC0415  # warm

        arguments = [
            *("-o", "addopts=", "-m", "not slow and not walks"),
            *("-o", f"timeout={_TEST_S}", "-p", "no:cacheprovider"),
            *("-W", "ignore::pytest.PytestAssertRewriteWarning", f"--basetemp={folder / 'tests'}"),
        ]
        code = int(pytest.main([*arguments, *tests], plugins=list(begin())))
    except BaseException:  # noqa: BLE001  # nothing may come back into the process that was forked
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
