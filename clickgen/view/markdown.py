"""A run and its verifications as Markdown, for the summary of a CI job or for a comment on a pull request."""

import string
from collections.abc import Iterator, Sequence

from clickgen.ledger.claims import LedgerDamage
from clickgen.model.amounts import count, counted, duration, latency, measured, size
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.outside_text import one_line
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.verification_store import KeptFunnel, KeptVerification
from clickgen.view.account import COUNTS, damage_words, destination_name, noted_bill
from clickgen.view.command_lines import next_command
from clickgen.view.progress import pace_words
from clickgen.view.promises import PromiseOutcome, promises
from clickgen.view.runs import KnownRun
from clickgen.view.states import headline_words, latency_rows, state_rows, throughput_words, ways_on

_SIGNS = {Verdict.VERIFIED: "✅", Verdict.INCOMPLETE: "⏳", Verdict.ANOMALOUS: "❌"}
_KEPT = {PromiseOutcome.YES: "✅", PromiseOutcome.OPEN: "⏳", PromiseOutcome.NO: "❌"}
_PLAIN = frozenset(string.ascii_letters + string.digits + " -,./();=%")
_WITNESSES = 5


def verification_markdown(kept: KeptVerification) -> str:
    """One verification: the verdict, what it rests on, and what to look at. Ends with a line end."""
    return "\n".join([*_verification(kept), ""])


def unseen_markdown(title: str, problem: EnvironmentProblem) -> str:
    """A place that could not be verified, and why. Ends with a line end."""
    hint = f" {_text(problem.hint)}." if problem.hint else ""
    return "\n".join([f"### ⏳ {_text(title)}: not looked at", "", f"{_text(problem.message)}.{hint}", "", ""])


def run_markdown(known: KnownRun, verifications: Sequence[KeptVerification], funnel: KeptFunnel | None) -> str:
    """A run: its account, its figures, the funnel of its stations, and every kept verification."""
    plan = known.plan
    lines = [
        f"## Run {_code(plan.run)}",
        "",
        f"{_text(plan.command)} to {_code(destination_name(plan.destination))}, {known.state.value}",
        "",
    ]
    account = known.account
    lines += _table(COUNTS, [[count(getattr(account, name)) for name in COUNTS]], right=len(COUNTS))
    lines += _damage(known.ledger_damage)
    if known.closed:
        facts = known.facts
        p99 = latency(facts["latency_ms"]["p99"] / 1000)
        lines += [
            f"{measured(facts['rate'])} events/s for {duration(facts['sending_seconds'])}, "
            f"wanted {_text(pace_words(plan))}; "
            f"{size(facts['bytes'])} accepted in {counted(facts['attempts'], 'call')}; "
            f"latency p99 {p99} from due to answered. The bill: {_text(noted_bill(plan, facts))}.",
            "",
        ]
    if funnel is not None:
        lines += ["### Stations", "", *_funnel(funnel)]
    for kept in verifications:
        lines += _verification(kept)
    if not verifications:
        lines += [f"Not verified yet: {_code(next_command(plan))}", ""]
    return "\n".join(lines)


def _verification(kept: KeptVerification) -> Iterator[str]:
    report = kept.report
    words = headline_words(report, exclusive=kept.exclusive)
    yield f"### {_SIGNS[report.verdict]} {_text(kept.title)}: {report.verdict.value}"
    yield ""
    yield f"Run {_code(report.run)}: {words}. Looked at {_code(kept.where)}."
    yield ""
    for command in ways_on(report, kept.place):
        yield from (f"Go on with {_code(command)}", "")
    yield from _damage(report.ledger_damage)
    rows = state_rows(report, exclusive=kept.exclusive)
    yield from _table(
        ("events", "state", "meaning"), [[count(row.number), row.name, row.meaning] for row in rows], right=1
    )
    yield from _table(
        ("", "promise", "found"),
        [
            [_KEPT[promise.kept], promise.claim, promise.found]
            for promise in promises(report, exclusive=kept.exclusive)
        ],
    )
    latencies = list(latency_rows(report))
    if latencies:
        names = [name for name, _ in latencies[0].figures]
        filled = [[f"from {row.since}", *(value for _, value in row.figures)] for row in latencies]
        yield from _table(("landed", *names), filled)
    throughput = throughput_words(report)
    if throughput is not None:
        yield from (throughput, "")
    if report.failed_codes:
        codes = sorted(report.failed_codes.items(), key=lambda pair: (-pair[1], pair[0]))
        yield from _table(("failed", "error code"), [[count(number), _code(code)] for code, number in codes])
    yield from _witnesses(kept)


def _damage(damage: LedgerDamage) -> list[str]:
    return [f"The ledger is {damage_words(damage)}.", ""] if damage else []


def _witnesses(kept: KeptVerification) -> Iterator[str]:
    for kind, witnesses in kept.report.witnesses.items():
        yield f"<details><summary>{_text(kind)}: the first to look at</summary>"
        yield ""
        for witness in witnesses[:_WITNESSES]:
            where = f" in {_code(witness.object)}" if witness.object else ""
            yield f"- {_code(witness.id or 'no readable id')} {_text(witness.detail)}{where}"
        yield from ("", "</details>", "")


def _funnel(funnel: KeptFunnel) -> list[str]:
    rows = [["accepted", count(funnel.accepted), ""]]
    for station in funnel.stations:
        amounts = (("failed here", station.failed), ("lost here", station.lost), ("damaged", station.damaged))
        gone = ", ".join(f"{count(number)} {words}" for words, number in amounts if number)
        rows.append([_text(station.name), count(station.found), gone])
    return _table(("station", "found", ""), rows)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], right: int = 0) -> list[str]:
    """A table, the first `right` columns aligned to the right, and an empty line."""
    rules = ["---:" if position < right else "---" for position in range(len(names))]
    return [f"| {' | '.join(cells)} |" for cells in (names, rules, *rows)] + [""]


def _text(words: str) -> str:
    """Text from outside with all that Markdown or HTML would interpret escaped."""
    return "".join(sign if sign in _PLAIN or ord(sign) > 127 else f"&#{ord(sign)};" for sign in one_line(words))


def _code(words: str) -> str:
    return f"<code>{_text(words)}</code>"
