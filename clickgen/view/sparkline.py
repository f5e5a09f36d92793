"""A row of bars, one a second, as wide as there is room for."""

import math
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_BARS = " ▁▂▃▄▅▆▇█"
_ASCII_BARS = " .:-=+*#@"


class Sparkline:
    """The latest values that fit, newest last. A full bar is the larger of `wanted` and the largest value shown.

    Zero is a gap; anything more is at least the lowest bar.
    """

    def __init__(self, values: Sequence[int], wanted: float | None = None) -> None:
        self._values = values
        self._wanted = wanted or 0.0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bars = _ASCII_BARS if options.ascii_only else _BARS
        shown = self._values[-options.max_width :]
        full = max(self._wanted, *shown, 1)
        line = "".join(bars[min(8, math.ceil(value * 8 / full))] for value in shown)
        yield Text(line, style="cyan", no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)
