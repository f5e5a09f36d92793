"""The charts of a report, each drawn for a desktop and for a phone.

They are SVG that takes its colours and fonts from the page, so that it is light, dark or printed as the page is.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator, NullLocator

from clickgen.model.amounts import latency, stopwatch
from clickgen.model.histogram import Histogram
from clickgen.view.report.series import Numbers, bars, wide

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_BETWEEN_TAGS = re.compile(r">\s+<")
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_SIZE = re.compile(r' (?:width|height)="[^"]*pt"')
_STYLE = re.compile(r"<defs><style.*?</style></defs>", re.DOTALL)
_FONT = re.compile(r" font-family: [^;\"]*;")
_NAME = re.compile(r' id="(?![a-z][0-9a-f]{10})[^"]*"')  # what nothing refers to


class Ink(Enum):
    """What is drawn, as a placeholder colour for a variable of the page's style."""

    TEXT = "#010203"
    GRID = "#020304"
    WANTED = "#030405"
    ACCEPTED = "#040506"
    DELIVERED = "#050607"
    BAD = "#060708"
    OPEN = "#070809"

    @property
    def variable(self) -> str:
        return f"--{self.name.lower()}"


class Size(Enum):
    """Width and height in inches: a desktop or a sheet of paper, and a phone, where text must not shrink."""

    WIDE = (9.6, 2.9)
    NARROW = (3.7, 2.5)


_TIMES_SHOWN = {Size.WIDE: 9, Size.NARROW: 4}


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time."""

    name: str
    ink: Ink
    seconds: Numbers
    values: Numbers
    look: Literal["line", "dashed", "area", "step", "stairs"] = "line"
    """step: each value holds from the time before up to its own; stairs: from its own on."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in both sizes, and what its colours mean."""

    wide: Markup
    narrow: Markup
    legend: Sequence[tuple[str, str]]


def time_chart(name: str, words: str, curves: Sequence[Curve], unit: Literal["count", "seconds"]) -> Chart:
    """Curves over the time since second 0. name: unique on the page. words: for people who cannot see it."""

    def draw(axes: Axes, size: Size) -> None:
        last = max(0.001, *(float(np.nanmax(curve.seconds)) for curve in curves))
        for curve in curves:
            _draw(axes, curve)
        axes.set_xlim(0, last)
        axes.set_ylim(0, 1.06 * max(float(np.nanmax(curve.values)) for curve in curves) or 1.0)
        step = next((step for step in _STEPS_S if last / step <= _TIMES_SHOWN[size]), None)
        axes.xaxis.set_major_locator(MaxNLocator(_TIMES_SHOWN[size]) if step is None else MultipleLocator(step))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: stopwatch(second)))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=unit == "count", min_n_ticks=3))
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _: latency(value) if unit == "seconds" else short(value))
        )

    legend = [(curve.name, curve.ink.variable) for curve in curves]
    return _both(name, words, draw, legend)


def histogram_chart(name: str, words: str, histogram: Histogram, marks: Sequence[tuple[str, float]]) -> Chart:
    """How many events took how long; marks: durations in seconds with their names."""

    def draw(axes: Axes, size: Size) -> None:
        edges, counts = bars(histogram)
        axes.stairs(counts, edges, fill=True, color=Ink.DELIVERED.value, alpha=0.85, linewidth=0)
        axes.set_xlim(edges[0], edges[-1])
        top = float(counts.max())
        axes.set_ylim(0, top * 1.22)
        for position, (mark, seconds) in enumerate(marks):
            axes.axvline(seconds, color=Ink.TEXT.value, linewidth=0.8, linestyle=(0, (3, 3)))
            right = seconds > (edges[0] + edges[-1]) / 2
            axes.annotate(
                f"{mark} {latency(seconds)}",
                (seconds, top * (1.15 if position % 2 == 0 else 1.05)),
                xytext=(-5 if right else 5, 0),
                textcoords="offset points",
                ha="right" if right else "left",
                va="center",
            )
        if wide(histogram):
            axes.set_xscale("log")
            axes.xaxis.set_minor_locator(NullLocator())
        else:
            axes.xaxis.set_major_locator(MaxNLocator(_TIMES_SHOWN[size]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: latency(second) if second else "0"))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))

    return _both(name, words, draw, [])


def short(value: float) -> str:
    """A number for an axis: 500, 2.5k, 10M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            return f"{value / (1e3 if unit == 'k' else limit):,.4g}{unit}"
    return f"{value:,.6g}"


def _draw(axes: Axes, curve: Curve) -> None:
    color = curve.ink.value
    if curve.look == "step":
        seconds, values = np.append(0.0, curve.seconds), np.append(curve.values[0], curve.values)
        axes.step(seconds, values, where="pre", color=color)
    elif curve.look == "stairs":
        axes.step(np.append(0.0, curve.seconds), np.append(0.0, curve.values), where="post", color=color)
    elif curve.look == "dashed":
        axes.plot(curve.seconds, curve.values, color=color, linestyle=(0, (4, 3)), linewidth=1.2)
    else:
        axes.plot(curve.seconds, curve.values, color=color)
    if curve.look == "area":
        axes.fill_between(curve.seconds, curve.values, color=color, alpha=0.14, linewidth=0)


def _both(name: str, words: str, draw: Callable[[Axes, Size], None], legend: Sequence[tuple[str, str]]) -> Chart:
    drawn = {}
    for size in Size:
        with figure(size) as drawing:
            draw(drawing.subplots(), size)
            drawn[size] = svg(drawing, f"{name}-{size.name}", words)
    return Chart(drawn[Size.WIDE], drawn[Size.NARROW], legend)


@contextmanager
def figure(size: Size) -> Iterator[Figure]:
    """A figure of a size to draw on, within the style that all charts share."""
    style: Any = {
        "svg.fonttype": "none",
        "font.size": 9.0,
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "text.color": Ink.TEXT.value,
        "axes.edgecolor": Ink.GRID.value,
        "axes.labelcolor": Ink.TEXT.value,
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": Ink.GRID.value,
        "grid.linewidth": 0.6,
        "xtick.color": Ink.GRID.value,
        "ytick.color": Ink.GRID.value,
        "xtick.labelcolor": Ink.TEXT.value,
        "ytick.labelcolor": Ink.TEXT.value,
        "ytick.major.size": 0.0,
        "lines.linewidth": 1.4,
        "path.simplify": True,
    }
    with mpl.rc_context(style):
        yield Figure(figsize=size.value, layout="constrained")


def svg(drawing: Figure, name: str, words: str) -> Markup:
    """The figure as an element of a page. name: unique there. words: for people who cannot see it."""
    written = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        drawing.savefig(written, format="svg", metadata={"Date": None})
    text = _METADATA.sub("", _PROLOGUE.sub("", written.getvalue()))
    text = _SIZE.sub("", text, count=2)
    text = _NAME.sub("", _FONT.sub("", _STYLE.sub("", _BETWEEN_TAGS.sub("><", text)))).strip()
    for ink in Ink:
        text = text.replace(ink.value, f"var({ink.variable})")
    label = Markup('<svg role="img" aria-label="{}"').format(words)
    return label + Markup(text.removeprefix("<svg"))  # noqa: S704  # matplotlib has escaped all text in it
