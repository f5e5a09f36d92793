"""`clickgen cost`: what traffic will cost on AWS, before any of it is sent."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, json_option, pass_app, say
from clickgen.cli.help import command
from clickgen.cli.located_pipeline import NamesSource, names_options, region_of
from clickgen.cli.types import DURATION, EVENT_SIZE, Finite, counting, rates_or_max, was_given
from clickgen.cost.volume import DEFAULT_DURATION_S, TYPICAL_EVENT_BYTES, Volume
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cost.bill import Prices
    from clickgen.cost.stream import StreamConfiguration
    from clickgen.pipeline.bill import Usage
    from clickgen.pipeline.description import PipelineDescription

_EXAMPLES = """\b
Examples:
  clickgen cost --rate 500              # 30 days of it
  clickgen cost --events 1000000 --event-bytes 401 --explain
  clickgen cost --rate 500 --kinesis on-demand --dynamodb
  clickgen cost --pipeline examples/prime-day  # station by station
  clickgen cost --pipeline examples/prime-day -r 200 -d 30d --explain
  aws firehose describe-delivery-stream \\
      --delivery-stream-name clicks > stream.json
  clickgen cost --rate 500 --duration 7d --stream-config stream.json --pack
"""

_PIPELINE_EVENTS = 1_000_000  # what is priced of a pipeline if nothing says how much
_PIPELINE_RATE = 500.0  # as `send` has it
_MOST_EVENTS = 10**15
_MOST_RATE = 10**9
_MOST_SECONDS = 100 * 365 * 86400.0
_MOST_JQ_HOURS = 10**9
_MOST_GB_SECONDS = 10_000  # of a call: more than the largest Lambda uses in its longest run
_NEEDS = {
    "--partitions": "dynamic partitioning",
    "--jq-hours": "dynamic partitioning by jq (the processor MetadataExtraction)",
    "--lambda-gb-seconds": "a transform Lambda",
}
_SAID_BY_THE_FILE = ("pack", "stream_config", "kinesis", "dynamodb")
_A_FILE = click.Path(dir_okay=False, path_type=Path)


@command(epilog=_EXAMPLES)
@click.option(
    "-r",
    "--rate",
    type=rates_or_max(_MOST_RATE),
    help="Events per second, or max: as many as a stream's default quota allows.",
)
@click.option(
    "-d", "--duration", type=DURATION, help="How long, such as 30d; 30 days if rate and events do not say."
)
@click.option("-n", "--events", type=counting(1, _MOST_EVENTS), help="This many events at most.")
@click.option(
    "--event-bytes",
    type=EVENT_SIZE,
    default=TYPICAL_EVENT_BYTES,
    show_default=True,
    help="Bytes of an event with its newline.",
)
@click.option("--pack", is_flag=True, help="Count the total with packed records.")
@click.option(
    "--pipeline",
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    help="Price every station of this pipeline: its file or folder.  [default traffic: a million events at 500/s]",
)
@names_options
@click.option(
    "--stream-config",
    type=_A_FILE,
    help="JSON file of the stream: what CreateDeliveryStream takes or DescribeDeliveryStream answers.",
)
@click.option(
    "--partitions",
    type=counting(1, 5000),
    default=1,
    show_default=True,
    help="Partitions active at a time, for dynamic partitioning.",
)
@click.option(
    "--jq-hours",
    metavar="HOURS",
    type=Finite(min=0, max=_MOST_JQ_HOURS),
    help="Hours of jq for the whole traffic, if it partitions by jq.",
)
@click.option(
    "--lambda-gb-seconds",
    metavar="NUMBER",
    type=Finite(min=0, max=_MOST_GB_SECONDS),
    help="GB-seconds of one call of the stream's Lambda.",
)
@click.option("--keep", type=DURATION, default="30d", show_default=True, help="How long what is stored is kept.")
@click.option(
    "--kinesis",
    type=click.Choice(["on-demand", "provisioned"]),
    help="Price the same traffic through Kinesis Data Streams too.",
)
@click.option("--dynamodb", is_flag=True, help="Price the same traffic as items of a DynamoDB table too.")
@click.option("--prices", "prices_file", type=_A_FILE, help="Prices of your own, in place of clickgen's.")
@click.option("--region", metavar="NAME", help="Region of the stream; a warning if the prices are another's.")
@click.option("--explain", is_flag=True, help="Show each line's formula, price and source.")
@json_option("Print one JSON object, formulas and sources included.")
@pass_app
def cost(
    app: App,
    /,
    *,
    rate: float | None,
    duration: float | None,
    events: int | None,
    event_bytes: int,
    pack: bool,
    pipeline: Path | None,
    from_terraform: Path | None,
    from_stack: str | None,
    stream_config: Path | None,
    partitions: int,
    jq_hours: float | None,
    lambda_gb_seconds: float | None,
    keep: float,
    kinesis: str | None,
    dynamodb: bool,
    prices_file: Path | None,
    region: str | None,
    explain: bool,
) -> None:
    """Say what traffic costs on AWS: one event a record, and packed, side by side.

    Firehose bills each record rounded up to 5 KB; S3 bills requests and storage. Format conversion, dynamic
    partitioning and a Lambda count if --stream-config has them; without it, what the first two would add is
    shown apart. With --pipeline each station of its file is priced, and what cannot be known from it is said.
    AWS is not called for prices: they are a file with a date, a region and a source for each figure. Every total
    is an estimate.
    """
    from clickgen.cost.bill import PricedPipeline, load_prices, make_bill
    from clickgen.cost.kinesis_and_dynamodb import KinesisMode
    from clickgen.cost.stream import load_stream
    from clickgen.view.console import print_between_words
    from clickgen.view.cost import Priced, cost_json, render_cost

    source = NamesSource(from_terraform, from_stack)
    source.check(pipeline)
    prices = load_prices(prices_file)
    stream = load_stream(stream_config) if stream_config else None
    where = region or (stream.region if stream else region_of(source)) or prices.region
    if rate is None and was_given("rate"):
        rate = _rate_of_quota(where, event_bytes)
    elif pipeline is not None and rate is None:
        rate, events = _PIPELINE_RATE, _PIPELINE_EVENTS if events is None and duration is None else events
    volume = _volume(rate, duration, events, event_bytes)
    if max(volume.seconds, keep) > _MOST_SECONDS:
        raise UsageProblem("that is longer than a hundred years", "lower --duration or --keep, or raise --rate")
    if pipeline is not None:
        from clickgen.pipeline.bill import Usage

        usage = Usage(keep, partitions, jq_hours, lambda_gb_seconds)
        _price_pipeline(app, pipeline, volume, prices, usage, where, explain=explain)
        return
    _check_stream_options(stream, partitions, jq_hours, lambda_gb_seconds)
    priced_pipeline = PricedPipeline(
        stream=stream,
        keep_s=keep,
        partitions=partitions,
        jq_hours=jq_hours,
        lambda_gb_seconds=lambda_gb_seconds,
        kinesis=KinesisMode(kinesis) if kinesis else None,
        dynamodb=dynamodb,
    )
    priced = Priced(make_bill(volume, priced_pipeline, prices), prices, where, pack)
    _warn_of_region(where, prices)
    app.print_result(
        lambda: cost_json(priced),
        lambda console: print_between_words(console, render_cost(priced, explain=explain)),
        only_json=True,
    )


def _rate_of_quota(region: str, event_bytes: int) -> float:
    """What a stream of that region takes in a second before it is scaled up; says so."""
    from clickgen.sink.firehose import quota_of

    quota = quota_of(region).bytes
    rate = quota / event_bytes
    say(f"--rate max: what a stream takes in {region} by its default quota of {quota >> 20} MiB/s, {rate:,.0f}/s")
    return rate


def _warn_of_region(region: str, prices: "Prices") -> None:
    if region != prices.region:
        say(f"warning: the prices are those of {prices.region}; {region} may be dearer")


def _price_pipeline(
    app: App, path: Path, volume: Volume, prices: "Prices", usage: "Usage", region: str, *, explain: bool
) -> None:
    """Print the bill of a pipeline, station by station."""
    from clickgen.pipeline.bill import pipeline_bill
    from clickgen.pipeline.pipeline_file import file_of, load_pipeline
    from clickgen.view.pipeline_cost import PricedThrough, pipeline_cost_json, render_pipeline_cost

    odd = [f"--{name.replace('_', '-')}" for name in _SAID_BY_THE_FILE if was_given(name)]
    if odd:
        raise UsageProblem(
            f"{' and '.join(odd)} with --pipeline, whose file says it", "leave one or the other out"
        )
    description = load_pipeline(path)
    if not description.resources:
        raise UsageProblem(f"{file_of(path)} describes no resources, only stations", "there is nothing to price")
    _check_usage(description)
    priced = PricedThrough(description.name, pipeline_bill(description, volume, prices, usage), prices, region)
    _warn_of_region(region, prices)
    app.print_result(
        lambda: pipeline_cost_json(priced),
        lambda console: console.print(render_pipeline_cost(priced, explain=explain)),
        only_json=True,
    )


def _check_usage(description: "PipelineDescription") -> None:
    """Refuse figures of what no station of the pipeline does."""
    from clickgen.pipeline.resources import DeliveryStream, Function

    resources = description.resources.values()
    partitions = any(isinstance(one, DeliveryStream) and one.partition_by is not None for one in resources)
    useless = {
        "partitions": not partitions,
        "jq_hours": not partitions,
        "lambda_gb_seconds": not any(isinstance(one, Function) for one in resources),
    }
    for name, is_useless in useless.items():
        option = f"--{name.replace('_', '-')}"
        if is_useless and was_given(name):
            raise UsageProblem(
                f"{option} is about {_NEEDS[option]}, which {description.name} does not have",
                f"leave {option} out",
            )


def _check_stream_options(
    stream: "StreamConfiguration | None", partitions: int, jq_hours: float | None, lambda_gb_seconds: float | None
) -> None:
    """Refuse what the stream has no use for. Without a stream, partitioning is shown as an extra."""
    useless = {
        "--partitions": partitions > 1 and stream is not None and not stream.partitioning,
        "--jq-hours": jq_hours is not None and stream is not None and not stream.jq,
        "--lambda-gb-seconds": lambda_gb_seconds is not None and (stream is None or stream.transform is None),
    }
    for option, is_useless in useless.items():
        if is_useless:
            raise UsageProblem(
                f"{option} is about {_NEEDS[option]}, which this stream does not have",
                f"leave {option} out, or name a stream that has it with --stream-config",
            )


def _volume(rate: float | None, duration: float | None, events: int | None, event_bytes: int) -> Volume:
    """The traffic of a run so planned: what the schedule has due, or `events`, whichever comes first."""
    from clickgen.pace.schedule import ConstantRate

    if rate is None:
        if events is None:
            raise UsageProblem("what is to be priced is not said", "add --rate, events a second, or --events")
        seconds = DEFAULT_DURATION_S if duration is None else duration
    else:
        if duration is None and events is None:
            duration = DEFAULT_DURATION_S
        if duration is not None and rate * duration > _MOST_EVENTS:
            raise UsageProblem(f"that is more than {_MOST_EVENTS:,} events", "lower --rate or --duration")
        due = _MOST_EVENTS if duration is None else ConstantRate(rate).expected(duration)
        events = due if events is None else min(events, due)
        seconds = events / rate
    if not events or not seconds:
        raise UsageProblem("no event is due in that time", "raise --rate or --duration")
    return Volume(events, event_bytes, seconds)
