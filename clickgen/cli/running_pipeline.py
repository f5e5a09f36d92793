"""A running pipeline as other commands use it: where its events enter, and where its stations are reached."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.pipeline.description import PipelineDescription
    from clickgen.pipeline.running import RunningPipeline
    from clickgen.verify.landings.station import Station


def entered(home: Path, name: str) -> "tuple[RunningPipeline, str]":
    """The pipeline of this name or folder that runs, and the destination where events enter it, as `--to` has it.

    Raises UsageProblem if it does not run.
    """
    from clickgen.pipeline.derived_stations import bucket_name
    from clickgen.pipeline.pipeline_file import load_pipeline
    from clickgen.pipeline.running import find_running

    running = find_running(home, name)
    description = load_pipeline(Path(running.file))
    if description.entry is None:
        raise UsageProblem(
            f"{running.file} has no entry", 'say where events are sent, like entry = "firehose:clicks"'
        )
    use_its_credentials()
    kind, _, resource = description.entry.partition(":")
    if kind == "s3":
        return running, f"s3://{bucket_name(description.entry, description.resources[description.entry])}/"
    return running, f"{kind}:{resource}"


def reached(description: "PipelineDescription", file: Path, home: Path) -> "tuple[Station, ...]":
    """The stations of a pipeline with the endpoint that it runs at; as they are if its file has only stations.

    Raises UsageProblem if it does not run.
    """
    from clickgen.pipeline.running import find_running
    from clickgen.verify.landings.station import OnAws

    if not description.resources:
        return description.stations
    endpoint_url = find_running(home, str(file)).endpoint_url
    use_its_credentials()
    return tuple(
        station.model_copy(update={"endpoint_url": endpoint_url})
        if isinstance(station, OnAws) and station.endpoint_url is None
        else station
        for station in description.stations
    )


def use_its_credentials() -> None:
    """Give this process and those it starts credentials and a region if they have none; any will do."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "embedded")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "embedded")
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
