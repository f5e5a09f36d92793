"""A file and standard output as targets: nobody is asked, and nothing is paid."""

import os
from pathlib import Path

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Destination
from clickgen.run.targets.target import Target
from clickgen.sink.address import Address
from clickgen.sink.local_file import ROTATE_BYTES
from clickgen.sink.standard_output import DESCRIPTOR

_UNPACKABLE = "it takes lines, one event each"


def resolve_file(address: Address) -> Target:
    """Make sure that the file can be appended to; UsageProblem or EnvironmentProblem where it cannot."""
    path = Path(address.name).expanduser().absolute()
    if path.exists() and not path.is_file():
        raise UsageProblem(f"{path} is no file to append to", "name a file; for a pipe or a device use --to -")
    try:
        path.open("ab").close()
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot write to {path}: {problem.strerror or problem}", "check its folder, its permissions, the disk"
        ) from problem
    form = "gzip, " if path.suffix == ".gz" else ""
    return Target(
        destination=Destination(kind="file", stream=str(path)),
        place=None,
        line=f"file {path} (--to), {form}a line an event, a new file every {ROTATE_BYTES >> 20} MiB",
        on_aws=False,
        packing_forbidden_because=_UNPACKABLE,
        never=True,
    )


def resolve_output() -> Target:
    """Standard output, a line an event; EnvironmentProblem where it is closed."""
    try:
        os.fstat(DESCRIPTOR)
    except OSError as problem:
        raise EnvironmentProblem(
            "standard output is closed", "give it a reader, or name a file: --to file:PATH"
        ) from problem
    return Target(
        destination=Destination(kind="stdout", stream=""),
        place=None,
        line="standard output (--to -), a line an event",
        on_aws=False,
        packing_forbidden_because=_UNPACKABLE,
        never=True,
    )
