"""The options that every command which delivers events has, and what they may not be together."""

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import home_option, json_option, yes_option
from clickgen.cli.destination_checks import check_destination
from clickgen.cli.help import COLLECTOR, DESTINATION, LIMITS, OUTPUT, under
from clickgen.cli.http_options import HttpOptions, http_options_of_plan, http_options_of_resuming
from clickgen.cli.located_pipeline import NamesSource, names_options
from clickgen.cli.types import ADDRESS, COUNT, DURATION, METRICS_TARGET, THRESHOLD, USD, WORKERS, options
from clickgen.cli.voice import voice_options
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.plan import Plan
    from clickgen.pipeline.traffic import Traffic
    from clickgen.run.stop import RunTerms
    from clickgen.run.targets.tariff import Tariff
    from clickgen.run.threshold import Threshold
    from clickgen.sink.aws import Access
    from clickgen.sink.registry import Address
    from clickgen.view.metrics.target import MetricsTarget


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """The options of delivery as given."""

    to: "Address | None"  # the destination; None is the embedded pipeline
    stream: str | None  # the name of a Firehose stream, whichever option named it
    region: str | None
    aws_profile: str | None
    endpoint_url: str | None
    pack: bool
    force: bool
    linger: float | None
    workers: int | None
    run_id: str | None
    no_live: bool
    max_usd: float | None
    grace: float
    give_up_after: float
    max_attempts: int
    max_lag: float | None
    threshold: "tuple[Threshold, ...]"
    metrics: "tuple[MetricsTarget, ...]"
    http: HttpOptions
    pretty: bool = False
    traffic: "Traffic | None" = None  # what the file of the pipeline says of the events, if one was named
    pipeline: tuple[str, ...] = ()  # the options that named it

    def access_for(self, plan: "Plan") -> "Access":
        """The access to where the events of a plan go; UsageProblem if they cannot be posted as they are to be."""
        if self.to is None or self.to.kind != "http":
            return self.access
        from clickgen.run.targets.http import request_for

        return replace(self.access, http=request_for(plan, self.http.request, self.http.body))

    @property
    def access(self) -> "Access":
        """The region, the credentials and the endpoint to use."""
        from clickgen.sink.aws import Access

        return Access(self.region, self.aws_profile, self.endpoint_url)

    @property
    def login(self) -> str:
        """The command that renews an expired login."""
        profile = self.aws_profile or os.environ.get("AWS_PROFILE")
        return f"aws sso login --profile {profile}" if profile else "aws sso login"

    @property
    def at_terminal(self) -> bool:
        """Whether somebody is there to read and to act."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def terms(self, tariff: "Tariff", *, start_given: bool = False) -> "RunTerms":
        """How a run is carried out that is billed by this tariff."""
        from clickgen.deliver.sender_context import Patience
        from clickgen.run.stop import RunTerms

        patience = Patience(
            attempts=self.max_attempts,
            unreached_s=self.give_up_after,
            awaits_login=self.at_terminal,
            login=self.login,
        )
        return RunTerms(self.grace, tariff, patience, self.max_usd, self.max_lag, start_given)


# the forms of all kinds, repeated here so that --help need not import them; a test holds that they agree
FORMS = "firehose:NAME, kinesis:NAME, dynamodb:TABLE, s3://BUCKET/PREFIX, https://HOST/PATH, file:PATH or -"
MAX_LINGER_S = 60.0  # a run prepares seconds ahead; longer waits would only look like a run that hangs


_WHAT_A_PLAN_SETTLES = (
    under(
        DESTINATION,
        click.option(
            "--stream", metavar="NAME", help="Firehose stream to send to.  [default: the embedded pipeline]"
        ),
        click.option("-o", "--to", type=ADDRESS, help=f"Send there instead: {FORMS}."),
        click.option(
            "--pipeline",
            metavar="NAME|DIR",
            help="Send to where events enter this pipeline: its name or folder while it runs here, or its folder"
            " with --from-terraform or --from-stack where it is deployed.",
        ),
        names_options,
        click.option(
            "--pack",
            is_flag=True,
            help="Put several events into a record, up to the size that is billed: 5 KB, Kinesis 25 KB.",
        ),
        click.option("--force", is_flag=True, help="Pack even where the stream's processing would break."),
        click.option(
            "--pretty", is_flag=True, help="With --to -: events to look at, indented, in colour at a terminal."
        ),
    ),
    under(
        OUTPUT,
        click.option("--run-id", metavar="ID", help="Id of the run, 12 hex digits.  [default: a fresh one]"),
    ),
    under(COLLECTOR, http_options_of_plan),
)

# the options of delivery that the plan of a run which is there already does not settle
options_of_resuming = options(
    under(
        DESTINATION,
        click.option(
            "--linger",
            type=DURATION,
            help="How long the first event of a call waits for more.  [default: 100ms; none for a replay as "
            "recorded; 1s where calls are paid for, with --pack, and at --rate max]",
        ),
        click.option("--region", metavar="NAME", help="AWS region of the destination."),
        click.option("--aws-profile", metavar="NAME", help="Profile of the AWS configuration to use."),
        click.option("--endpoint-url", metavar="URL", help="Send to this endpoint instead of AWS."),
    ),
    under(COLLECTOR, http_options_of_resuming),
    under(
        LIMITS,
        click.option(
            "--max-usd", type=USD, help="End the run before its ingestion costs more than this many dollars."
        ),
        click.option("--max-lag", type=DURATION, help="End the run when it falls this far behind its schedule."),
        click.option(
            "--threshold",
            type=THRESHOLD,
            multiple=True,
            metavar="NAME<VALUE",
            help="Exit 1 unless a figure of --json satisfies it: 'lag_p99<5s', 'accepted>=99.9%'. Repeatable.",
        ),
        click.option(
            "--grace",
            type=DURATION,
            default="25s",
            show_default=True,
            help="How long a run that is stopped goes on sending what is due.",
        ),
        click.option(
            "--give-up-after",
            type=DURATION,
            default="30s",
            show_default=True,
            help="End the run when the endpoint cannot be reached, or accepts no credentials, for this long.",
        ),
        click.option(
            "--max-attempts",
            type=COUNT,
            default=10,
            show_default=True,
            help="Attempts per record that may fail. Throttling does not count: it only slows the run down.",
        ),
        click.option("--workers", type=WORKERS, help="Worker processes.  [default: as the rate needs]"),
    ),
    under(
        OUTPUT,
        json_option("Print one JSON object at the end."),
        click.option("--no-live", is_flag=True, help="Plain lines instead of the live dashboard."),
        click.option(
            "--metrics",
            type=METRICS_TARGET,
            multiple=True,
            metavar="TARGET",
            help="Publish the figures: prometheus:PORT, prometheus:HOST:PORT or otlp:URL. Repeatable.",
        ),
        yes_option("Do not ask before sending to AWS."),
        home_option,
    ),
    voice_options,
)

# all options of delivery; `gather` makes DeliveryOptions of them
delivery_options = options(*_WHAT_A_PLAN_SETTLES, options_of_resuming)


def check_run_id(run_id: str | None) -> None:
    """UsageProblem if the id that was given for a run is not one."""
    from clickgen.model.event_id import is_run_id

    if run_id is not None and not is_run_id(run_id):
        raise UsageProblem(
            f"--run-id {run_id!r} is not a run id", "write 12 lower-case hex digits, like 0a1b2c3d4e5f"
        )


def gather(given: dict[str, Any], *, as_json: bool, home: Path) -> DeliveryOptions:
    """The options of delivery from a command's arguments; UsageProblem if they cannot go together.

    home: where running pipelines are known.
    """
    pipeline = given.pop("pipeline", None)
    source = NamesSource.taken_from(given, pipeline)
    http = HttpOptions.taken_from(given)
    options = DeliveryOptions(**given, http=http)
    if pipeline is not None:
        options = _aimed_at(pipeline, source, options, home)
    if options.stream == "":
        raise UsageProblem("--stream without a name", "name the stream, or leave --stream out")
    if options.force and not options.pack:
        raise UsageProblem("--force without --pack", "--force only overrules what speaks against --pack")
    check_run_id(options.run_id)
    if options.linger is not None and options.linger > MAX_LINGER_S:
        raise UsageProblem(
            f"--linger {options.linger:g}s: an event would wait longer than a minute to leave",
            "give a minute or less; calls are full long before",
        )
    check_destination(options, as_json=as_json)
    if options.stream is not None:
        from clickgen.sink.registry import stream_address

        return replace(options, to=stream_address(options.stream))
    if options.to is not None and options.to.kind == "firehose":
        return replace(options, stream=options.to.name)
    return options


def _aimed_at(pipeline: str, source: NamesSource, options: DeliveryOptions, home: Path) -> DeliveryOptions:
    """The options with the destination where events enter a pipeline that runs here or is deployed."""
    from clickgen.cli.located_pipeline import locate, needed_to_send
    from clickgen.sink.registry import parse_address

    settled = ("to", "stream") if source.option else ("to", "stream", "region", "aws_profile", "endpoint_url")
    odd = [f"--{name.replace('_', '-')}" for name in settled if getattr(options, name) is not None]
    if odd:
        raise UsageProblem(
            f"{' and '.join(odd)} with --pipeline, which says where to send", "leave one or the other out"
        )
    located = locate(home, pipeline, source, needed_to_send, options.access)
    access = located.access
    return replace(
        options,
        to=parse_address(located.entry),
        region=access.region,
        endpoint_url=access.endpoint_url,
        traffic=located.description.traffic,
        pipeline=("--pipeline", pipeline, *source.words),
    )
