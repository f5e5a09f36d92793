"""The Terraform of every example: formatted, valid, planned, and as it should be."""

from pathlib import Path

import pytest

from clickgen.pipeline.pipeline_file import load_pipeline
from tests.terraform.core import EXAMPLES, NAMES, Core, copied
from tests.terraform.findings import findings


def test_every_example_with_a_pipeline_has_terraform() -> None:
    assert {file.parent.name for file in EXAMPLES.glob("*/pipeline.toml")} == set(NAMES)
    assert {folder.parent.name for folder in EXAMPLES.glob("*/terraform")} == set(NAMES)


def test_terraform_is_formatted(core: Core) -> None:
    assert core.unformatted(EXAMPLES) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_terraform_deploys_is_whole_and_what_the_pipeline_file_starts(
    name: str, core: Core, tmp_path: Path
) -> None:
    assert findings(core, copied(name, tmp_path), load_pipeline(EXAMPLES / name)) == []
