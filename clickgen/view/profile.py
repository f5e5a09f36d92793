"""A profile as a picture in the terminal: the flows between its pages, its distributions, its day, its funnel."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from clickgen.model.amounts import counted, percent
from clickgen.profile.model import Profile
from clickgen.profile.seasons import Campaign, Rhythm
from clickgen.traffic.likeness import NEAR, Likeness
from clickgen.traffic.portrait import Flow, Portrait
from clickgen.view.bars import chart, column_chart

_MOST_PAGES = 20
_MOST_FOLLOWING = 4
_LONGEST_NAME = 18
_GAP = 3
_CURVE_HEIGHT = 5
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_LENGTHS = (1, 2, 3, 4, 5, 6, 8, 11, 16, 21, 31)
_GAPS_S = (0, 5, 10, 20, 40, 80, 160, 320, 640)
DEPTHS = (1, 2, 3, 4, 5, 7, 10, 15)
_STYLES = {"like": "green"}

Block = list[Text]


@dataclass(frozen=True, slots=True)
class ProfilePicture:
    """The picture, as wide as there is room for; a terminal of less than 80 columns breaks its lines."""

    name: str
    profile: Profile
    portrait: Portrait  # of a sample of the profile's sessions
    likenesses: Sequence[Likeness]  # how they compare with published figures

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, ascii_only = max(80, options.max_width), options.ascii_only
        columns = 2 if width < 120 else 3 if width < 170 else 4
        parts = [
            self._heading(width),
            [_title("Pages, and what follows each of their views")],
            beside(_pages(self.portrait, _share(width, columns), ascii_only=ascii_only), columns, width),
            beside(self._distributions(_share(width, columns), ascii_only=ascii_only), columns, width),
        ]
        if self.profile.rhythm is not None:
            parts.append(_rhythm(self.profile.rhythm, width, ascii_only=ascii_only))
        if self.profile.campaigns:
            lines = [line for each in self.profile.campaigns for line in _wrapped(_campaign(each), width)]
            parts.append([_title("Campaigns"), *lines])
        parts.append([_title("Beside published figures"), *_likeness_lines(self.likenesses, width)])
        for number_of_part, part in enumerate(parts):
            if number_of_part and part:
                yield Text()
            for line in part:
                line.rstrip()
                yield line

    def _heading(self, width: int) -> Block:
        profile, portrait = self.profile, self.portrait
        sampled = f"{counted(portrait.sessions, 'simulated session')}, {counted(portrait.events, 'event')}"
        length = f"{portrait.lengths.mean():.3g} pages a session"
        about = [profile.site, counted(len(profile.pages), "page"), length]
        if profile.schema_name:
            about.append(f"schema {profile.schema_name}")
        return [
            *_wrapped(f"{self.name}: {profile.description}", width, style="bold"),
            *_wrapped(", ".join(about), width),
            *_wrapped(f"{sampled}; the figures leave bots out", width, style="dim"),
        ]

    def _distributions(self, width: int, *, ascii_only: bool) -> list[Block]:
        portrait = self.portrait
        gaps = np.histogram(portrait.gaps_s, bins=[*_GAPS_S, np.inf])[0] / max(1, len(portrait.gaps_s))
        lengths = np.histogram(portrait.lengths, bins=[*_LENGTHS, np.inf])[0] / len(portrait.lengths)
        depths = [depth for depth in DEPTHS if np.count_nonzero(portrait.lengths >= depth) >= 100]
        charts = [
            ("Pages a session", _labelled(_LENGTHS, lengths, one=1), None),
            ("Seconds between clicks", _labelled(_GAPS_S, gaps, one=0), None),
            ("Chance to go on, by page", [(str(depth), portrait.go_on(depth)) for depth in depths], 1.0),
            ("Of the sessions", _who(portrait), 1.0),
        ]
        if (steps := portrait.funnel) is not None:
            rows = [("saw a product", steps.viewed), ("filled a cart", steps.added), ("ordered", steps.bought)]
            charts.append(("Funnel: sessions that", rows, 1.0))
        return [
            [_title(title), *chart(rows, width, ascii_only=ascii_only, full=full)] for title, rows, full in charts
        ]


def beside(blocks: Sequence[Block], columns: int, width: int) -> Block:
    """Blocks of lines in columns, row by row, with an empty line between rows."""
    room = _share(width, columns)
    lines: Block = []
    for begin in range(0, len(blocks), columns):
        if lines:
            lines.append(Text())
        for cells in zip_longest(*blocks[begin : begin + columns], fillvalue=Text()):
            line = Text()
            for cell in cells:
                line.append_text(_padded(cell, room))
            lines.append(line)
    return lines


def _padded(cell: Text, room: int) -> Text:
    padded = cell.copy()
    padded.truncate(room)
    padded.pad_right(room + _GAP - len(padded))
    return padded


def _share(width: int, columns: int) -> int:
    return (width - _GAP * (columns - 1)) // columns


def _title(words: str) -> Text:
    return Text(words, style="bold")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 2]}.."


def _pages(portrait: Portrait, width: int, *, ascii_only: bool) -> list[Block]:
    """A block for each of the most viewed pages, with aligned bars."""
    shown = portrait.flows[:_MOST_PAGES]
    rows = [_following(flow) for flow in shown]
    room = max(len(name) for following in rows for name, _ in following)
    blocks = [
        [
            Text.assemble((_short(flow.page), "bold"), f"  {percent(flow.views)} of all views"),
            *chart(following, width, ascii_only=ascii_only, full=1.0, labels=room),
        ]
        for flow, following in zip(shown, rows, strict=True)
    ]
    if rest := portrait.flows[_MOST_PAGES:]:
        views = sum(flow.views for flow in rest)
        blocks.append([Text(f"{counted(len(rest), 'page')} more, {percent(views)} of the views", style="dim")])
    return blocks


def _following(flow: Flow) -> list[tuple[str, float]]:
    """What follows a page most often, what else does, and the end of the session."""
    rows = [(_short(name), share) for name, share in flow.following[:_MOST_FOLLOWING]]
    if others := [share for _, share in flow.following[_MOST_FOLLOWING:]]:
        rows.append((f"{len(others)} more", sum(others)))
    return [*rows, ("end", flow.leaves)]


def _labelled(bounds: Sequence[int], shares: Iterable[float], *, one: int) -> list[tuple[str, float]]:
    """Rows for ranges that begin at these bounds; one: how far before the next a range ends."""
    labels = [str(low) if high - low == 1 == one else f"{low}-{high - one}" for low, high in pairwise(bounds)]
    return list(zip([*labels, f"{bounds[-1]}+"], map(float, shares), strict=True))


def _who(portrait: Portrait) -> list[tuple[str, float]]:
    devices = sorted(portrait.devices.items(), key=lambda row: -row[1])
    return [
        *((f"on {kind}", share) for kind, share in devices),
        ("returning", portrait.returning),
        ("signed in", portrait.signed_in),
        ("bots, of all", portrait.bot_sessions),
    ]


def _rhythm(rhythm: Rhythm, width: int, *, ascii_only: bool) -> Block:
    """The curves of a day and of a week, side by side where there is room."""
    week_room = _GAP + 4 * len(_WEEKDAYS)
    column = max(min(5, (width - week_room) // 24), min(3, (width + 1) // 24))
    zone = f"time in {rhythm.zone}" if rhythm.zone else "each visitor's own time"
    peak = rhythm.hours.index(max(rhythm.hours))
    day = [
        _title(f"A day, {zone}: busiest from {peak} to {peak + 1} h"),
        *column_chart(rhythm.hours, column=column, height=_CURVE_HEIGHT, ascii_only=ascii_only),
        Text("".join(f"{hour:<{column}}" for hour in range(24)) if column > 2 else "0     6     12    18"),
    ]
    week = [
        _title("A week"),
        *column_chart(rhythm.weekdays, column=4, height=_CURVE_HEIGHT, ascii_only=ascii_only),
        Text("".join(f"{day_name:<4}" for day_name in _WEEKDAYS)),
    ]
    room = 24 * column
    if room + week_room > width:
        return [*day, Text(), *week]
    lines = []
    for left, right in zip(day, week, strict=True):
        line = _padded(left, room)
        line.append_text(right)
        lines.append(line)
    return lines


def _campaign(campaign: Campaign) -> str:
    words = [f"{campaign.name}: from {campaign.begins} for {campaign.lasts}", f"{campaign.rate:g} times the rate"]
    if campaign.channel:
        words.append(f"{campaign.channel_factor:g} times the share of {campaign.channel}")
    if campaign.category:
        words.append(f"{campaign.interest:g} times the interest in {campaign.category}")
        if campaign.discount:
            words.append(f"{campaign.discount * 100:g} % off")
    return ", ".join(words)


def _wrapped(words: str, width: int, style: str = "") -> Block:
    return [Text(line, style=style) for line in textwrap.wrap(words, width, subsequent_indent="   ")]


def _likeness_lines(likenesses: Sequence[Likeness], width: int) -> Block:
    """A line for each figure, and below them the sources that the letters stand for."""
    sources = list(dict.fromkeys(each.published.source for each in likenesses))
    letters = {source: chr(ord("a") + place) for place, source in enumerate(sources)}
    rows = [
        (
            each.published.what,
            figure(each.value, each.published.unit),
            _known(each),
            each.verdict,
            letters[each.published.source],
        )
        for each in likenesses
    ]
    head = ("", "here", "published", "", "")
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    lines = [Text(_cells(head, widths), style="bold")]
    for row in rows:
        line = Text(_cells(row, widths))
        line.highlight_words([f" {row[3]} "], style=_STYLES.get(row[3], "yellow"))
        lines.append(line)
    lines.append(Text())
    lines += _wrapped(f"like: what is published, or at most {percent(NEAR)} below or above it", width)
    for source, letter in letters.items():
        lines += _wrapped(f"{letter}  {source}", width)
    return lines


def _cells(row: Sequence[str], widths: Sequence[int]) -> str:
    what, here, known, verdict, letter = (
        f"{cell:<{room}}" if place in {0, 3} else f"{cell:>{room}}"
        for place, (cell, room) in enumerate(zip(row, widths, strict=True))
    )
    return f"{what}  {here}  {known}  {verdict} {letter}"


def _known(likeness: Likeness) -> str:
    low, high, unit = likeness.published.low, likeness.published.high, likeness.published.unit
    return (
        figure(high, unit)
        if low == high
        else f"{figure(low, '' if unit != '%' else unit)} to {figure(high, unit)}"
    )


def figure(value: float, unit: str) -> str:
    """A figure with its unit, as short as possible: 36.9 %, 37 s, 0.15 bits, 4.75."""
    if unit == "%":
        return percent(value)
    if unit == "bits":
        return f"{value:.2f} bits"
    return f"{value:.3g} {unit}".rstrip()
