"""The example of a producer under test passes as it is."""

import shutil
from pathlib import Path

import pytest

from tests.testing.test_pytest_plugin import CHECKOUT, run_pytest


@pytest.mark.walks
def test_the_example_passes(tmp_path: Path) -> None:
    for name in ("testing", "firehose-parquet"):
        shutil.copytree(CHECKOUT / "examples" / name, tmp_path / name)
    assert "3 passed" in (said := run_pytest(tmp_path / "testing")), said
