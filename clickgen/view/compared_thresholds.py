"""The thresholds of a comparison, as lines for people and as JSON."""

from collections.abc import Callable, Iterator, Sequence

from rich.text import Text

from clickgen.compare.threshold import Judged

Words = Callable[[str, float], str]  # a figure of this name as people read it


def thresholds_json(judged: Sequence[Judged]) -> dict[str, object]:
    """What is added to the document; nothing without thresholds."""
    if not judged:
        return {}
    found = [
        {"expression": one.threshold.expression, "value": one.value, "bound": one.bound, "passed": one.passed}
        for one in judged
    ]
    return {"thresholds": found}


def threshold_lines(judged: Sequence[Judged], words: Words, reference: str) -> Iterator[Text]:
    """A line each. reference: what bounds like 2x are times of."""
    for one in judged:
        line = f"threshold {one.threshold.expression}: {_seen(one, words, reference)}"
        if one.passed:
            yield Text.assemble(("passed    ", "bold green"), line)
        else:
            yield Text.assemble(("failed    ", "bold red"), (line, "bold red"))


def _seen(judged: Judged, words: Words, reference: str) -> str:
    name = judged.threshold.name
    if judged.value is None:
        return "nothing was measured"
    if judged.threshold.percent:
        return f"{judged.value:.10g} % of what was planned"
    if not judged.threshold.times:
        return words(name, judged.value)
    if judged.bound is None:
        return f"{words(name, judged.value)}, but {reference} was not measured"
    return (
        f"{words(name, judged.value)}, and {judged.threshold.bound:g}x {reference} is {words(name, judged.bound)}"
    )
