"""Standard output as a target: no service is called, and nothing is paid."""

import os

from clickgen.model.destination import OutputDestination
from clickgen.model.errors import EnvironmentProblem
from clickgen.run.targets.target import Target, TargetKind
from clickgen.run.targets.tariff import FREE
from clickgen.sink.aws import Access
from clickgen.sink.registry import Address
from clickgen.sink.standard_output import DESCRIPTOR


def find_output() -> Target:
    """Standard output, a line an event; EnvironmentProblem if it is closed."""
    try:
        os.fstat(DESCRIPTOR)
    except OSError as problem:
        raise EnvironmentProblem(
            "standard output is closed", "give it a reader, or name a file: --to file:PATH"
        ) from problem
    return Target(
        destination=OutputDestination(),
        place=None,
        line="standard output (--to -), a line an event",
        on_aws=False,
    )


def _find(_: Address, __: Access) -> Target:
    return find_output()


TARGET: TargetKind[OutputDestination] = TargetKind(_find, lambda *_: FREE)
