"""What `clickgen learn` found, for people at 80 columns and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any

from clickgen.learn.comparing import Compared, Figures
from clickgen.learn.distances import Aspect
from clickgen.learn.items import ItemLaws
from clickgen.learn.learning import Learned, Recorded
from clickgen.model.amounts import count, counted, percent
from clickgen.view.console import FRAME, Console, cut_row

WIDTH = 80
_PAGES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was read, what was learned, and how near it comes."""

    recorded: Recorded
    learned: Learned | None  # None if no profile was wanted
    compared: Compared | None
    written: str | None  # the file of the profile


def lesson_json(lesson: Lesson) -> dict[str, Any]:
    """The findings as one JSON object."""
    recorded, learned, compared = lesson.recorded, lesson.learned, lesson.compared
    return {
        "events": recorded.columns.read,
        "learned_events": len(recorded.visits.page),
        "left_out": dict(recorded.columns.left_out),
        "busy_visitors": recorded.busy_visitors,
        "visitors": recorded.visitors,
        "sessions": recorded.visits.count,
        "fields": {name: value for name, value in asdict(recorded.fields).items() if value is not None},
        "pages": [asdict(one) for one in recorded.classes.classes],
        "renamed": recorded.classes.renamed,
        "profile": lesson.written,
        "learned": None if learned is None else _learned_json(learned),
        "compared": None if compared is None else asdict(compared),
    }


def _items_json(items: ItemLaws) -> dict[str, Any]:
    return {
        "products": sum(one.products for one in items.popularity),
        "catalogues": [
            {"products": one.products, "exponent": None if one.steps else one.exponent} for one in items.popularity
        ],
        "seen_again": items.seen_again,
        "related": items.related,
    }


def _learned_json(learned: Learned) -> dict[str, Any]:
    draft = learned.draft
    return {
        "kinds": draft.kinds.count,
        "kinds_gain_bits": {str(number): gain for number, gain in draft.kinds.gains.items()},
        "pairs": len(draft.kinds.chains.pairs),
        "pairs_gain_bits": draft.kinds.pair_bits,
        "again": draft.kinds.revisits.again.round(4).tolist(),
        "pace_sigma": None if draft.gaps is None else draft.gaps.pace_sigma,
        "items": None if draft.items is None else _items_json(draft.items),
        "returns": None if draft.returns is None else asdict(draft.returns),
        "defaults": learned.defaults,
    }


def show_lesson(console: Console, lesson: Lesson) -> None:
    """Print the findings."""
    for line in _lines(lesson):
        console.print(cut_row(line, max(WIDTH, console.width) if console.is_terminal else WIDTH))


def _lines(lesson: Lesson) -> Iterator[str]:
    yield from _recorded_lines(lesson.recorded)
    if lesson.learned is not None:
        yield from _learned_lines(lesson.learned)
    if lesson.compared is not None:
        yield from _compared_lines(lesson.compared)
    if lesson.written is not None:
        yield ""
        yield f"written   {lesson.written}: clickgen profiles show {lesson.written}"


def _recorded_lines(recorded: Recorded) -> Iterator[str]:
    visits, fields = recorded.visits, recorded.fields
    yield (
        f"recorded  {counted(len(visits.page), 'event')} of {counted(recorded.visitors, 'visitor')} "
        f"in {counted(visits.count, 'session')}"
    )
    for reason, number in recorded.columns.left_out.items():
        yield f"left out  {counted(number, 'event')}: {reason}"
    if recorded.busy_visitors:
        yield f"left out  {counted(recorded.busy_visitors, 'visitor')} with more than a tenth of all events each"
    found = {"what": fields.event, "page": fields.page, "item": fields.item}
    yield "fields    " + (
        ", ".join(f"{what}: {name}" for what, name in found.items() if name) or "none says a page"
    )
    if not recorded.has_visitor:
        yield "visitors  no field says who: told apart by user agent and place"
    names = [one.key for one in recorded.classes.classes]
    more = f" and {len(names) - _PAGES_SHOWN} more" if len(names) > _PAGES_SHOWN else ""
    yield f"pages     {', '.join(names[:_PAGES_SHOWN])}{more}"
    if recorded.classes.renamed:
        yield f"          {counted(recorded.classes.renamed, 'name')} that too few visitors saw became one"


def _learned_lines(learned: Learned) -> Iterator[str]:
    draft = learned.draft
    gains = draft.kinds.gains
    saved = f", {gains[draft.kinds.count]:.3f} bits a step better than one" if draft.kinds.count > 1 else ""
    yield f"kinds     {counted(draft.kinds.count, 'kind')} of sessions{saved}"
    pairs = counted(len(draft.kinds.chains.pairs), "pair")
    yield f"memory    {pairs} of pages, {draft.kinds.pair_bits:.3f} bits a step"
    back = draft.kinds.revisits.again
    if back.any():
        often = percent(float(draft.kinds.chances.share @ back.sum(axis=1)))
        yield f"          back to a page seen before {often}, {draft.kinds.revisits.bits:.3f} bits a step"
    if draft.items is not None:
        items = draft.items
        number = sum(one.products for one in items.popularity)
        law = items.popularity[0]
        falls = "in steps" if law.steps else f"to the power of {law.exponent:.2f}"
        catalogues = f" in {len(items.popularity)} catalogues" if len(items.popularity) > 1 else ""
        yield f"items     {count(number)}{catalogues}, popularity falls with the rank {falls}"
        again, related = percent(sum(items.seen_again)), percent(items.related)
        yield f"          shown again {again}, related to the last {related}"
    if draft.returns is not None:
        yield (
            f"returns   {percent(draft.returns.share)} of the sessions, after "
            f"{draft.returns.after_h:.3g} to {draft.returns.within_h:.3g} hours"
        )
    for number, default in enumerate(learned.defaults):
        first = f"{'' if number else 'defaults':10}"
        yield from wrap(default, WIDTH - FRAME, initial_indent=first, subsequent_indent=f"{'':12}")


def _compared_lines(compared: Compared) -> Iterator[str]:
    yield ""
    mine, its = ("half A", "half B") if compared.other is None else ("A", "B")
    if compared.other is not None:
        yield f"A is what was learned from, B is {compared.other}"
    yield f"{'':22}{mine:>12}{its:>12}{'learned of A':>14}"
    rows: list[tuple[str, str, str]] = [
        ("sessions", "sessions", ",.0f"),
        ("pages a session", "mean_pages", ".2f"),
        ("one page only", "one_page", ".1%"),
        ("median gap, s", "gap_median_s", ".1f"),
        ("mean gap, s", "gap_mean_s", ".1f"),
    ]
    for name, key, form in rows:
        yield f"{name:22}" + "".join(
            f"{_figure(each, key, form):>{width}}"
            for each, width in ((compared.first, 12), (compared.second, 12), (compared.learned, 14))
        )
    yield ""
    yield f"{f'distance to {its}':22}{mine:>12}{'':8}{'learned of A':>14}"
    for aspect in compared.aspects:
        control, learned = _distance(aspect.control), _distance(aspect.learned)
        yield f"{aspect.name:22}{control:>12}{'':8}{learned:>14}  {_unit(aspect)}"
    near = compared.closest
    yield ""
    yield f"{'nearest session of A':22}{'':12}{its:>12}{'learned of A':>14}"
    yield f"{'  the nearest 5 %':22}{'':12}{near.held_out[0]:>12.3f}{near.learned[0]:>14.3f}"
    yield f"{'  half of them':22}{'':12}{near.held_out[1]:>12.3f}{near.learned[1]:>14.3f}"
    yield f"{'  nearer than B':22}{'':24}{near.nearer:>14.3f}  .5: as near"
    yield f"{'  alike in all':22}{'':12}{near.same[0]:>12.1%}{near.same[1]:>14.1%}"


def _figure(figures: Figures, key: str, form: str) -> str:
    value = getattr(figures, key)
    return "-" if value != value else format(value, form)  # noqa: PLR0124  # NaN is not itself


def _distance(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _unit(aspect: Aspect) -> str:
    return "AUC (.5 alike)" if aspect.unit == "AUC" else aspect.unit
