"""`clickgen verify s3`: what landed in S3, or in the lake that stands for it."""

from functools import partial
from typing import Any

import click

from clickgen.cli.commands.verify.s3_layout import layout
from clickgen.cli.commands.verify.s3_schema import schema
from clickgen.cli.options.place import content_options, scan_options, station_of
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery


@click.group(short_help="What landed in S3 or in the lake.")
def s3() -> None:
    """Look at what landed in S3, or in the lake that stands for it.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --at s3://my-bucket/clicks/
    """


s3.add_command(layout)
s3.add_command(schema)


@s3.command(short_help="Compare what landed with the ledger.")
@scan_options
@content_options("check", "fields", "ids")
@click.option("--cloudwatch", is_flag=True, help="Show beside it what CloudWatch counted of the stream.")
@delivery_options
def delivery(asked: DeliveryRequest, cloudwatch: bool, **given: Any) -> None:
    """Compare what landed with the ledger of RUN (default: the latest) and give a verdict.

    What was found in each object is kept beside the run, so that a second look reads only what is new or has
    changed. Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still
    come, or objects could not be read.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --json --wait 10m
      clickgen verify s3 delivery --at /backup/lake
      clickgen verify s3 delivery --content fields --added loaded_at --renamed page=page_path
      clickgen verify s3 delivery --at s3://my-bucket/clicks/ --aws-profile lake-account
    """
    from clickgen.cli.cloudwatch import metrics_of
    from clickgen.verify.landings.station import S3Station

    station = station_of(S3Station, given)
    verify_delivery(asked, station, partial(metrics_of, station) if cloudwatch else None)
