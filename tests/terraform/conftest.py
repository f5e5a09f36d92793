"""One process with Terraform's core and the providers for all tests here that a worker runs."""

from collections.abc import Iterator

import pytest

from tests.terraform.core import Core, reattach, running_core


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What TF_REATTACH_PROVIDERS says."""
    return reattach("aws", "archive", folder=tmp_path_factory.mktemp("providers"))


@pytest.fixture(scope="session")
def core(providers: str) -> Iterator[Core]:
    """Terraform's core, with providers that need no cloud."""
    with running_core(providers) as running:
        yield running
