"""A drawing as SVG that takes its colours and its letters from the page, so that it is light, dark or printed."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

_BETWEEN_TAGS = re.compile(r">\s+<")
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_SIZE = re.compile(r' (?:width|height)="[^"]*pt"')
_STYLE = re.compile(r"<defs><style.*?</style></defs>", re.DOTALL)
_FONT = re.compile(r" font-family: [^;\"]*;")
_NAME = re.compile(r' id="(?![a-z][0-9a-f]{10})[^"]*"')  # what nothing refers to


class Ink(Enum):
    """What is drawn, as a colour that stands for a variable of the page's style."""

    TEXT = "#010203"
    GRID = "#020304"
    WANTED = "#030405"
    ACCEPTED = "#040506"
    DELIVERED = "#050607"
    BAD = "#060708"
    OPEN = "#070809"

    @property
    def variable(self) -> str:
        """The name of the page's variable."""
        return f"--{self.name.lower()}"


class Size(Enum):
    """Width and height in inches: a desktop or a sheet of paper, and a phone, whose letters must not shrink."""

    WIDE = (9.6, 2.9)
    NARROW = (3.7, 2.5)


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
    """The figure as an element of a page. name: unlike that of any other there. words: for who cannot see it."""
    written = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        drawing.savefig(written, format="svg", metadata={"Date": None})
    text = _METADATA.sub("", _PROLOGUE.sub("", written.getvalue()))
    text = _SIZE.sub("", text, count=2)
    text = _NAME.sub("", _FONT.sub("", _STYLE.sub("", _BETWEEN_TAGS.sub("><", text)))).strip()
    for ink in Ink:
        text = text.replace(ink.value, f"var({ink.variable})")
    label = Markup('<svg role="img" aria-label="{}"').format(words)
    return Markup(text.replace("<svg", label, 1))  # noqa: S704  # drawn by ourselves; its letters are escaped
