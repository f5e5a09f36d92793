"""Where views print, on a console or line by line: text from outside cannot act on the terminal there."""

import re
from collections.abc import Iterable
from typing import IO, NoReturn, TextIO

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from clickgen.model.line_breaks import line_breaks
from clickgen.model.outside_text import in_lines, one_line

FRAME = 4  # columns of a frame's border and padding
_LABEL = re.compile(r"\S* {2,}")  # what a line begins with whose words have a column of their own


class Console(RichConsole):
    """A console without markup and emoji names, whose text is text.

    Views make text from outside safe where they build their lines, so that columns stay columns. Here it is made
    safe once more, so that a value which a view forgot is harmless; the codes that Rich itself sends still act.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False, file: IO[str] | None = None) -> None:
        super().__init__(stderr=stderr, soft_wrap=soft_wrap, file=file, markup=False, emoji=False, highlight=False)

    def on_broken_pipe(self) -> NoReturn:
        """Pass it on: whoever prints knows what it means that the reader left."""
        raise BrokenPipeError

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        return map(_harmless, super().render(renderable, options))


def print_lines(console: RichConsole, lines: Iterable[Text]) -> None:
    """Print each on a line of its own however narrow the terminal is, so that names and ids can be copied."""
    for line in lines:
        console.print(line, soft_wrap=True)


def print_between_words(console: RichConsole, lines: Iterable[Text]) -> None:
    """Print lines that a narrow terminal gets broken between words, and everything else whole.

    A continued line begins below the words of a labelled one. A word is never broken, nor is a line that must not
    wrap: paths, ids and commands can be copied.
    """
    for line in lines:
        whole = line.no_wrap or not console.is_terminal
        console.print(line if whole else _broken(line, console.width), soft_wrap=True)


def _broken(line: Text, width: int) -> Text:
    label = _LABEL.match(line.plain)
    indent = 0 if label is None else label.end()
    ends = [place for at in line_breaks(line.plain, width, indent) for place in (at, at + 1)]
    return Text("\n" + " " * indent).join(line.divide(ends)[::2])  # every other one is a space


def _harmless(segment: Segment) -> Segment:
    if segment.control or segment.text.isprintable():
        return segment
    return Segment(in_lines(segment.text), segment.style)


class LineStream:
    """Writes each line at once. A reader that goes away (`2>&1 | head`) ends the lines, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def write(self, line: str) -> None:
        """Write one line of harmless text, unless the reader is gone."""
        if self._stream is None:
            return
        try:
            self._stream.write(one_line(line) + "\n")
            self._stream.flush()
        except OSError:
            self._stream = None


def cut_row(text: str, width: int) -> Text:
    """As much of a text as one row of a frame in a console of this width has room for."""
    words, room = one_line(text), width - FRAME
    shown = words if len(words) <= room else words[: room - 3] + "..."
    return Text(shown, style="dim", no_wrap=True, overflow="crop")
