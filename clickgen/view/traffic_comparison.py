"""How far the traffic of two sides is apart, for people at 80 columns and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.text import Text

from clickgen.compare.sides import Matching, Side
from clickgen.compare.threshold import Judged, name_of
from clickgen.compare.told_apart import Telling, ToldApart
from clickgen.compare.traffic import TrafficComparison
from clickgen.learn.comparing import Figures
from clickgen.learn.distances import Aspect
from clickgen.learn.features import SHORTEST_GAP_S
from clickgen.model.amounts import counted, instant, latency, percent
from clickgen.model.outside_text import one_line
from clickgen.view.compared_thresholds import threshold_lines, thresholds_json
from clickgen.view.console import print_lines

WIDTH = 80
_LABEL = 10
ALIKE, NEAR = 1.25, 3.0  # times the control, up to which a distance is as small as that, and not far from it
_NONE = "-"
_NAME_WIDTH = 26
_TIMES = ("seconds in all", "mean gap", "longest gap", "shortest gap")


def traffic_json(compared: TrafficComparison, judged: Sequence[Judged]) -> dict[str, Any]:
    """The comparison as one JSON object."""
    sides = compared.sides
    return {
        "kind": "traffic",
        "a": _side_json(sides.first, compared.figures[0]),
        "b": _side_json(sides.second, compared.figures[1]),
        "pages": {"matched_by": sides.matching.value, "in_common": round(sides.in_common, 4)},
        "visitors_compared": compared.visitors,
        "distances": {
            name_of(aspect.name): {"control": aspect.control, "distance": aspect.learned, "unit": aspect.unit}
            for aspect in compared.aspects
        },
        "auc": _told_json(compared.everything),
        "auc_behaviour": _told_json(compared.behaviour),
        "not_compared": compared.not_compared,
        **thresholds_json(judged),
    }


def _side_json(side: Side, figures: Figures) -> dict[str, Any]:
    time = side.events.columns.time
    return {
        "name": side.events.name,
        "generated": side.events.generated,
        "read_events": side.events.columns.read,
        "left_out": dict(side.events.columns.left_out),
        "busy_visitors": side.busy_visitors,
        "visitors": side.visitors,
        "first": instant(round(float(time.min()) * 1000)) if len(time) else None,
        "last": instant(round(float(time.max()) * 1000)) if len(time) else None,
        **{name: _number(value) for name, value in asdict(figures).items()},
    }


def _number(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124  # NaN is not itself, and JSON has none


def _told_json(told: ToldApart) -> dict[str, Any]:
    return {
        "control": told.control,
        "auc": told.area,
        "standard_error": told.error,
        "by": [asdict(one) for one in told.tellings],
    }


def show_traffic(console: Console, compared: TrafficComparison, judged: Sequence[Judged]) -> None:
    """Print the comparison."""
    print_lines(console, _lines(compared, judged))


def _lines(compared: TrafficComparison, judged: Sequence[Judged]) -> Iterator[Text]:
    sides = compared.sides
    yield from _side_lines("A", sides.first)
    yield from _side_lines("B", sides.second)
    yield from _labelled("pages", _matching(compared))
    yield from _labelled(
        "compared", f"{counted(compared.visitors, 'visitor')} of B and of each half of A, chosen at random"
    )
    if sides.whole_seconds:
        yield from _labelled("times", "in whole seconds, as one side has them")
    yield Text()
    yield from _figure_lines(*compared.figures)
    yield Text()
    yield Text(f"{'distance of half of A to':{_NAME_WIDTH}}{'its other half':>14}{'B':>12}", "bold")
    for aspect in compared.aspects:
        yield _aspect_line(aspect)
    yield _told_line("told apart by behaviour", compared.behaviour)
    yield _told_line("told apart by everything", compared.everything)
    yield Text()
    yield from _telling_lines(compared)
    yield from (line for words in compared.not_compared for line in _labelled("not said", words))
    yield from _labelled("verdict", _verdict(compared), "bold")
    yield from threshold_lines(judged, lambda _, value: f"{value:.3f}", "the control")


def _side_lines(label: str, side: Side) -> Iterator[Text]:
    events = side.events
    what = "generated from this profile" if events.generated else "recorded"
    yield Text.assemble((f"{label:{_LABEL}}", "bold"), one_line(events.name))
    sessions, visitors = counted(side.visits.count, "session"), counted(side.visitors, "visitor")
    yield from _labelled("", f"{what}: {counted(len(side.visits.page), 'event')} of {visitors} in {sessions}")
    for reason, number in events.columns.left_out.items():
        yield from _labelled("", f"{counted(number, 'event')} left out: {reason}")
    if side.busy_visitors:
        yield from _labelled(
            "", f"{counted(side.busy_visitors, 'visitor')} left out with more than a tenth of all events each"
        )
    if not events.has_visitor:
        yield from _labelled("", "no field says who: told apart by user agent and place")


def _labelled(label: str, words: str, style: str = "") -> Iterator[Text]:
    for number, line in enumerate(wrap(one_line(words), WIDTH - _LABEL) or [""]):
        yield Text.assemble((f"{'' if number else label:{_LABEL}}", "bold"), (line, style))


def _matching(compared: TrafficComparison) -> str:
    sides = compared.sides
    common = f"{percent(sides.in_common)} of the events of either side"
    if sides.matching is Matching.NAME:
        return f"matched by name: both sides have those of at least {common}"
    return f"matched by rank, as names differ: both sides have those of only {common}"


def _figure_lines(first: Figures, second: Figures) -> Iterator[Text]:
    yield Text(f"{'':{_NAME_WIDTH}}{'A':>14}{'B':>12}", "bold")
    rows = (
        ("sessions", "sessions", ",.0f"),
        ("events a session", "mean_pages", ".2f"),
        ("of one event", "one_page", ".1%"),
        ("median gap, s", "gap_median_s", ".1f"),
        ("mean gap, s", "gap_mean_s", ".1f"),
    )
    for words, name, form in rows:
        values = [_number(getattr(figures, name)) for figures in (first, second)]
        one, other = (_NONE if value is None else format(value, form) for value in values)
        yield Text(f"{words:{_NAME_WIDTH}}{one:>14}{other:>12}")


def _aspect_line(aspect: Aspect) -> Text:
    control, distance = aspect.control, aspect.learned
    if control is None or distance is None:
        return Text(f"{aspect.name:{_NAME_WIDTH}}{_NONE:>14}{_NONE:>12}  {aspect.unit}", "dim")
    times = f"{distance / control:.1f}x" if control > 0 else ""
    line = Text(f"{aspect.name:{_NAME_WIDTH}}{control:>14.3f}")
    line.append(f"{distance:>12.3f}", _style(distance, control))
    return line.append(f"  {aspect.unit:12}{times:>8}".rstrip())


def _told_line(words: str, told: ToldApart) -> Text:
    line = Text(f"{words:{_NAME_WIDTH}}{told.control:>14.3f}")
    style = "green" if not told.beyond_chance else "yellow" if told.area < _TOLD else "red"
    line.append(f"{told.area:>12.3f}", style)
    return line.append(f"  AUC (.5 alike, +-{2 * told.error:.3f})")


_TOLD = 0.65  # an AUC from which sessions are told apart more often than not


def _style(distance: float, control: float) -> str:
    return "green" if distance <= ALIKE * control else "yellow" if distance <= NEAR * control else "red"


def _telling_lines(compared: TrafficComparison) -> Iterator[Text]:
    told = compared.everything
    if not told.beyond_chance:
        return
    yield Text(
        f"{'told apart by':{_NAME_WIDTH}}{'gain':>6}{'half of A':>12}{'B':>11}{'KS':>8}{'control':>9}", "bold"
    )
    for one in told.tellings:
        first, second = (_middle(one, value) for value in (one.first, one.second))
        name = one_line(one.name)
        name = name if len(name) < _NAME_WIDTH else name[: _NAME_WIDTH - 4] + "..."
        yield Text(f"{name:{_NAME_WIDTH}}{one.gain:>6.0%}{first:>12}{second:>11}{one.ks:>8.3f}{one.control:>9.3f}")
    yield Text()


def _middle(one: Telling, value: float | None) -> str:
    if value is None:
        return _NONE
    if one.name in _TIMES:
        shortest = one.name != "seconds in all" and value <= SHORTEST_GAP_S
        return f"<= {latency(SHORTEST_GAP_S)}" if shortest else latency(value)
    return f"{value:.0f}" if one.name == "events" else f"{value:.1%}"


def _verdict(compared: TrafficComparison) -> str:
    """What the classifier says in words."""
    told = compared.behaviour, compared.everything
    if not any(one.beyond_chance for one in told):
        return "a model cannot tell sessions of A from those of B, no better than those of A's own halves"
    words = [
        f"by {by} a model "
        + (
            f"finds the session of B in {one.area:.0%} of pairs"
            if one.beyond_chance
            else "does no better than chance"
        )
        for one, by in zip(told, ("behaviour", "everything that both sides say"), strict=True)
    ]
    return f"{words[0]}; {words[1]}"
