"""The options that every command which delivers events has, and what they may not be together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from clickgen.cli.options import DURATION, Finite, home_option
from clickgen.model.errors import UsageProblem

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """The options of delivery as given."""

    stream: str | None
    region: str | None
    aws_profile: str | None
    endpoint_url: str | None
    pack: bool
    force: bool
    workers: int | None
    lanes: int | None
    run_id: str | None
    as_json: bool
    no_live: bool
    yes: bool
    max_usd: float | None
    grace: float
    give_up_after: float
    home: Path


_OPTIONS = (
    click.option("--stream", help="Firehose stream to send to.  [default: the embedded pipeline]"),
    click.option("--region", help="AWS region of the stream."),
    click.option("--aws-profile", help="Profile of the AWS configuration to use."),
    click.option("--endpoint-url", help="Send to this endpoint instead of AWS."),
    click.option("--pack", is_flag=True, help="Several events a record, up to 5 KB: Firehose bills by 5 KB."),
    click.option("--force", is_flag=True, help="Pack even where the stream's processing would break."),
    click.option("--workers", type=click.IntRange(1, 64), help="Worker processes.  [default: as the rate needs]"),
    click.option("--run-id", help="Id of the run, 12 hex digits.  [default: a fresh one]"),
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
        help="End the run when the endpoint cannot be reached for so long.",
    ),
    home_option,
)


def delivery_options(command: F) -> F:
    """Add the options of delivery to a command; `gather` makes DeliveryOptions of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def gather(given: dict[str, Any], *, lanes: int | None = None) -> DeliveryOptions:
    """The options of delivery from a command's arguments; UsageProblem where they cannot go together."""
    from clickgen.model.event_id import is_run_id  # noqa: PLC0415  # --help must not wait for numpy

    options = DeliveryOptions(lanes=lanes, **given)
    if options.stream == "":
        raise UsageProblem("--stream without a name", "name the stream, or leave --stream out")
    if options.force and not options.pack:
        raise UsageProblem("--force without --pack", "--force only overrules what speaks against --pack")
    if options.run_id is not None and not is_run_id(options.run_id):
        raise UsageProblem(
            f"--run-id {options.run_id!r} is no run id", "write 12 lower-case hex digits, like 0a1b2c3d4e5f"
        )
    if options.stream is None:
        named = {
            "--region": options.region,
            "--aws-profile": options.aws_profile,
            "--endpoint-url": options.endpoint_url,
        }
        odd = [name for name, value in named.items() if value]
        if odd:
            raise UsageProblem(
                f"{' and '.join(odd)} without --stream: the embedded pipeline has none",
                "name the stream with --stream, or leave the others out",
            )
    return options
