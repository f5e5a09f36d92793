"""The one kind of console that clickgen prints on: what is shown on it cannot act on the terminal."""

from collections.abc import Iterable
from typing import IO

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

from clickgen.model.outside_text import in_lines


class Console(RichConsole):
    """A console without markup and emoji names, whose text is text.

    Views make text from outside safe where they build their lines, so that columns stay columns. Here it is made
    safe once more, so that a value which a view forgot is harmless; the codes that Rich itself sends still act.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False, file: IO[str] | None = None) -> None:
        super().__init__(stderr=stderr, soft_wrap=soft_wrap, file=file, markup=False, emoji=False, highlight=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is to be written, all of whose words are harmless."""
        return map(_harmless, super().render(renderable, options))


def _harmless(segment: Segment) -> Segment:
    if segment.control or segment.text.isprintable():
        return segment
    return Segment(in_lines(segment.text), segment.style)
