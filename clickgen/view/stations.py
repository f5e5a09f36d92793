"""A run's way through its pipeline: each station's report, then the funnel with what was lost where."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import count
from clickgen.model.outside_text import one_line
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.stations.walk import Passage, Seen
from clickgen.view.bars import horizontal_bar
from clickgen.view.console import print_lines
from clickgen.view.states import VERDICT_STYLES, dropped_words, shortfall_words
from clickgen.view.verdict import show_verdict

_ACCEPTED = "accepted"

_BAD, _OPEN = "bold red", "bold yellow"
_NARROWEST_BAR = 10
_GAP = 2


def show_passage(console: Console, passage: Passage, *, exclusive: bool = False) -> None:
    """Print each station's report, the funnel, and the verdict."""
    for seen in passage.stations:
        console.print(_heading(seen), soft_wrap=True)
        if seen.report is not None:
            show_verdict(console, seen.report, place=seen.station.place, exclusive=exclusive)
        elif seen.problem is not None:
            console.print(Text(f"not looked at: {seen.problem.message}", _OPEN), soft_wrap=True)
            if seen.problem.hint:
                console.print(Text(f"hint: {seen.problem.hint}"), soft_wrap=True)
        console.print()
    funnel = funnel_lines(passage, console.width, ascii_only=console.options.ascii_only)
    print_lines(console, [*funnel, *_lost(passage), _verdict(passage)])


def funnel_lines(passage: Passage, width: int, *, ascii_only: bool) -> list[Text]:
    """A line for what was accepted and one for each station: name, count, bar, and what is gone."""
    rows = [(_ACCEPTED, count(passage.accepted), passage.accepted, Text())]
    for seen in passage.stations:
        found = 0 if seen.step is None else seen.step.found
        shown = "?" if seen.step is None else count(found)
        rows.append((one_line(seen.station.name), shown, found, _gone(seen)))
    names = max(len(name) for name, *_ in rows)
    counts = max(len(shown) for _, shown, *_ in rows)
    words = max(len(gone) for *_, gone in rows)
    room = max(_NARROWEST_BAR, width - names - counts - words - 3 * _GAP)
    lines = []
    for name, shown, found, gone in rows:
        bar = horizontal_bar(found / passage.accepted if passage.accepted else 0.0, room, ascii_only=ascii_only)
        bar.pad_right(room - len(bar) + _GAP if gone else 0)
        lines.append(Text.assemble((f"{name:<{names}}", "bold"), f"  {shown:>{counts}}  ", bar, gone))
    for line in lines:
        line.rstrip()
    return lines


def _heading(seen: Seen) -> Text:
    return Text.assemble((one_line(seen.station.name), "bold reverse"), f"  {one_line(seen.where)}")


def _gone(seen: Seen) -> Text:
    """What is no longer there at the station, if it was looked at."""
    if seen.step is None:
        return Text("not looked at", _OPEN)
    parts = []
    if seen.pending:
        parts.append(Text(f"{count(seen.pending)} not there yet", _OPEN))
    elif seen.step.lost:
        parts.append(Text(f"{count(seen.step.lost)} lost here", _BAD))
    if seen.step.dropped and seen.report is not None:
        parts.append(Text(f"{count(seen.step.dropped)} {dropped_words(seen.report, brief=True)}"))
    if seen.step.skipped:
        parts.append(Text(f"{count(seen.step.skipped)} skipped", _OPEN))
    return Text(", ").join(parts)


def _lost(passage: Passage) -> Iterator[Text]:
    """The first events that were lost at each station."""
    for seen in passage.stations:
        if seen.step is None or not seen.step.lost:
            continue
        yield Text(f"{'not yet' if seen.pending else 'lost'} at {one_line(seen.station.name)}", "bold")
        for witness in seen.step.witnesses:
            yield Text(f"  {witness}")
        if seen.step.lost > len(seen.step.witnesses):
            yield Text(f"  and {count(seen.step.lost - len(seen.step.witnesses))} more")


def _verdict(passage: Passage) -> Text:
    verdict = passage.verdict
    return Text.assemble(
        (f"run {passage.run} ", "bold"), (f"{verdict.value}: {_words(passage)}", VERDICT_STYLES[verdict])
    )


def _words(passage: Passage) -> str:
    of_all = f"of {count(passage.accepted)} accepted events"
    lost = _sums(
        (seen.station.name, seen.step.lost) for seen in passage.stations if seen.step and not seen.pending
    )
    unseen = [one_line(seen.station.name) for seen in passage.stations if seen.step is None]
    passed_by = f"; not looked at: {', '.join(unseen)}" if unseen else ""
    if lost:
        places = ", ".join(f"{count(number)} at {one_line(name)}" for name, number in lost)
        return f"{count(sum(number for _, number in lost))} {of_all} were lost: {places}{passed_by}"
    if passage.verdict is Verdict.ANOMALOUS:
        return f"none {of_all} was lost, but see {_named(passage, Verdict.ANOMALOUS)}{passed_by}"
    if any(seen.pending for seen in passage.stations):
        late = _sums((seen.station.name, seen.pending) for seen in passage.stations)
        places = ", ".join(f"{count(number)} at {one_line(name)}" for name, number in late)
        return f"not there yet, {of_all}: {places}{passed_by}"
    if passage.verdict is Verdict.INCOMPLETE:
        return f"{_open(passage)}{passed_by}"
    not_kept = ", ".join(
        f"{count(seen.step.dropped)} {dropped_words(seen.report, brief=True)} at {one_line(seen.station.name)}"
        for seen in passage.stations
        if seen.step and seen.report and seen.step.dropped
    )
    if not_kept:
        return f"none {of_all} was lost; not kept: {not_kept}"
    return f"all {count(passage.accepted)} accepted events are at every station"


def _open(passage: Passage) -> str:
    """Why nothing is lost and nothing is proved."""
    reports = [seen.report for seen in passage.stations if seen.report is not None]
    short = next((report for report in reports if report.shortfall is not None), None)
    if short is None or short.shortfall is None:
        return "nothing more can be said yet"
    return shortfall_words(short.shortfall, short.account)


def _sums(numbers: Iterator[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    return [(name, number) for name, number in numbers if number]


def _named(passage: Passage, verdict: Verdict) -> str:
    names = [
        one_line(seen.station.name) for seen in passage.stations if seen.report and seen.report.verdict is verdict
    ]
    return ", ".join(names)
