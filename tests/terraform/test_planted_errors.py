"""The check is checked: every mistake that is planted is found, and said in words that lead to it."""

from pathlib import Path

import pytest

from clickgen.pipeline.pipeline_file import load_pipeline
from tests.terraform.core import EXAMPLES, NAMES, Core, copied
from tests.terraform.findings import findings
from tests.terraform.planted_errors import IN_PLANS, OF_THE_SCHEMA, Planted


def found_with(core: Core, to: Path, example: str, *errors: Planted) -> list[str]:
    """What the check says of an example with these errors."""
    folder = copied(example, to)
    for planted in errors:
        file = to / planted.file
        text = file.read_text()
        assert planted.old in text, f"the example has changed: plant {planted.kind!r} elsewhere"
        file.write_text(text.replace(planted.old, planted.new, 1))
    return findings(core, folder, load_pipeline(EXAMPLES / example))


@pytest.mark.parametrize("planted", OF_THE_SCHEMA, ids=[planted.kind for planted in OF_THE_SCHEMA])
def test_an_error_that_terraform_itself_sees_is_found(planted: Planted, core: Core, tmp_path: Path) -> None:
    found = found_with(core, tmp_path, planted.example, planted)

    assert any(planted.found in problem for problem in found), found


GROUPS = [
    (group, example)
    for group, errors in IN_PLANS.items()
    for example in NAMES
    if any(planted.example == example for planted in errors)
]


@pytest.mark.parametrize(("group", "example"), GROUPS)
def test_every_error_that_only_the_plan_shows_is_found(
    group: str, example: str, core: Core, tmp_path: Path
) -> None:
    errors = [planted for planted in IN_PLANS[group] if planted.example == example]

    found = found_with(core, tmp_path, example, *errors)

    missed = [planted.kind for planted in errors if not any(planted.found in problem for problem in found)]
    assert not missed, found


def test_a_file_that_is_not_formatted_is_found(core: Core, tmp_path: Path) -> None:
    folder = copied("prime-day", tmp_path)
    (folder / "outputs.tf").write_text('output "region" {\nvalue=var.region\n}\n')

    assert "outputs.tf" in core.unformatted(folder)
