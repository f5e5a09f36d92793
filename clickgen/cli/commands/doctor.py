"""`clickgen doctor`: what is wrong with a stream or a pipeline before anything is sent."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app
from clickgen.cli.help import command
from clickgen.cli.located_pipeline import NamesSource, locate, names_options, needed_everywhere
from clickgen.cli.types import DURATION, EVENT_SIZE, STEADY_RATE, options
from clickgen.cli.voice import voice_options
from clickgen.cost.volume import TYPICAL_EVENT_BYTES
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.doctor.finding import Diagnosis
    from clickgen.doctor.visit import Wishes
    from clickgen.sink.aws import Access

_EXAMPLES = """\b
Examples:
  clickgen doctor --pipeline examples/prime-day
  clickgen doctor --pipeline examples/prime-day --rate 2000 \\
      --event-bytes 420 --latency 30s
  clickgen doctor --pipeline examples/prime-day \\
      --from-terraform examples/prime-day/terraform --json
  clickgen doctor --stream clicks --region eu-west-1 --rate 5000
"""

_wishes = options(
    click.option("-r", "--rate", type=STEADY_RATE, help="Events a second that it is to take."),
    click.option(
        "--event-bytes",
        type=EVENT_SIZE,
        default=TYPICAL_EVENT_BYTES,
        show_default=True,
        help="Bytes of such an event.",
    ),
    click.option("--latency", type=DURATION, help="Time within which an event is to land."),
)


@command(epilog=_EXAMPLES)
@click.option("--stream", metavar="NAME", help="Look at this Firehose stream and what it uses.")
@click.option(
    "--pipeline",
    metavar="NAME|DIR",
    help="Look at every station of this pipeline: its file, its folder, or its name while it runs."
    "  [default: pipeline.toml, without --stream]",
)
@names_options
@_wishes
@click.option("--region", metavar="NAME", help="AWS region.")
@click.option("--aws-profile", metavar="NAME", help="Profile of the AWS configuration to use.")
@click.option("--endpoint-url", metavar="URL", help="Endpoint to use instead of AWS.")
@json_option("Print one JSON object: the findings.")
@voice_options
@home_option
@pass_app
def doctor(
    app: App,
    /,
    *,
    stream: str | None,
    pipeline: str | None,
    from_terraform: Path | None,
    from_stack: str | None,
    rate: float | None,
    event_bytes: int,
    latency: float | None,
    region: str | None,
    aws_profile: str | None,
    endpoint_url: str | None,
) -> None:
    """Find what is wrong with a stream or a pipeline, by calls that change nothing.

    Looked at are credentials, the state and configuration of each station, permissions, quotas and shards against
    --rate, buffers against --latency, functions against what they are handed, crawlers, tables against what
    landed, and what failed within an hour. Each finding says what to do.
    Exit code 0: nothing is wrong, warnings apart. 1: there are problems. 3: the services cannot be reached.
    """
    from clickgen.doctor.visit import Wishes
    from clickgen.sink.aws import Access
    from clickgen.view.doctor import show_diagnosis

    source = NamesSource(from_terraform, from_stack)
    if stream is not None and (pipeline is not None or source.option is not None):
        raise UsageProblem(
            f"--stream with {source.option or '--pipeline'}: name a stream or a pipeline", "leave one of them out"
        )
    wishes, access = Wishes(rate, event_bytes, latency), Access(region, aws_profile, endpoint_url)
    if stream is not None:
        found = _of_stream(stream, wishes, access)
    else:
        found = _of_pipeline(app, pipeline, source, wishes, access)
    app.print_result(found.to_json, lambda console: show_diagnosis(console, found), only_json=True)
    exit_with(found.exit_code)


def _of_stream(name: str, wishes: "Wishes", access: "Access") -> "Diagnosis":
    from clickgen.doctor.examine import examine_stream
    from clickgen.doctor.visit import Visit
    from clickgen.pipeline.description import PipelineDescription

    alone = PipelineDescription(name, Path(), ())
    return examine_stream(Visit(alone, str, access, wishes), name)


def _of_pipeline(
    app: App, pipeline: str | None, source: NamesSource, wishes: "Wishes", access: "Access"
) -> "Diagnosis":
    from clickgen.doctor.examine import examine_pipeline
    from clickgen.doctor.visit import Visit

    source.check(pipeline or "pipeline.toml")
    located = locate(app.home_path, pipeline, source, needed_everywhere, access)
    if not located.description.resources:
        raise UsageProblem(
            f"{located.description.name} describes no resources, only stations",
            "`clickgen verify all delivery` reads it",
        )
    return examine_pipeline(Visit(located.description, located.name_of, located.access, wishes, located.running))
