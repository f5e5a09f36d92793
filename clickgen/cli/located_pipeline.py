"""The options that say which pipeline and where it runs, and finding it there: on this machine or deployed."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clickgen.cli.types import options
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.pipeline.description import PipelineDescription
    from clickgen.pipeline.outputs import Outputs
    from clickgen.pipeline.physical_names import NameOf, PhysicalNames
    from clickgen.pipeline.running import RunningPipeline
    from clickgen.sink.aws import Access
    from clickgen.verify.landings.station import Station
    from clickgen.verify.stations.stations_report import Trouble

S = TypeVar("S", bound="Station")

names_options = options(
    click.option(
        "--from-terraform",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="The pipeline is deployed: take its names from the outputs of Terraform in this folder, of a state"
        " file or of saved `terraform output -json`.",
    ),
    click.option(
        "--from-stack",
        metavar="NAME",
        help="The pipeline is deployed: take its names from the outputs of this CloudFormation stack.",
    ),
)


@dataclass(frozen=True, slots=True)
class NamesSource:
    """Where the names of a deployed pipeline come from; without either it runs on this machine."""

    from_terraform: Path | None = None
    from_stack: str | None = None

    @classmethod
    def taken_from(cls, given: dict[str, Any], pipeline: object) -> "NamesSource":
        """Take these options out of a command's. Raises what `check` raises."""
        source = cls(given.pop("from_terraform", None), given.pop("from_stack", None))
        source.check(pipeline)
        return source

    def check(self, pipeline: object) -> None:
        """UsageProblem if both are given, or one of them without the option that says which pipeline."""
        if self.from_terraform is not None and self.from_stack is not None:
            raise UsageProblem(
                "--from-terraform and --from-stack together", "names come from one of them: leave the other out"
            )
        if self.from_stack == "":
            raise UsageProblem("--from-stack without a name", "name the stack, or leave --from-stack out")
        if self.option is not None and pipeline is None:
            raise UsageProblem(f"{self.option} without --pipeline", "name the pipeline's file or folder too")

    @property
    def option(self) -> str | None:
        """The one that was given; None for a pipeline of this machine."""
        if self.from_terraform is not None:
            return "--from-terraform"
        return None if self.from_stack is None else "--from-stack"

    @property
    def words(self) -> tuple[str, ...]:
        """The option and its value as they were given; nothing for a pipeline of this machine."""
        given = self.from_terraform or self.from_stack
        return () if self.option is None else (self.option, str(given))


@dataclass(frozen=True, slots=True)
class LocatedPipeline:
    """A pipeline where it runs."""

    description: "PipelineDescription"
    access: "Access"  # how its services are reached
    name_of: "NameOf"
    running: "RunningPipeline | None" = None  # None if it is deployed, or is no more than stations
    athena_workgroup: str | None = None

    @property
    def stations(self) -> "tuple[Station, ...]":
        """Its stations, each with the names, the region and the endpoint there."""
        from clickgen.pipeline.derived_stations import stations_of

        return tuple(self.there(station) for station in stations_of(self.description, self.name_of))

    @property
    def entry(self) -> str:
        """The destination where events enter it, as `--to` has it. UsageProblem if it has none."""
        entry = self.description.entry
        if entry is None:
            raise UsageProblem(
                f"{self.description.name} has no resources, so that nothing can be sent to it",
                'describe them in its file, with an entry like entry = "firehose:clicks"',
            )
        kind = entry.partition(":")[0]
        return f"s3://{self.name_of(entry)}/" if kind == "s3" else f"{kind}:{self.name_of(entry)}"

    def troubles(self, *, past: bool) -> "list[Trouble]":
        """What it says is wrong with it if it runs here; past: also what need not hold any more."""
        from clickgen.model.errors import ClickgenError
        from clickgen.pipeline.description import in_order
        from clickgen.pipeline.troubles import troubles

        if self.running is None:
            return []
        try:
            status = self.running.status()
        except ClickgenError:  # it has stopped meanwhile
            return []
        return troubles(status, in_order(self.description), past=past)

    def there(self, station: S) -> S:
        """The station with the region, the endpoint and the workgroup there, unless it says its own."""
        from clickgen.verify.landings.station import AthenaStation, OnAws

        if not isinstance(station, OnAws):
            return station
        there = {"endpoint_url": self.access.endpoint_url, "region": self.access.region}
        if isinstance(station, AthenaStation):
            there["workgroup"] = self.athena_workgroup
        missing = {key: value for key, value in there.items() if value and getattr(station, key) is None}
        return station.model_copy(update=missing) if missing else station


Needed = Callable[["PipelineDescription"], "set[str]"]
"""The resources whose names a command cannot do without."""


def locate(
    home: Path, pipeline: str | None, source: NamesSource, needed: Needed, access: "Access | None" = None
) -> LocatedPipeline:
    """Find the pipeline of this file, folder or name where it runs.

    access: the region and credentials that were named, which go before those of outputs. Raises UsageProblem if it
    is to run on this machine and does not, EnvironmentProblem if outputs do not name what is needed.
    """
    from clickgen.pipeline.pipeline_file import file_of, load_pipeline
    from clickgen.pipeline.running import find_running
    from clickgen.sink.aws import Access

    access = access or Access()
    path = None if pipeline is None else Path(pipeline)
    if source.option is not None:
        description = load_pipeline(path)
        names = _names(source, description, needed(description), access)
        there = replace(access, region=access.region or names.region)
        return LocatedPipeline(description, there, names.by_address.__getitem__, None, names.athena_workgroup)
    if path is None or path.exists() or path.suffix == ".toml":
        description = load_pipeline(path)
        if not description.resources:
            return LocatedPipeline(description, access, _nameless)
        running = find_running(home, str(file_of(path)))
    else:
        running = find_running(home, pipeline)
        description = load_pipeline(Path(running.file))
    return _running_here(description, running)


def without_running(pipeline: str, source: NamesSource, needed: Needed) -> LocatedPipeline:
    """A pipeline as its file or outputs describe it, whether it runs on this machine or not."""
    from clickgen.pipeline.physical_names import local_names
    from clickgen.pipeline.pipeline_file import load_pipeline
    from clickgen.sink.aws import Access

    if source.option is not None:
        return locate(Path(), pipeline, source, needed)
    description = load_pipeline(Path(pipeline))
    return LocatedPipeline(description, Access(), local_names(description.resources))


def _running_here(description: "PipelineDescription", running: "RunningPipeline") -> LocatedPipeline:
    from clickgen.pipeline.physical_names import local_names
    from clickgen.sink.aws import Access

    use_its_credentials()
    access = Access(endpoint_url=running.endpoint_url)
    return LocatedPipeline(description, access, local_names(description.resources), running)


def needed_to_send(description: "PipelineDescription") -> set[str]:
    """The entry."""
    return set() if description.entry is None else {description.entry}


def needed_everywhere(description: "PipelineDescription") -> set[str]:
    """All resources."""
    return set(description.resources)


def needed_to_verify(description: "PipelineDescription") -> set[str]:
    """What the stations look at."""
    from clickgen.pipeline.derived_stations import stations_of

    needed = set()

    def name_of(address: str) -> str:
        needed.add(address)
        return address

    stations_of(description, name_of)
    return needed


def _names(
    source: NamesSource, description: "PipelineDescription", needed: set[str], access: "Access"
) -> "PhysicalNames":
    from clickgen.pipeline.outputs import names_from

    return names_from(_outputs(source, access), description.resources, needed)


def region_of(source: NamesSource) -> str | None:
    """Where a deployed pipeline is, if its outputs say it; None for one of this machine."""
    from clickgen.pipeline.outputs import names_from
    from clickgen.sink.aws import Access

    return None if source.option is None else names_from(_outputs(source, Access()), {}, ()).region


def _outputs(source: NamesSource, access: "Access") -> "Outputs":
    from clickgen.pipeline.stack_outputs import stack_outputs
    from clickgen.pipeline.terraform_outputs import terraform_outputs

    if source.from_terraform is not None:
        return terraform_outputs(source.from_terraform)
    return stack_outputs(source.from_stack or "", access)


def _nameless(address: str) -> str:
    raise AssertionError(f"a pipeline without resources has no {address}")


def use_its_credentials() -> None:
    """Give this process and those it starts credentials and a region if they have none; any will do."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "embedded")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "embedded")
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
