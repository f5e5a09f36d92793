"""The pipelines of the examples: their files hold, and say where events enter."""

from pathlib import Path

import pytest

from clickgen.pipeline.pipeline_file import load_pipeline

EXAMPLES = Path(__file__).parents[2] / "examples"
PIPELINES = sorted(file.parent for file in EXAMPLES.glob("*/pipeline.toml"))


@pytest.mark.parametrize("folder", PIPELINES, ids=lambda folder: folder.name)
def test_the_file_holds_and_says_where_events_enter(folder: Path) -> None:
    pipeline = load_pipeline(folder)
    assert pipeline.name == folder.name
    assert pipeline.entry is not None
    assert pipeline.stations
