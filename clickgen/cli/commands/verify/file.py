"""`clickgen verify file`: what a run wrote to a file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.options.content import Compared, content_options
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.verify.proof.landing import Landing


@click.group(short_help="What was written to a file.")
def file() -> None:
    """Look at what a run wrote to a file, or at any file or folder that its events went to.

    \b
    Examples:
      clickgen verify file delivery
      clickgen verify file delivery --at /backup/clicks.jsonl.gz
    """


@file.command(short_help="Compare the file with the ledger.")
@click.option("--at", help="Look here instead: a file or a folder.  [default: the file the run appended to]")
@content_options("check", "fields", "ids")
@delivery_options
def delivery(asked: DeliveryRequest, compared: Compared, at: str | None) -> None:
    """Compare the file with the ledger of RUN (default: the latest) and give a verdict.

    The run's own file is read with those that were put aside when it was full. Gzip is seen from the bytes.

    \b
    Examples:
      clickgen verify file delivery
      clickgen send --to - --events 1000 > clicks.jsonl; clickgen verify file delivery --at clicks.jsonl
      clickgen verify file delivery --at cleaned.jsonl --content fields --renamed page=page_path
    """

    def files(subject: "RunUnderTest") -> "Landing":
        return open_files(subject, at, compared)

    verify_delivery(asked, "file", files)


def open_files(subject: "RunUnderTest", at: str | None, compared: Compared) -> "Landing":
    """The file or folder that `at` names, None for the run's own file, as somewhere that events land.

    Raises UsageProblem where there is none, or where the fields cannot be compared.
    """
    from clickgen.feed.layouts import is_text
    from clickgen.model.errors import UsageProblem
    from clickgen.sink.address import address_text
    from clickgen.sink.aws import Access
    from clickgen.verify.landings.objects.object_landing import ObjectLanding, Reader
    from clickgen.verify.landings.objects.search_scope import find_place

    plan = subject.plan
    went_to = plan.destination
    if at is None and went_to.kind != "file":
        raise UsageProblem(
            f"run {plan.run} went to {address_text(went_to.kind, went_to.stream)}, not to a file",
            "say where its events are: --at FILE, or a folder; objects in S3: clickgen verify s3 delivery",
        )
    if at is not None and not at.startswith("s3://") and not Path(at).expanduser().exists():
        raise UsageProblem(f"there is no file or folder {at}", "say where the events are: --at FILE, or a folder")
    where = find_place(plan, at, Access())
    expected = compared.expectations(subject)
    reader = Reader(is_text(plan), compared.ids_only, subject.planted, expected=expected)
    return compared.behind(subject, ObjectLanding(subject.folder, plan, where, reader, subject.tell))
