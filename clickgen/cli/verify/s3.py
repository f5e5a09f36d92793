"""`clickgen verify s3`: what landed in S3, or in the lake that stands for it."""

from typing import TYPE_CHECKING

import click

from clickgen.cli.verify.delivery import Asked, delivery_options, verify_delivery

if TYPE_CHECKING:
    from clickgen.cli.verify.delivery import Subject
    from clickgen.verify.landing import Landing


@click.group(short_help="What landed in S3 or in the lake.")
def s3() -> None:
    """Look at what landed in S3, or in the lake that stands for it.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --at s3://my-bucket/clicks/
    """


@s3.command(short_help="Compare what landed with the ledger.")
@click.option("--at", help="Look here instead: a folder, or s3://bucket/prefix.")
@click.option("--aws-profile", help="Profile of the AWS configuration to read S3 with.  [default: the sender's]")
@click.option("--region", help="AWS region of the bucket.  [default: the sender's]")
@click.option("--endpoint-url", help="S3 endpoint to use instead of AWS.")
@click.option(
    "--content",
    type=click.Choice(["check", "ids"]),
    default="check",
    show_default=True,
    help="Check that events are unchanged, or, where a transform rewrites them, find their ids only.",
)
@delivery_options
def delivery(
    asked: Asked,
    at: str | None,
    aws_profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    content: str,
) -> None:
    """Compare what landed with the ledger of RUN (default: the latest) and give a verdict.

    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --json --wait 10m
      clickgen verify s3 delivery --at /backup/lake
      clickgen verify s3 delivery --at s3://my-bucket/clicks/ --aws-profile lake-account
    """

    def objects(subject: "Subject") -> "Landing":
        from clickgen.run.layouts import is_text  # noqa: PLC0415  # --help must not wait for numpy
        from clickgen.sink.aws import Access  # noqa: PLC0415
        from clickgen.verify.objects import Objects, Reader  # noqa: PLC0415
        from clickgen.verify.where import find_place  # noqa: PLC0415

        where = find_place(subject.plan, at, Access(region, aws_profile, endpoint_url))
        reader = Reader(text=is_text(subject.plan), ids_only=content == "ids", planted=subject.planted)
        return Objects(subject.folder, subject.plan, where, reader, subject.tell)

    verify_delivery(asked, "s3", objects)
