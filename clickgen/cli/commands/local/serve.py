"""`clickgen local serve`: the endpoint of the embedded pipeline, until Ctrl-C."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from clickgen.cli.app import App, home_option, pass_app, say
from clickgen.cli.commands.local.server_options import server_options
from clickgen.cli.help import command
from clickgen.cli.types import DURATION, PERCENTAGE, STEADY_RATE, counting
from clickgen.model.errors import EnvironmentProblem, UsageProblem

_SERVE_EXAMPLES = """\b
Examples:
  clickgen local serve --port 4573 --stream clicks --buffer-seconds 5
  clickgen local serve --throttle 2600 --fail-records 0.01 --drop-replies 0.01
  aws --endpoint-url http://127.0.0.1:4573 firehose list-delivery-streams
"""


@command(epilog=_SERVE_EXAMPLES)
@home_option
@server_options("Flush and stop")
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLICKGEN_LOCAL_SERVE_DIR",
    help="The lake: objects at DIR/BUCKET/KEY.  [default: HOME/lake]",
)
@click.option(
    "--stream",
    "streams",
    metavar="NAME",
    multiple=True,
    envvar="CLICKGEN_LOCAL_SERVE_STREAM",
    help="Create this stream if there is none; repeatable.",
)
@click.option("--bucket", metavar="NAME", default="clickgen-lake", show_default=True, help="Bucket of --stream.")
@click.option(
    "--prefix", metavar="PREFIX", help="Prefix of --stream, with Firehose's !{...} expressions if you like."
)
@click.option("--buffer-mb", type=counting(1, 128), default=5, show_default=True)
@click.option("--buffer-seconds", type=counting(0, 900), default=300, show_default=True)
@click.option(
    "--compression",
    type=click.Choice(["UNCOMPRESSED", "GZIP"], case_sensitive=False),
    default="UNCOMPRESSED",
    show_default=True,
)
@click.option(
    "--throttle",
    type=STEADY_RATE,
    help="Records a second let through; the others fail with 'Slow down.'. A burst of one second's worth passes.",
)
@click.option("--fail-records", type=PERCENTAGE, default=0.0, help="Share of records that fail.")
@click.option("--fail-calls", type=PERCENTAGE, default=0.0, help="Share of puts refused whole, 503 and 500.")
@click.option("--drop-replies", type=PERCENTAGE, default=0.0, help="Share of puts kept but never answered.")
@click.option("--latency", type=DURATION, default="0ms", help="Time before every answer to a put, like 30ms.")
@click.option("--seed", type=counting(0), default=0, show_default=True, help="Seed of the faults.")
@click.option(
    "--wait",
    type=DURATION,
    default="0s",
    show_default=True,
    help="Wait this long for another server of it to stop.",
)
@pass_app
def serve(
    app: App,
    /,
    *,
    port: int,
    folder: Path | None,
    parent: int | None,
    streams: tuple[str, ...],
    bucket: str,
    prefix: str | None,
    buffer_mb: int,
    buffer_seconds: int,
    compression: str,
    throttle: float | None,
    fail_records: float,
    fail_calls: float,
    drop_replies: float,
    latency: float,
    seed: int,
    wait: float,
    speedup: float,
) -> None:
    """Serve until Ctrl-C or SIGTERM, then flush every buffer.

    Prints one line of JSON when ready: endpoint_url, dir and pid. Signatures are not checked, any credentials do.
    What was acknowledged survives kill -9 of the server: the next one with the same --dir delivers it.
    """
    from clickgen.ledger.trust import lake_keep
    from clickgen.local.platform.faults import FaultSettings
    from clickgen.local.server import NewStreams, ServeOptions, serve

    wanted = NewStreams(streams, bucket, prefix, buffer_mb, buffer_seconds, compression.upper())
    faults = FaultSettings(throttle, fail_records, fail_calls, drop_replies, latency, seed=seed)
    lake = folder or app.prepared_home().lake
    with suppress(OSError):  # the server itself says why a folder cannot be used
        lake_keep(lake).make(say)
    with problems_of_local():
        serve(ServeOptions(lake, port, parent, wait, wanted, faults, speedup))


@contextmanager
def problems_of_local() -> Iterator[None]:
    """The embedded pipeline knows nothing of clickgen's errors; here they become such."""
    from clickgen.local.platform.errors import LocalProblem, WrongUse

    try:
        yield
    except LocalProblem as problem:
        kind = UsageProblem if isinstance(problem, WrongUse) else EnvironmentProblem
        raise kind(problem.message, problem.hint) from problem
