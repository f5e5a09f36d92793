"""What several tests of Firehose need."""

from pathlib import Path

import pytest

from clickgen.local.platform.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.hold()
    return lake
