"""How a table of the catalogue fits its files, for people: what spoils queries first, files named once."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import counted
from clickgen.model.outside_text import one_line
from clickgen.verify.inspections.glue.fit import Fit
from clickgen.view.account import labelled

_SPOILS, _WARNING, _FITS = "bold red", "bold yellow", "bold green"


def show_fit(console: Console, fit: Fit) -> None:
    """Print what was found; names of files and folders stay on one line each, to be copied."""
    for line in _lines(fit):
        console.print(line, soft_wrap=True)


def _lines(fit: Fit) -> Iterator[Text]:
    words, style = ("fits", _FITS) if fit.fits else ("does not fit", _SPOILS)
    yield Text.assemble((f"table {one_line(fit.table)}: ", "bold"), (words, style))
    yield labelled("place", one_line(fit.location))
    yield labelled("files", f"{counted(fit.files, 'file')}, {fit.read:,} looked into")
    ordered = sorted(fit.misfits, key=lambda misfit: (not misfit.spoils, misfit.first or ""))
    for first, misfits in groupby(ordered, key=lambda misfit: misfit.first):
        for misfit in misfits:
            style = _SPOILS if misfit.spoils else _WARNING
            yield Text.assemble((f"{misfit.kind} {one_line(misfit.name)}: ", style), one_line(misfit.detail))
        if first is not None:
            yield Text(f"  first seen in {one_line(first)}", "dim")
