"""A run's way through its pipeline: each station's report, then the funnel with what was lost where."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import count
from clickgen.model.outside_text import one_line
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.stations.stations_report import Trouble
from clickgen.verify.stations.walk import Passage, Seen
from clickgen.view.bars import horizontal_bar
from clickgen.view.console import print_lines
from clickgen.view.states import VERDICT_STYLES, dropped_words, shortfall_words
from clickgen.view.verdict import show_verdict

_ACCEPTED = "accepted"

_BAD, _OPEN = "bold red", "bold yellow"
_NARROWEST_BAR = 10
_GAP = 2
_CODES_SHOWN = 3


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


def show_troubles(console: Console, troubles: Sequence[Trouble]) -> None:
    """Print what the running pipeline says is wrong, and what to do about it."""
    for trouble in troubles:
        said = Text.assemble((f"{one_line(trouble.station)} ", "bold"), (one_line(trouble.what), _OPEN))
        console.print(said, soft_wrap=True)
        console.print(Text(f"hint: {trouble.hint}"), soft_wrap=True)


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
    if seen.step.failed:
        # in the error output; what is malformed on purpose belongs there
        parts.append(Text(f"{count(seen.step.failed)} failed here{_codes(seen)}", _BAD if _failed(seen) else ""))
    if seen.step.damaged:
        parts.append(Text(f"{count(seen.step.damaged)} damaged", _BAD))
    if seen.step.damaged_before:
        parts.append(Text(f"{count(seen.step.damaged_before)} damaged before"))
    if seen.step.dropped and seen.report is not None:
        parts.append(Text(f"{count(seen.step.dropped)} {dropped_words(seen.report, brief=True)}"))
    if seen.step.skipped:
        parts.append(Text(f"{count(seen.step.skipped)} skipped", _OPEN))
    return Text(", ").join(parts)


def _failed(seen: Seen) -> int:
    """How many events failed at a station that were not malformed on purpose."""
    planted = 0 if seen.report is None else seen.report.failed_planted
    return 0 if seen.step is None else max(0, seen.step.failed - planted)


def _codes(seen: Seen) -> str:
    """The error codes at a station, if there are any: the commonest first."""
    codes = Counter(dict(seen.report.failed_codes)) if seen.report is not None else Counter[str]()
    named = [one_line(code) for code, _ in codes.most_common(_CODES_SHOWN) if code]
    return f" ({', '.join(named)}{', …' if len(codes) > _CODES_SHOWN else ''})" if named else ""


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
    unseen = [one_line(seen.station.name) for seen in passage.stations if seen.step is None]
    passed_by = f"; not looked at: {', '.join(unseen)}" if unseen else ""
    wrong = list(_what_went_wrong(passage, of_all))
    late = _sums((seen.station.name, seen.pending) for seen in passage.stations)
    if wrong:
        wrong += [f"not there yet: {_places(late)}"] if late else []
        return f"{'; '.join(wrong)}{passed_by}"
    if passage.verdict is Verdict.ANOMALOUS:
        return f"none {of_all} was lost, but see {_named(passage, Verdict.ANOMALOUS)}{passed_by}"
    if late:
        return f"not there yet, {of_all}: {_places(late)}{passed_by}"
    if passage.verdict is Verdict.INCOMPLETE:
        return f"{_open(passage)}{passed_by}"
    not_kept = ", ".join(_not_kept(passage))
    if not_kept:
        return f"none {of_all} was lost; not kept: {not_kept}"
    return f"all {count(passage.accepted)} accepted events are at every station"


def _what_went_wrong(passage: Passage, of_all: str) -> Iterator[str]:
    """What was lost, failed or damaged, and where."""
    seen_steps = [(seen, seen.step) for seen in passage.stations if seen.step is not None]
    for what, numbers in (
        ("were lost", ((seen.station.name, step.lost) for seen, step in seen_steps if not seen.pending)),
        ("failed", ((f"{seen.station.name}{_codes(seen)}", _failed(seen)) for seen, _ in seen_steps)),
        ("are damaged", ((seen.station.name, step.damaged) for seen, step in seen_steps)),
    ):
        places = _sums(numbers)
        if places:
            yield f"{count(sum(number for _, number in places))} {of_all} {what}: {_places(places)}"


def _not_kept(passage: Passage) -> Iterator[str]:
    """What is not at a station, and need not be."""
    for seen in passage.stations:
        if seen.step is None or seen.report is None:
            continue
        name = one_line(seen.station.name)
        if seen.step.failed:
            yield f"{count(seen.step.failed)} malformed on purpose, which failed at {name}"
        if seen.step.dropped:
            yield f"{count(seen.step.dropped)} {dropped_words(seen.report, brief=True)} at {name}"


def _places(numbers: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{count(number)} at {one_line(name)}" for name, number in numbers)


def _open(passage: Passage) -> str:
    """Why nothing is lost and nothing is proved."""
    reports = [seen.report for seen in passage.stations if seen.report is not None]
    short = next((report for report in reports if report.shortfall is not None), None)
    if short is None or short.shortfall is None:
        return "nothing more can be said yet"
    return shortfall_words(short.shortfall, short.account)


def _sums(numbers: Iterable[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    return [(name, number) for name, number in numbers if number]


def _named(passage: Passage, verdict: Verdict) -> str:
    names = [
        one_line(seen.station.name) for seen in passage.stations if seen.report and seen.report.verdict is verdict
    ]
    return ", ".join(names)
