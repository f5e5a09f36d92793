"""`clickgen verify s3`: what landed in S3, or in the lake that stands for it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from clickgen.cli.commands.verify.s3_layout import layout
from clickgen.cli.commands.verify.s3_schema import schema
from clickgen.cli.options.content import Compared, content_options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.sink.aws import Access
    from clickgen.verify.inspections.cloudwatch import Metrics
    from clickgen.verify.landings.objects.object_landing import ObjectLanding
    from clickgen.verify.proof.landing import Landing


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


def scan_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `at`, the access to S3, and how objects are read: `workers` and `fresh`."""
    for option in (
        click.option("--fresh", is_flag=True, help="Read every object, also those that were read before."),
        click.option(
            "--workers",
            type=click.IntRange(1, 64),
            help="Processes that read.  [default: one a core, where worth it]",
        ),
        click.option("--endpoint-url", help="S3 endpoint to use instead of AWS."),
        click.option("--region", help="AWS region of the bucket.  [default: the sender's]"),
        click.option(
            "--aws-profile", help="Profile of the AWS configuration to read S3 with.  [default: the sender's]"
        ),
        click.option("--at", help="Look here instead: a folder, or s3://bucket/prefix."),
    ):
        command = option(command)
    return command


@s3.command(short_help="Compare what landed with the ledger.")
@scan_options
@content_options("check", "fields", "ids")
@click.option("--cloudwatch", is_flag=True, help="Show beside it what CloudWatch counted of the stream.")
@delivery_options
def delivery(
    asked: DeliveryRequest,
    compared: Compared,
    cloudwatch: bool,
    at: str | None,
    aws_profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    workers: int | None,
    fresh: bool,
) -> None:
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

    def objects(subject: "RunUnderTest") -> "Landing":
        from clickgen.sink.aws import Access

        access = Access(region, aws_profile, endpoint_url)
        objects = open_objects(subject, at, access, compared, workers=workers, fresh=fresh)
        return compared.behind(subject, objects)

    def metrics(subject: "RunUnderTest") -> "Metrics":
        from clickgen.cli.cloudwatch import metrics_of
        from clickgen.sink.aws import Access

        return metrics_of(subject, Access(region, aws_profile))

    verify_delivery(asked, "s3", objects, metrics if cloudwatch else None)


def open_objects(
    subject: "RunUnderTest",
    at: str | None,
    access: "Access",
    compared: Compared,
    *,
    workers: int | None = None,
    fresh: bool = False,
) -> "ObjectLanding":
    """The objects that can hold the run.

    Raises UsageProblem or EnvironmentProblem where no place is known, or where the fields cannot be compared.
    """
    from clickgen.feed.layouts import is_text
    from clickgen.verify.landings.objects.object_landing import ObjectLanding, Reader
    from clickgen.verify.landings.objects.search_scope import find_place

    where = find_place(subject.plan, at, access)
    expected = compared.expectations(subject)
    reader = Reader(is_text(subject.plan), compared.ids_only, subject.planted, workers, fresh, expected)
    return ObjectLanding(subject.folder, subject.plan, where, reader, subject.tell)
