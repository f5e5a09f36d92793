"""The account of a run with its figures: as the one JSON document of `--json`, and as lines for people."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from clickgen.model.amounts import count, counted, duration, latency, measured, size
from clickgen.model.destination import Destination
from clickgen.model.disorder import PlantedCounts
from clickgen.model.outcome import Account
from clickgen.model.outside_text import one_line
from clickgen.model.plan import Plan
from clickgen.sink.address import address_text
from clickgen.view.bill import bill_words
from clickgen.view.progress import pace_words

# what a run notes in its ledger when it closes its account, by the names and in the order of --json
FACTS = (
    "records",
    "batches",
    "attempts",
    "throttled",
    "bytes",
    "seconds",
    "sending_seconds",
    "rate",
    "lag_ms",
    "answer_ms",
    "latency_ms",
    "cost_usd",
    "cost_unpacked_usd",
)
REPLAY_FACTS = ("skipped", "out_of_order")
_BESIDE_RATE = FACTS.index("rate") + 1
_SHOWN = (*FACTS[:_BESIDE_RATE], "wanted_rate", *FACTS[_BESIDE_RATE:])

_MEANINGS = {
    "rejected": "refused by the service",
    "unknown": "no answer on record; verification tells which arrived",
    "unsent": "never attempted",
}
_MEANINGS_YET = {
    "rejected": "refused by the service",
    "unknown": "leased to be sent, or sent and not answered yet",
    "unsent": "not their turn yet",
}
_LABEL = 9


def destination_name(destination: Destination) -> str:
    """What the batches went to, in one word: firehose:clicks, or embedded:clicks."""
    return address_text("embedded" if destination.embedded else destination.kind, destination.stream)


def account_json(
    plan: Plan, account: Account, facts: Mapping[str, Any], planted: PlantedCounts | None
) -> dict[str, object]:
    """The document of `--json`. Facts that a run could not note before it ended are null, and so is wanted_rate
    where no one rate was wanted; planted is there only where something was to be wrong on purpose.
    """
    names = _SHOWN + (REPLAY_FACTS if plan.command == "replay" else ())
    names += ("overwritten",) if plan.destination.kind == "dynamodb" else ()
    shown = {**facts, "wanted_rate": plan.rate if plan.timetable is None else None}
    return {
        "run": plan.run,
        "destination": destination_name(plan.destination),
        "account": plan.destination.account,
        "region": plan.destination.region,
        "planned": account.planned,
        "accepted": account.accepted,
        "rejected": account.rejected,
        "unknown": account.unknown,
        "unsent": account.unsent,
        **{name: shown.get(name) for name in names},
        **({} if planted is None else {"planted": planted._asdict()}),
    }


def labelled(label: str, words: str, style: str = "") -> Text:
    """A line that begins with a label of fixed width."""
    return Text.assemble((f"{label:<{_LABEL}}", "bold"), (one_line(words), style))


def account_lines(account: Account, *, running: bool = False) -> list[Text]:
    """The account, and what it means where an event is not accepted, or not yet."""
    lines = [
        labelled(
            "account",
            f"planned {count(account.planned)} = accepted {count(account.accepted)} + rejected "
            f"{count(account.rejected)} + unknown {count(account.unknown)} + unsent {count(account.unsent)}",
        )
    ]
    for name, meaning in (_MEANINGS_YET if running else _MEANINGS).items():
        number = getattr(account, name)
        if number:
            loud = not running or name == "rejected"
            lines.append(labelled("", f"{count(number)} {name}: {meaning}", "bold red" if loud else ""))
    return lines


def fact_lines(plan: Plan, facts: Mapping[str, Any]) -> list[Text]:
    """Rate, lag, latency, traffic and bill of a run that has closed its account."""
    attempts = f" in {count(facts['attempts'])} attempts" if facts["attempts"] != facts["batches"] else ""
    throttled = f"; {count(facts['throttled'])} records throttled" if facts["throttled"] else ""
    lines = [
        labelled(
            "rate",
            f"{measured(facts['rate'])}/s, wanted {pace_words(plan)}, for {duration(facts['sending_seconds'])}",
        ),
        *_answer_line(facts),
        labelled("latency", f"{_percentiles(facts['latency_ms'])}, from due to answered"),
        labelled(
            "sent",
            f"{counted(facts['batches'], 'batch', 'batches')}{attempts}, {counted(facts['records'], 'record')}, "
            f"{size(facts['bytes'])} accepted{throttled}",
        ),
        labelled(
            "bill", bill_words(plan, facts["cost_usd"], facts["cost_unpacked_usd"], facts.get("cost_packed_usd"))
        ),
    ]
    if not plan.unpaced:
        lines.insert(1, labelled("lag", f"{_percentiles(facts['lag_ms'])}, from due to on the wire"))
    return lines


def _answer_line(facts: Mapping[str, Any]) -> list[Text]:
    """The service's own answers; nothing for a run that was closed before they were noted."""
    if "answer_ms" not in facts:
        return []
    return [labelled("answer", f"{_percentiles(facts['answer_ms'])}, the service alone, each call")]


def _percentiles(milliseconds: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {latency(value / 1000)}" for name, value in milliseconds.items())
