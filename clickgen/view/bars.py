"""Bars: lying ones with their figures, and a row of standing ones; in eighths of a sign, or in plain ASCII."""

from collections.abc import Sequence

from rich.text import Text

_LYING = " ▏▎▍▌▋▊▉█"
_STANDING = " ▁▂▃▄▅▆▇█"
_STYLE = "cyan"
_FIGURE = 7  # the width of 100.0 %


def percent(share: float) -> str:
    """A share in per cent: 12.3 %."""
    return f"{share * 100:.1f} %"


def horizontal_bar(share: float, width: int, *, ascii_only: bool) -> Text:
    """A bar that fills this share of a width; nothing but zero is invisible."""
    if ascii_only:
        return Text("#" * max(round(share * width), share > 0), style=_STYLE)
    eighths = max(round(share * width * 8), share > 0)
    return Text("█" * (eighths // 8) + _LYING[eighths % 8].strip(), style=_STYLE)


def chart(
    rows: Sequence[tuple[str, float]],
    width: int,
    *,
    ascii_only: bool,
    full: float | None = None,
    labels: int = 0,
) -> list[Text]:
    """A line for each (label, share): label, per cent, bar.

    full: the share of a full bar; else the largest one is. labels: least room for the labels.
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
    """Lines of bars that stand side by side, `column` signs wide with their gap; the largest is `height` high."""
    steps = 1 if ascii_only else 8
    top = max(weights) or 1.0
    levels = [max(round(weight / top * height * steps), weight > 0) for weight in weights]
    lines = []
    for floor in range(height - 1, -1, -1):
        signs = [min(max(level - floor * steps, 0), steps) for level in levels]
        drawn = ["#" if sign else " " for sign in signs] if ascii_only else [_STANDING[sign] for sign in signs]
        lines.append(Text(" ".join(sign * (column - 1) for sign in drawn).rstrip(), style=_STYLE))
    return lines
