"""Showing how far a command has come, once it has worked for so long that somebody may wonder."""

import sys
import time
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import VOICE, App
from clickgen.model.progress import Step

if TYPE_CHECKING:
    from clickgen.view.shown_progress import ProgressBar, ProgressLines

_SILENT_S = 1.0  # so that what is short stays clean
_BETWEEN_S = 0.1


class LateProgress:
    """A clickgen.model.progress.Listener that shows nothing in the first second, or with --quiet or --json."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._next = 0.0
        self._display: ProgressBar | ProgressLines | None = None
        self._json = False

    def step(self, step: Step) -> None:
        """Show it, if it is time."""
        # threads other than the command's have no context
        if (context := click.get_current_context(silent=True)) is not None:
            app = context.find_object(App)
            self._json = app is not None and app.as_json
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _BETWEEN_S
        if self._began is None:
            self._began = now
        if now - self._began >= _SILENT_S and not (VOICE.quiet or self._json):
            self._display = self._display or _display()
            self._display.step(step, now - self._began)

    def pause(self) -> None:
        """Make room."""
        if self._display is not None:
            self._display.pause()
            self._next = 0.0


def _display() -> "ProgressBar | ProgressLines":
    from clickgen.view.console import Console
    from clickgen.view.shown_progress import ProgressBar, ProgressLines

    console = Console(stderr=True)
    return ProgressBar(console) if console.is_terminal else ProgressLines(sys.stderr)
