"""`clickgen verify glue`: does the catalogue fit the data?"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, exit_with, json_option, pass_app
from clickgen.cli.groups import group
from clickgen.cli.place import reach_options
from clickgen.cli.types import COUNT
from clickgen.cli.voice import voice_options

if TYPE_CHECKING:
    from clickgen.sink.aws import Access
    from clickgen.verify.inspections.glue.catalogue import CatalogueTable
    from clickgen.verify.landings.objects.place import ObjectPlace


@group(short_help="Does the Glue catalogue fit the data?")
def glue() -> None:
    """Look at the Glue catalogue, which Athena and Redshift Spectrum rely on.

    \b
    Examples:
      clickgen verify glue table --table clicks.events
    """


@glue.command(short_help="Compare a table of the catalogue with its files.")
@click.option("--table", "name", metavar="NAME", required=True, help="The table, as DATABASE.TABLE.")
@click.option(
    "--at",
    metavar="PLACE",
    help="Compare with what lies here: a folder, or s3://bucket/prefix.  [default: its location]",
)
@click.option(
    "--sample",
    type=COUNT,
    default=50,
    show_default=True,
    help="Look into this many files, from the first to the last that landed.",
)
@reach_options
@json_option()
@voice_options
@pass_app
def table(
    app: App,
    /,
    name: str,
    at: str | None,
    sample: int,
    aws_profile: str | None,
    region: str | None,
    endpoint_url: str | None,
) -> None:
    """Compare the columns, types, partitions, projection, format and location of a table with the files there.

    Parquet and JSON are understood; Parquet needs the extra `parquet`.
    Exit code 0: the table fits. 1: Athena would fail on some of the data, or leave it out.

    \b
    Examples:
      clickgen verify glue table --table clicks.events
      clickgen verify glue table --table clicks.events --at ./curated --json
    """
    from clickgen.model.errors import ExitCode
    from clickgen.sink.aws import Access, make_client
    from clickgen.verify.inspections.glue.catalogue import read_table
    from clickgen.verify.inspections.glue.data import check_pyarrow, listed, sampled, shape_of
    from clickgen.verify.inspections.glue.fit import compare
    from clickgen.view.inspections import show_fit

    access = Access(region, aws_profile, endpoint_url)
    found = read_table(make_client("glue", access), name)
    if found.format == "parquet":
        check_pyarrow()
    place = _place(found, at, access)
    files = listed(place)
    shapes = [shape_of(place, stored) for stored in sampled(files, sample)]
    start = _start(at or found.location)
    keys = [stored.key.removeprefix(start).lstrip("/") for stored in files]
    fit = compare(found, at or found.location, keys, shapes, datetime.now(UTC))
    app.print_result(fit.to_json, lambda console: show_fit(console, fit))
    exit_with(ExitCode.OK if fit.fits else ExitCode.LOST)


def _place(found: "CatalogueTable", at: str | None, access: "Access") -> "ObjectPlace":
    from functools import partial
    from pathlib import Path

    from clickgen.model.errors import UsageProblem
    from clickgen.sink.aws import make_client
    from clickgen.verify.landings.objects.bucket import BucketPlace
    from clickgen.verify.landings.objects.place import FolderPlace

    where = at or found.location
    if not where.startswith("s3://"):
        if at is None:
            raise UsageProblem(f"{found.name} points to {where or 'nowhere'}, not into S3", "say where with --at")
        return FolderPlace(Path(where).expanduser())
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    return BucketPlace(partial(make_client, "s3", access), bucket, prefix)


def _start(where: str) -> str:
    """What keys begin with that is part of the location already."""
    return where.removeprefix("s3://").partition("/")[2] if where.startswith("s3://") else ""
