"""What a folder holds that is not trusted yet, so that its user can decide whether to trust it."""

import os
from collections.abc import Iterator
from pathlib import Path

from clickgen.ledger.holdings import FoundRun, Holdings
from clickgen.model.amounts import count, counted, size
from clickgen.model.destination import HttpRequest
from clickgen.model.outside_text import one_line
from clickgen.view.account import destination_name

_SHOWN = 20


def holdings_lines(folder: Path, reason: str, held: Holdings) -> Iterator[str]:
    """One line for each thing that clickgen would act on, with every place outside the folder."""
    yield f"{one_line(str(folder))} is not trusted: {one_line(reason)}"
    yield counted(len(held.runs), "run")
    for run in held.runs[-_SHOWN:]:
        yield f"  {run.run}  {one_line(_run_words(run, folder))}"
    if len(held.runs) > _SHOWN:
        yield f"  and {counted(len(held.runs) - _SHOWN, 'older run')}"
    if held.streams or held.waiting:
        waiting = f"{counted(held.waiting, 'file')} of {size(held.waiting_bytes)}"
        yield f"a lake with {counted(held.streams, 'stream')}; {waiting} waiting to be delivered in it"
    for path, target in held.links[:_SHOWN]:
        yield f"a symbolic link: {one_line(str(path))} leads to {one_line(target)}"
    if len(held.links) > _SHOWN:
        yield f"and {count(len(held.links) - _SHOWN)} more symbolic links"
    if not held.whole:
        yield "it has so many files that not all were looked at"


def _run_words(run: FoundRun, folder: Path) -> str:
    if run.plan is None:
        return run.problem
    to, place = run.plan.destination, run.plan.place
    words = f"{run.plan.command} to {destination_name(to)}"
    if to.endpoint_url and not to.embedded:
        words += f" at {to.endpoint_url}"
    if to.kind == "http" and (variables := _variables(to.request)):
        words += f", with {', '.join(variables)} of your environment in each request"
    if place is not None and place.lake is not None and not _is_within(Path(place.lake), folder):
        words += f", into {place.lake}"
    if run.plan.sources:
        words += f", from {', '.join(run.plan.sources[:_SHOWN])}"
    return words


def _variables(request: HttpRequest) -> list[str]:
    """The environment variables whose values go along with events."""
    return sorted({name for name in (*request.headers.values(), *request.parameters.values()) if name})


def _is_within(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
