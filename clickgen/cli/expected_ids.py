"""`--ids` of `clickgen verify PLACE delivery`: events of somebody else's producer, by a list of their ids."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from clickgen.cli.app import exit_with, say
from clickgen.cli.types import options, was_given
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.verifying import DeliveryRequest
    from clickgen.verify.inspections.ids.look import IdSource
    from clickgen.verify.landings.objects.place import ObjectPlace

# what says something of a list of ids, and not of a run
_MEANT = frozenset(
    ["ids", "id_field", "id_column", "at", "aws_profile", "region", "endpoint_url", "wait", "exclusive"]
)
_ANYWHERE = frozenset(["home_path", "as_json"])

ids_option = click.option(
    "--ids",
    metavar="FILE",
    help="Look for the ids that FILE lists, and for no run: one a line, or JSON lines; - is standard input.",
)
ids_options = options(
    ids_option,
    click.option(
        "--id-field", metavar="FIELD", help="With --ids: the field of the id in events, dots for nesting."
    ),
)


def verify_ids(
    file: str,
    field: str | None,
    request: "DeliveryRequest",
    given: dict[str, Any],
    source_of: "Callable[[ObjectPlace, str], IdSource]",
    option: str = "--id-field",
) -> NoReturn:
    """Look for the ids of a list, print what was found, and end the process by it.

    given: the other options. source_of: how the ids of a place are read. option: the one that names the field.
    """
    from clickgen.pace.clock import SystemClock
    from clickgen.sink.aws import Access
    from clickgen.verify.inspections.ids.expected_ids import ExpectedIds
    from clickgen.verify.inspections.ids.look import look_for_ids
    from clickgen.verify.landings.objects.search_scope import named_place
    from clickgen.view.ids import show_ids

    _check_meant(request)
    if not field or not all(field.split(".")):
        raise UsageProblem(
            f"--ids without {option}", f"name the field of the events that has the id: {option} NAME"
        )
    if given.get("at") is None:
        raise UsageProblem(
            "--ids without --at: there is no run to say where events are", "add --at with the place"
        )
    access: Access = Access(given.get("region"), given.get("aws_profile"), given.get("endpoint_url"))
    place = named_place(given["at"], access)
    with _as_file(file) as path:
        expected = ExpectedIds(path, tuple(field.split(".")))
        report = look_for_ids(
            expected,
            source_of(place, field),
            SystemClock(),
            wait_s=request.wait if isinstance(request.wait, float) else 0.0,
            exclusive=request.exclusive,
            tell=say,
        )
    request.app.print_result(report.to_json, lambda console: show_ids(console, report))
    exit_with(report.verdict.exit_code)


def check_without_ids(field: str | None) -> None:
    """UsageProblem if --id-field was given without --ids."""
    if field is not None:
        raise UsageProblem("--id-field without --ids", "a run knows the field of its ids: leave it out")


def _check_meant(request: "DeliveryRequest") -> None:
    names = [option.name or "" for option in click.get_current_context().command.params]
    odd = [name for name in names if name not in _MEANT | _ANYWHERE and was_given(name)]
    if odd or request.wait == "full":
        words = " and ".join("RUN" if name == "run" else f"--{name.replace('_', '-')}" for name in odd)
        raise UsageProblem(
            f"{words or '--wait full'} with --ids, which is about a list and not about a run", "leave it out"
        )


@contextmanager
def _as_file(name: str) -> Iterator[Path]:
    """The file of that name; standard input becomes one, as it is read twice."""
    if name != "-":
        yield Path(name)
        return
    with tempfile.NamedTemporaryFile(prefix="clickgen-ids-") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield Path(kept.name)
