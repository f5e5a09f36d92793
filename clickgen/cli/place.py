"""The options that say where a run's events landed; a command makes one `Station` of what was given."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clickgen.cli.types import DURATION, RENAMING, WORKERS, options
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from pydantic import ValidationError

    from clickgen.verify.landings.station import Station

S = TypeVar("S", bound="Station")

_MODES = {
    "check": "`check`: by their check bits",
    "fields": "`fields`: field by field with what was sent, which is made once more",
    "ids": "`ids`: not at all, if an id is enough",
}


at_option = click.option("--at", metavar="PLACE", help="Look here instead: a folder, or s3://bucket/prefix.")

stream_option = click.option(
    "--stream",
    metavar="NAME",
    help="Look where this Firehose stream delivers, and into its error output: one behind the run's own.",
)

errors_option = click.option(
    "--errors",
    metavar="PLACE",
    help="Where error records in the form of Firehose's are kept: a folder, or s3://bucket/prefix.",
)

reach_options = options(
    click.option(
        "--aws-profile",
        metavar="NAME",
        help="Profile of the AWS configuration to read with.  [default: the sender's]",
    ),
    click.option("--region", metavar="NAME", help="AWS region.  [default: the sender's]"),
    click.option("--endpoint-url", metavar="URL", help="Endpoint to use instead of AWS."),
)

scan_options = options(
    at_option,
    stream_option,
    reach_options,
    click.option(
        "--workers",
        type=WORKERS,
        help="Processes that read.  [default: one a core, where worth it]",
    ),
    click.option("--fresh", is_flag=True, help="Read every object, also those that were read before."),
)

table_options = options(
    click.option("--table", metavar="NAME", help="The table, with its database or schema before it."),
    click.option(
        "--id-column",
        metavar="COLUMN",
        help="Column that holds the event's id; a dotted path leads into structs.  [default: the run's id field]",
    ),
    click.option(
        "--where",
        metavar="SQL",
        help="Look only at rows for which this SQL holds: the partitions that can hold the run, say.",
    ),
    click.option(
        "--query-timeout", type=DURATION, default="30m", show_default=True, help="How long a query may take."
    ),
    reach_options,
)

athena_options = options(
    click.option("--workgroup", metavar="NAME", help="Workgroup of the queries.  [default: primary]"),
    click.option(
        "--output", metavar="S3PLACE", help="S3 place for results, s3://bucket/prefix.  [default: the workgroup's]"
    ),
    click.option("--catalog", metavar="NAME", help="Data catalogue of the table.  [default: AwsDataCatalog]"),
    table_options,
)

redshift_options = options(
    click.option("--cluster", metavar="NAME", help="Cluster to query through the Data API."),
    click.option("--workgroup", metavar="NAME", help="Serverless workgroup to query through the Data API."),
    click.option("--database", metavar="NAME", help="Database to query through the Data API."),
    click.option(
        "--secret-arn", metavar="ARN", help="Secret of the user to connect as.  [default: the credentials' own]"
    ),
    click.option(
        "--db-user", metavar="NAME", help="Database user to connect as.  [default: the credentials' own]"
    ),
    click.option(
        "--dsn", metavar="URL", help="Connect instead, to postgresql://USER:PASSWORD@HOST:5439/DATABASE."
    ),
    table_options,
)


def content_options(*modes: str) -> Callable[[Any], Any]:
    """How events are compared. modes: those that the place has, the default first."""
    return options(
        click.option(
            "--content",
            type=click.Choice(modes),
            default=modes[0],
            show_default=True,
            help=f"How events are compared. {'; '.join(_MODES[mode] for mode in modes)}.",
        ),
        click.option(
            "--added", metavar="FIELD", multiple=True, help="A field that the transform adds or changes."
        ),
        click.option("--dropped", metavar="FIELD", multiple=True, help="A field that the transform may drop."),
        click.option(
            "--renamed", type=RENAMING, multiple=True, help="A field to which the transform gives a new name."
        ),
        click.option("--loose-types", is_flag=True, help='Take "1" for 1 and "true" for true.'),
    )


def station_of(kind: type[S], given: Mapping[str, Any]) -> S:
    """The place that these options describe; UsageProblem if they do not describe one.

    given: values by the names of the options with _ for -.
    """
    from pydantic import ValidationError

    from clickgen.verify.landings.station import KINDS

    place = next(word for word, each in KINDS.items() if each is kind)
    values = {name: _plain(value) for name, value in given.items() if value is not None}
    if "query_timeout" in values:
        values["query_timeout"] = f"{values['query_timeout']:g}s"
    if "renamed" in values:
        values["renamed"] = dict(values["renamed"])
    try:
        return kind(place=place, name=place, **values)
    except ValidationError as problem:
        raise _explained(problem) from problem


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _explained(invalid: "ValidationError") -> UsageProblem | click.UsageError:
    """The first thing that is wrong, in the words of the command line if a station has them."""
    error = invalid.errors()[0]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ValueError) and isinstance(cause.__cause__, UsageProblem):
        return cause.__cause__
    option = f"--{str(error['loc'][0]).replace('_', '-')}" if error["loc"] else "the options"
    if error["type"] == "missing":
        return click.MissingParameter(
            param_type="option", param_hint=f"'{option}'", ctx=click.get_current_context()
        )
    if error["type"] == "string_too_short":
        return UsageProblem(f"{option} without a value", f"name one, or leave {option} out")
    return UsageProblem(f"{option}: {error['msg']}", "see --help")
