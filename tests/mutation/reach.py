"""A plugin of pytest that notes which test runs which line of the verifier."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

_ROOT = Path(__file__).resolve().parents[2]
_coverage = coverage.Coverage(data_file=None, source=["clickgen.verify"], config_file=False)
_seconds: dict[str, float] = {}


def pytest_configure() -> None:
    """Begin before anything of clickgen is imported."""
    _coverage.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What runs from here on is this test's."""
    _coverage.switch_context(item.nodeid)
    try:
        yield
    finally:
        _coverage.switch_context("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """How long each takes."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration


def pytest_sessionfinish() -> None:
    """Write down file → line → tests."""
    _coverage.stop()
    data = _coverage.get_data()
    found: dict[str, dict[int, list[str]]] = {}
    for file in data.measured_files():
        lines = data.contexts_by_lineno(file)
        found[Path(file).relative_to(_ROOT).as_posix()] = {
            line: sorted(filter(None, contexts), key=lambda test: _seconds.get(test, 0.0))
            for line, contexts in lines.items()
        }
    Path(os.environ["REACH_FILE"]).write_text(json.dumps(found))
