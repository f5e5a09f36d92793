"""What analytics should say of a run, as a table for people and as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from clickgen.expect.answers import Answers
from clickgen.expect.dimensions import Word
from clickgen.expect.question import REVENUE, step_in
from clickgen.model.amounts import counted
from clickgen.model.outside_text import one_line
from clickgen.view.console import print_lines
from clickgen.view.states import shortfall_words

_NOTHING = "-"
_WIDEST = 60


def show_answers(console: Console, answers: Answers) -> None:
    """Print the answers: what counts, then a line a group, then a table of the steps of a funnel."""
    print_lines(console, _lines(answers))


def _lines(answers: Answers) -> Iterator[Text]:
    zone = f", days and hours of {answers.zone}" if answers.zone != "UTC" else ""
    accepted = f"{counted(answers.accepted, 'accepted event')}, each counted once{zone}"
    yield Text.assemble((f"run {answers.run}:", "bold"), f" {accepted}")
    yield from (Text(f"note: {note}") for note in _notes(answers))
    whole = [place for place, name in enumerate(answers.measures) if step_in(name) is None]
    head = [*answers.by, *(_headed(answers.measures[place], answers.currency) for place in whole)]
    rows = [[*map(word_text, row.words), *(f"{row.figures[place]:,}" for place in whole)] for row in answers.rows]
    yield from aligned(head, rows, left=len(answers.by))
    if answers.left_out:
        yield Text(f"and {counted(answers.left_out, 'group')} with fewer hits", "dim")
    yield from _funnel(answers)


def _notes(answers: Answers) -> Iterator[str]:
    if answers.unknown:
        yield f"{counted(answers.unknown, 'event')} of unknown fate count too"
    if answers.malformed:
        yield f"{counted(answers.malformed, 'event')} malformed on purpose do not count"
    if answers.shortfall is not None:
        yield shortfall_words(answers.shortfall)


def csv_text(answers: Answers) -> str:
    """The answers as CSV (RFC 4180): a header with the names, then a line a group."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow((*answers.by, *answers.measures))
    for row in answers.rows:
        writer.writerow((*map(_cell, row.words), *row.figures))
    return text.getvalue()


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> Iterator[Text]:
    """A table: the first `left` columns begin on the left, figures end on the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for style, row in [("bold", head), *(("", row) for row in rows)]:
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield Text("  ".join(cells).rstrip(), style)


def word_text(word: Word) -> str:
    """A word of a dimension on one line; a long one is cut."""
    text = one_line(str(_cell(word))) if word is not None else _NOTHING
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _funnel(answers: Answers) -> Iterator[Text]:
    """A table of the steps, which would be wider than a terminal as columns."""
    steps: dict[str, list[int]] = {}
    for place, name in enumerate(answers.measures):
        if (step := step_in(name)) is not None:
            steps.setdefault(step, []).append(place)
    if not steps:
        return
    first, measured = next(iter(steps.items()))
    head = [*answers.by, "step", *(answers.measures[place].removeprefix(f"{first}_") for place in measured)]
    rows = [
        [*map(word_text, row.words), step, *(f"{row.figures[place]:,}" for place in places)]
        for row in answers.rows
        for step, places in steps.items()
    ]
    yield Text()
    yield from aligned(head, rows, left=len(answers.by) + 1)


def _cell(word: Word) -> Word:
    """A word as CSV and JSON write it: true and false in lower case."""
    return str(word).lower() if isinstance(word, bool) else word


def _headed(name: str, currency: str) -> str:
    return f"{name} {currency}" if name == REVENUE and currency else name
