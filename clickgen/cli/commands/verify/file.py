"""`clickgen verify file`: what a run wrote to a file."""

from typing import Any

import click

from clickgen.cli.expected_ids import check_without_ids, ids_options, verify_ids
from clickgen.cli.groups import group
from clickgen.cli.place import content_options, station_of
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery


@group(short_help="What was written to a file.")
def file() -> None:
    """Look at what a run wrote to a file, or at any file or folder that its events went to.

    \b
    Examples:
      clickgen verify file delivery
      clickgen verify file delivery --at /backup/clicks.jsonl.gz
    """


@file.command(short_help="Compare the file with the ledger.")
@click.option(
    "--at", metavar="PLACE", help="Look here instead: a file or a folder.  [default: the file the run appended to]"
)
@content_options("check", "fields", "ids")
@ids_options
@delivery_options
def delivery(request: DeliveryRequest, ids: str | None, id_field: str | None, **given: Any) -> None:
    """Compare the file with the ledger of RUN (default: the latest) and give a verdict.

    The run's own file is read with those that were put aside when it was full. Gzip is seen from the bytes.

    \b
    Examples:
      clickgen verify file delivery
      clickgen send -o - -n 1000 > clicks.jsonl
      clickgen verify file delivery --at clicks.jsonl
      clickgen verify file delivery --at cleaned.jsonl --content fields \\
          --renamed page=page_path
      clickgen verify file delivery --at shipped/ --ids sent.txt \\
          --id-field event_id
    """
    if ids is not None:
        from clickgen.verify.inspections.ids.look import JsonObjects

        verify_ids(ids, id_field, request, given, JsonObjects)
    check_without_ids(id_field)
    from clickgen.verify.landings.station import FileStation

    verify_delivery(request, station_of(FileStation, given))
