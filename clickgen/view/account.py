"""The account of a run with its figures and its bill: its report, and lines for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from clickgen.ledger.claims import LedgerDamage
from clickgen.model.amounts import count, counted, duration, latency, measured, size, usd
from clickgen.model.destination import Destination
from clickgen.model.disorder import PlantedCounts
from clickgen.model.outcome import Account
from clickgen.model.outside_text import one_line
from clickgen.model.plan import Plan
from clickgen.run.run_report import FACTS, RunReport, ThresholdReport
from clickgen.run.threshold import Judged
from clickgen.sink.registry import address_text, kind_of
from clickgen.view.progress import pace_words

COUNTS = ("planned", "accepted", "rejected", "unknown", "unsent")
_MEANINGS = {
    "rejected": "refused by the service",
    "unknown": "no answer on record; verification shows which arrived",
    "unsent": "never attempted",
}
_MEANINGS_YET = {
    "rejected": "refused by the service",
    "unknown": "leased to be sent, or sent and not answered yet",
    "unsent": "not their turn yet",
}
_LABEL = 9
_NAMES = {"duplicates": "sent twice"}


def destination_name(destination: Destination) -> str:
    """Where the batches went, in one word: firehose:clicks, or embedded:clicks."""
    return address_text("embedded" if destination.embedded else destination.kind, destination.stream)


def run_report(
    plan: Plan,
    account: Account,
    facts: Mapping[str, Any],
    planted: PlantedCounts | None,
    damage: LedgerDamage,
    judged: Sequence[Judged] = (),
) -> RunReport:
    """What `--json` says of a run. facts: what it noted when it ended, nothing of a run that could not."""
    known: dict[str, Any] = {name: facts.get(name) for name in FACTS}
    if plan.command == "replay":
        known |= {name: facts.get(name) for name in ("skipped", "out_of_order")}
    if plan.destination.kind == "dynamodb":
        known["overwritten"] = facts.get("overwritten")
    if plan.destination.kind == "http":
        known |= {"cost_usd": None, "cost_unpacked_usd": None}  # not nothing, but not known
    return RunReport(
        run=plan.run,
        destination=destination_name(plan.destination),
        account=plan.destination.account,
        region=plan.destination.region,
        planned=account.planned,
        accepted=account.accepted,
        rejected=account.rejected,
        unknown=account.unknown,
        unsent=account.unsent,
        wanted_rate=plan.rate if plan.timetable is None else None,
        planted=planted,
        ledger_damage=damage or None,
        thresholds=[ThresholdReport(one.threshold.expression, one.value, one.passed) for one in judged] or None,
        **known,
    )


def labelled(label: str, words: str, style: str = "") -> Text:
    """A line that begins with a label of fixed width."""
    return Text.assemble((f"{label:<{_LABEL}}", "bold"), (one_line(words), style))


def command_line(label: str, command: str) -> Text:
    """The same for a command, which is not broken in two, so that it can be copied."""
    line = labelled(label, command)
    line.no_wrap = True
    return line


def account_lines(account: Account, *, running: bool = False) -> list[Text]:
    """The account, and what each state but accepted means."""
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
    lines = [
        labelled(
            "rate",
            f"{measured(facts['rate'])}/s, wanted {pace_words(plan)}, for {duration(facts['sending_seconds'])}",
        ),
        *_answered_lines(plan, facts),
        labelled("sent", _sent_words(plan, facts)),
        labelled("bill", noted_bill(plan, facts)),
    ]
    if not plan.unpaced:
        lines.insert(1, labelled("lag", f"{_percentiles(facts['lag_ms'])}, from due to on the wire"))
    return lines


def _sent_words(plan: Plan, facts: Mapping[str, Any]) -> str:
    """What was sent in how many pieces; what is written line by line has none."""
    if not kind_of(plan.destination).in_calls:
        return f"{size(facts['bytes'])} written, a line an event"
    attempts = f" in {count(facts['attempts'])} attempts" if facts["attempts"] != facts["batches"] else ""
    throttled = f"; {count(facts['throttled'])} records throttled" if facts["throttled"] else ""
    pieces = f"{counted(facts['batches'], 'batch', 'batches')}{attempts}, {counted(facts['records'], 'record')}"
    return f"{pieces}, {size(facts['bytes'])} accepted{throttled}"


def _answered_lines(plan: Plan, facts: Mapping[str, Any]) -> list[Text]:
    """How long answers took; nothing if none came, since no time is none at all."""
    if not any(facts["latency_ms"].values()):
        return []
    if not kind_of(plan.destination).in_calls:
        return [labelled("written", f"{_percentiles(facts['latency_ms'])}, from due to written")]
    told = {"answer_ms": "the service alone, each call", "latency_ms": "from due to answered"}
    # a run of a version before did not note the service's own answers
    return [
        labelled(name.removesuffix("_ms"), f"{_percentiles(facts[name])}, {words}")
        for name, words in told.items()
        if name in facts
    ]


def _percentiles(milliseconds: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {latency(value / 1000)}" for name, value in milliseconds.items())


def noted_bill(plan: Plan, facts: Mapping[str, Any]) -> str:
    """The bill of a run that has closed its account."""
    return bill_words(plan, facts["cost_usd"], facts["cost_unpacked_usd"], facts.get("cost_packed_usd"))


def bill_words(plan: Plan, cost: float, unpacked: float, packed: float | None = None) -> str:
    """Dollars for ingestion, and what packing saves or would save.

    unpacked: what the accepted events cost if each is a record. packed: what they would cost packed, or None if
    that is not known; then an unpacked run has no saving.
    """
    kind = kind_of(plan.destination)
    if kind.paid_for is None:
        return "nothing: this destination is free" if kind.charges_known else "nothing is known of what it charges"
    words = f"{usd(cost)} for {kind.paid_for}" if plan.destination.on_aws else f"would cost {usd(cost)} on AWS"
    less = None if kind.never_packed_because else cost if plan.pack else packed
    if less is None or unpacked <= 0 or unpacked <= less:
        return words
    verb = "saves" if plan.pack else "would save"
    return f"{words}; packing {verb} {usd(unpacked - less)} ({(unpacked - less) / unpacked * 100:.0f} %)"


def planted_line(planted: PlantedCounts | None) -> list[Text]:
    """A line that says how many events were treated how on purpose, if the run planted any."""
    if planted is None:
        return []
    words = [f"{count(number)} {_NAMES.get(kind, kind)}" for kind, number in planted._asdict().items() if number]
    return [labelled("planted", ", ".join(words) or "nothing (by chance)")]


def ledger_line(damage: LedgerDamage) -> list[Text]:
    """A line that says what of the ledger is damaged, if anything is."""
    return [labelled("ledger", damage_words(damage), "bold red")] if damage else []


def damage_words(damage: LedgerDamage) -> str:
    """What of the ledger is damaged and what follows from it; empty if nothing is."""
    parts = []
    if damage.lost_leases:
        parts.append(f"{counted(damage.lost_leases, 'lease')} lost, whose events are unknown")
    if damage.rows:
        parts.append(f"{counted(damage.rows, 'entry', 'entries')} unreliable, whose events are unknown")
    if damage.lease_file:
        parts.append(f"{counted(damage.lease_file, 'record')} of its lease file unreliable")
    return f"damaged: {', '.join(parts)}" if parts else ""
