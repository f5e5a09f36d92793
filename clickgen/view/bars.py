"""Charts made of characters: horizontal bars with figures, columns, and a sparkline; in plain ASCII if need be."""

import math
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from clickgen.model.amounts import percent

_HORIZONTAL = " ▏▎▍▌▋▊▉█"
_COLUMNS = " ▁▂▃▄▅▆▇█"
_ASCII_COLUMNS = " .:-=+*#@"
_STYLE = "cyan"
_FIGURE = 7  # the width of 100.0 %


def horizontal_bar(share: float, width: int, *, ascii_only: bool) -> Text:
    """A bar that fills this share of a width; only zero is invisible."""
    if ascii_only:
        return Text("#" * max(round(share * width), share > 0), style=_STYLE)
    eighths = max(round(share * width * 8), share > 0)
    return Text("█" * (eighths // 8) + _HORIZONTAL[eighths % 8].strip(), style=_STYLE)


def chart(
    rows: Sequence[tuple[str, float]],
    width: int,
    *,
    ascii_only: bool,
    full: float | None = None,
    labels: int = 0,
) -> list[Text]:
    """A line for each (label, share): label, percentage, bar.

    full: the share of a full bar, or None for the largest. labels: least room for the labels.
    """
    room = max(labels, *(len(label) for label, _ in rows))
    longest = max(1, width - room - _FIGURE - 4)
    top = full or max(share for _, share in rows) or 1.0
    return [
        Text.assemble(
            f"{label:>{room}}  {percent(share):>{_FIGURE}}  ",
            horizontal_bar(share / top, longest, ascii_only=ascii_only),
        )
        for label, share in rows
    ]


def column_chart(weights: Sequence[float], *, column: int, height: int, ascii_only: bool) -> list[Text]:
    """Lines of columns side by side, each `column` signs wide with its gap; the largest is `height` high."""
    steps = 1 if ascii_only else 8
    top = max(weights) or 1.0
    levels = [max(round(weight / top * height * steps), weight > 0) for weight in weights]
    lines = []
    for floor in range(height - 1, -1, -1):
        signs = [min(max(level - floor * steps, 0), steps) for level in levels]
        drawn = ["#" if sign else " " for sign in signs] if ascii_only else [_COLUMNS[sign] for sign in signs]
        lines.append(Text(" ".join(sign * (column - 1) for sign in drawn).rstrip(), style=_STYLE))
    return lines


class Sparkline:
    """A row of columns for the latest values that fit, newest last; zero is a gap.

    A full column is the larger of `wanted` and the largest value shown.
    """

    def __init__(self, values: Sequence[int], wanted: float | None = None) -> None:
        self._values = values
        self._wanted = wanted or 0.0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bars = _ASCII_COLUMNS if options.ascii_only else _COLUMNS
        shown = self._values[-options.max_width :]
        full = max(self._wanted, *shown, 1)
        line = "".join(bars[min(8, math.ceil(value * 8 / full))] for value in shown)
        yield Text(line, style="cyan", no_wrap=True)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)
