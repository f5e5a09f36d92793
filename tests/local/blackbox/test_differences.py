"""The same calls at the embedded pipeline, moto and ministack: each does what the table of differences says."""

from collections.abc import Iterator

import pytest

from tests.local.blackbox.differences import DIFFERENCES, NEEDS_DOCKER, Difference
from tests.local.blackbox.emulators import EMULATORS, LONG, SHORT, Emulator, running


@pytest.fixture(scope="module", params=EMULATORS)
def emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    yield from running(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.observe.__name__)
def test_an_emulator_does_what_the_table_says(emulator: Emulator, difference: Difference) -> None:
    expected = difference.expected(emulator.name)
    if expected == NEEDS_DOCKER:
        pytest.skip(f"{emulator.name} runs functions in Docker")
    emulator.patience = LONG if expected == difference.contract else SHORT
    assert difference.observe(emulator) == expected
