"""What a run planted among its events, for people."""

from rich.text import Text

from clickgen.model.amounts import count
from clickgen.model.disorder import PlantedCounts
from clickgen.view.account import labelled

_NAMES = {"duplicates": "sent twice"}


def planted_line(planted: PlantedCounts | None) -> list[Text]:
    """A line that says how many events were treated how on purpose; none where none were."""
    if planted is None:
        return []
    words = [f"{count(number)} {_NAMES.get(kind, kind)}" for kind, number in planted._asdict().items() if number]
    return [labelled("planted", ", ".join(words) or "nothing, as it fell out")]
