"""The options that every command which delivers events has, and what they may not be together."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clickgen.cli.options.watch import WATCH_OPTIONS
from clickgen.cli.types import DURATION, Finite, home_option
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.run.threshold import Threshold
    from clickgen.sink.address import Address
    from clickgen.view.metrics.target import MetricsTarget

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """The options of delivery as given. to: the destination; None is the embedded pipeline. stream: its name there
    where that is Firehose, whichever option named it.
    """

    to: "Address | None"
    stream: str | None
    region: str | None
    aws_profile: str | None
    endpoint_url: str | None
    pack: bool
    force: bool
    linger: float | None
    workers: int | None
    lanes: int | None
    run_id: str | None
    as_json: bool
    no_live: bool
    yes: bool
    max_usd: float | None
    grace: float
    give_up_after: float
    max_attempts: int
    max_lag: float | None
    threshold: "tuple[Threshold, ...]"
    metrics: "tuple[MetricsTarget, ...]"
    home: Path

    @property
    def login(self) -> str:
        """The command that renews an expired login."""
        profile = self.aws_profile or os.environ.get("AWS_PROFILE")
        return f"aws sso login --profile {profile}" if profile else "aws sso login"

    @property
    def at_terminal(self) -> bool:
        """Whether somebody is there to read and to act."""
        return sys.stdin.isatty() and sys.stderr.isatty()


class AddressType(click.ParamType["Address"]):
    """A destination as `--to` names it."""

    name = "destination"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Address":  # noqa: ARG002
        from clickgen.sink.address import Address, parse_address

        return value if isinstance(value, Address) else parse_address(str(value))


# the forms of all kinds, repeated here so that --help need not import them; a test holds that they agree
FORMS = "firehose:NAME, kinesis:NAME, dynamodb:TABLE, s3://BUCKET/PREFIX, file:PATH or -"
MAX_LINGER_S = 60.0  # a run prepares seconds ahead; longer waits would only look like a run that hangs


# what the plan of a run settles comes first
_SETTLED = 5
_OPTIONS = (
    click.option("--stream", help="Firehose stream to send to.  [default: the embedded pipeline]"),
    click.option("--to", type=AddressType(), help=f"Send there instead: {FORMS}."),
    click.option(
        "--pack", is_flag=True, help="Several events a record, as large as it is billed: 5 KB, Kinesis 25."
    ),
    click.option("--force", is_flag=True, help="Pack even where the stream's processing would break."),
    click.option("--run-id", help="Id of the run, 12 hex digits.  [default: a fresh one]"),
    click.option(
        "--linger",
        type=DURATION,
        help="How long the first event of a call waits for more.  [default: 100ms; none for a replay as recorded; "
        "1s where calls are paid for, with --pack, and at --rate max]",
    ),
    click.option("--region", help="AWS region of the destination."),
    click.option("--aws-profile", help="Profile of the AWS configuration to use."),
    click.option("--endpoint-url", help="Send to this endpoint instead of AWS."),
    click.option("--workers", type=click.IntRange(1, 64), help="Worker processes.  [default: as the rate needs]"),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end."),
    click.option("--no-live", is_flag=True, help="Plain lines instead of the live dashboard."),
    click.option("--yes", is_flag=True, help="Do not ask before sending to AWS."),
    click.option(
        "--max-usd",
        type=Finite(min=0, min_open=True),
        help="End the run before its ingestion costs more dollars.",
    ),
    click.option(
        "--grace", type=DURATION, default="25s", show_default=True, help="How long Ctrl-C may drain what is due."
    ),
    click.option(
        "--give-up-after",
        type=DURATION,
        default="30s",
        show_default=True,
        help="End the run when the endpoint cannot be reached, or takes no credentials, for so long.",
    ),
    click.option(
        "--max-attempts",
        type=click.IntRange(min=1),
        default=10,
        show_default=True,
        help="Tries of a record that end in an error. Throttling is none: it only slows the run down.",
    ),
    click.option("--max-lag", type=DURATION, help="End the run when it is so far behind its schedule."),
    *WATCH_OPTIONS,
    home_option,
)


def delivery_options(command: F) -> F:
    """Add the options of delivery to a command; `gather` makes DeliveryOptions of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def options_of_resuming(command: F) -> F:
    """Add those of them that are not settled by the plan of a run that is there already."""
    for option in reversed(_OPTIONS[_SETTLED:]):
        command = option(command)
    return command


def gather(given: dict[str, Any], *, lanes: int | None = None) -> DeliveryOptions:
    """The options of delivery from a command's arguments; UsageProblem where they cannot go together."""
    from clickgen.model.event_id import is_run_id

    options = DeliveryOptions(lanes=lanes, **given)
    if options.stream == "":
        raise UsageProblem("--stream without a name", "name the stream, or leave --stream out")
    if options.force and not options.pack:
        raise UsageProblem("--force without --pack", "--force only overrules what speaks against --pack")
    if options.run_id is not None and not is_run_id(options.run_id):
        raise UsageProblem(
            f"--run-id {options.run_id!r} is no run id", "write 12 lower-case hex digits, like 0a1b2c3d4e5f"
        )
    if options.linger is not None and options.linger > MAX_LINGER_S:
        raise UsageProblem(
            f"--linger {options.linger:g}s: an event would wait longer than a minute to leave",
            "give a minute or less; calls are full long before",
        )
    _check_destination(options)
    if options.stream is not None:
        from clickgen.sink.address import stream_address

        return replace(options, to=stream_address(options.stream))
    if options.to is not None and options.to.kind == "firehose":
        return replace(options, stream=options.to.name)
    return options


def _check_destination(options: DeliveryOptions) -> None:
    """UsageProblem where the options do not say clearly where to send, or say what means nothing there."""
    to = options.to
    if options.stream is not None and to is not None:
        raise UsageProblem(
            "--stream and --to together", "--stream NAME means --to firehose:NAME: give one of them"
        )
    if to is not None and to.kind == "stdout" and options.as_json:
        raise UsageProblem(
            "--json with --to -: both would go to standard output",
            "leave --json out; `clickgen runs show --json` tells the account afterwards",
        )
    if options.stream is not None or (to is not None and to.on_network):
        return
    named = {
        "--region": options.region,
        "--aws-profile": options.aws_profile,
        "--endpoint-url": options.endpoint_url,
    }
    odd = [name for name, value in named.items() if value]
    if odd and to is None:
        raise UsageProblem(
            f"{' and '.join(odd)} without --stream: the embedded pipeline has none",
            "name the destination with --stream or --to, or leave the others out",
        )
    if to is not None and (odd or options.max_usd is not None):
        raise UsageProblem(
            f"{' and '.join(odd or ['--max-usd'])} with --to {to}: nobody is paid there, or asked",
            "leave it out, or name a destination in AWS",
        )
