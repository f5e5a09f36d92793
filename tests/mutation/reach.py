"""Which tests run which lines of the verifier, in their own process and in those that they start."""

import json
import os
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import coverage
import pytest
from coverage.exceptions import CoverageWarning

from tests.mutation.warm import ROOT, pytest_forked

_TIMEOUT_S = 600
Lines = Mapping[str, Mapping[int, Sequence[str]]]
"""File → line → the tests that run it, those first that are quick and run little else."""


class _Noting:
    """A plugin of pytest that notes what each test runs, and how long it takes."""

    def __init__(self, note: Path) -> None:
        self._note = note
        self._coverage = coverage.Coverage(data_file=None, source=["clickgen.verify"], config_file=False)
        self._seconds: dict[str, float] = defaultdict(float)
        self._coverage.start()  # before anything of the verifier is imported

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """What runs from here on is this test's."""
        self._coverage.switch_context(item.nodeid)
        try:
            yield
        finally:
            self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How long each takes."""
        self._seconds[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        """Write down test → file → lines, and the seconds."""
        self._coverage.stop()
        warnings.simplefilter("ignore", CoverageWarning)  # not every test reaches the verifier
        data = self._coverage.get_data()
        ran: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for file in data.measured_files():
            for line, tests in data.contexts_by_lineno(file).items():
                for test in filter(None, tests):
                    ran[test][Path(file).relative_to(ROOT).as_posix()].append(line)
        self._note.write_text(json.dumps({"seconds": self._seconds, "ran": ran}))


def reach(test_file: str, kept: Path) -> str | None:
    """Run a file of tests and keep which lines each of them runs; where one of them fails, what
    pytest says.

    kept: the folder for it. What is there already is believed if the tests have not changed since.
    """
    source, note = ROOT / test_file, kept / f"{Path(test_file).stem}.json"
    changed = source.stat().st_mtime
    if note.exists() and json.loads(note.read_text())["changed"] == changed:
        return None
    with tempfile.TemporaryDirectory() as folder:
        own, others = Path(folder) / "own", Path(folder) / "others"
        others.mkdir()
        run = pytest_forked(
            [test_file], {"REACH_FOLDER": str(others)}, timeout_s=_TIMEOUT_S, begin=lambda: [_Noting(own)]
        )
        if run.code not in (int(pytest.ExitCode.OK), int(pytest.ExitCode.NO_TESTS_COLLECTED)):
            return run.said
        found = json.loads(own.read_text())
        for file in others.iterdir():
            _add(found["ran"], json.loads(file.read_text()))
    partial = note.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps({"changed": changed, **found}))
    partial.rename(note)
    return None


def _add(ran: dict[str, dict[str, list[int]]], process: Any) -> None:
    """What a process ran that a test had started."""
    of = ran.setdefault(process["test"], {})
    for file, lines in process["lines"].items():
        path = Path(file).relative_to(ROOT).as_posix()
        of[path] = sorted({*of.get(path, ()), *lines})


def read_reached(test_files: Iterable[str], kept: Path) -> Lines:
    """What was kept of these files."""
    lines: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    costs: dict[str, float] = {}
    for test_file in test_files:
        found = json.loads((kept / f"{Path(test_file).stem}.json").read_text())
        for test, of in found["ran"].items():
            costs[test] = (1 + found["seconds"].get(test, 0.0)) * sum(map(len, of.values()))
            for path, numbers in of.items():
                for number in numbers:
                    lines[path][number].append(test)
    for of in lines.values():
        for tests in of.values():
            tests.sort(key=costs.__getitem__)
    return lines
