"""How far something has come, for people: one line that goes on at a terminal, a line at times in a log."""

from typing import TextIO

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from clickgen.model.amounts import count, stopwatch
from clickgen.model.outside_text import one_line
from clickgen.model.progress import Step
from clickgen.view.console import Console, LineStream
from clickgen.view.plain import EVERY_S


class ProgressBar:
    """At a terminal: one line, which is removed at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._shown = ("", "")

    def step(self, step: Step, _elapsed: float) -> None:
        """Show it."""
        if self._progress is None or self._shown != (step.doing, step.unit):
            self.pause()
            self._progress = Progress(
                *(TextColumn("{task.description}", markup=False), BarColumn(20)),
                *([] if step.total is None else [TaskProgressColumn(), TimeRemainingColumn()]),
                console=self._console,
                transient=True,
            )
            self._task = self._progress.add_task("", total=step.total)
            self._shown = (step.doing, step.unit)
            self._progress.start()
        self._progress.update(self._task, completed=step.done, description=_words(step))

    def pause(self) -> None:
        """Remove the line."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class ProgressLines:
    """In a log or a pipe. A reader that goes away ends the lines, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._lines = LineStream(stream)
        self._due = EVERY_S

    def step(self, step: Step, elapsed: float) -> None:
        """Say it, if it is time."""
        if elapsed >= self._due:
            self._due = elapsed - elapsed % EVERY_S + EVERY_S
            self._lines.write(f"{stopwatch(elapsed)}  {_words(step)}")

    def pause(self) -> None:
        """What was said stays."""


def _words(step: Step) -> str:
    of = "" if step.total is None else f" of {'about ' if step.estimated else ''}{count(step.total)}"
    return one_line(f"{step.doing} {count(step.done)}{of} {step.unit}")
