"""A file as a target: no service is called, and nothing is paid."""

from pathlib import Path

from clickgen.model.destination import FileDestination
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.run.targets.target import Target, TargetKind
from clickgen.run.targets.tariff import FREE
from clickgen.sink.aws import Access
from clickgen.sink.local_file import ROTATE_BYTES
from clickgen.sink.registry import Address


def _find(address: Address, _: Access) -> Target:
    """Make sure that the file can be appended to; UsageProblem or EnvironmentProblem if it cannot."""
    path = Path(address.name).expanduser().absolute()
    if path.exists() and not path.is_file():
        raise UsageProblem(f"{path} is not a file to append to", "name a file; for a pipe or a device use --to -")
    try:
        path.open("ab").close()
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot write to {path}: {problem.strerror or problem}", "check its folder, its permissions, the disk"
        ) from problem
    form = "gzip, " if path.suffix == ".gz" else ""
    return Target(
        destination=FileDestination(stream=str(path)),
        place=None,
        line=f"file {path} (--to), {form}a line an event, a new file every {ROTATE_BYTES >> 20} MiB",
        on_aws=False,
    )


TARGET: TargetKind[FileDestination] = TargetKind(_find, lambda *_: FREE)
