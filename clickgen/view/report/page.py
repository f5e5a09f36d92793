"""The page of a report: one HTML file that makes no network request and runs no script."""

from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from clickgen import __version__
from clickgen.model.amounts import count, counted, duration, instant, latency, measured, size
from clickgen.model.outside_text import one_line
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.verification_store import KeptFunnel, KeptStation
from clickgen.view.account import damage_words, destination_name, noted_bill
from clickgen.view.command_lines import next_command
from clickgen.view.progress import pace_words
from clickgen.view.promises import promises
from clickgen.view.report.sections import charts_of, landing_times, rate_caption
from clickgen.view.report.subject import ReportedRun
from clickgen.view.states import headline_words, latency_rows, state_rows, throughput_words, ways_on

_FILTERS = {
    "count": count,
    "duration": duration,
    "instant": lambda unix_ms: instant(unix_ms - unix_ms % 1000),
    "latency": latency,
    "measured": measured,
    "of": counted,
    "one_line": one_line,
    "size": size,
}
_TONES = {Verdict.VERIFIED: "good", Verdict.INCOMPLETE: "open", Verdict.ANOMALOUS: "bad", None: "none"}


class PipelineStage(NamedTuple):
    """A bar of the funnel."""

    name: str
    number: int
    share: float  # of what was accepted, 0 to 1
    words: str
    witnesses: tuple[str, ...]


def render_page(run: ReportedRun) -> str:
    """The page. Names from outside (streams, objects, ids) are text in it, whatever they contain."""
    known = run.known
    facts = known.facts if known.closed else None
    took = landing_times(run)
    return (
        _environment()
        .get_template("page.html")
        .render(
            run=run,
            plan=known.plan,
            account=known.account,
            state=known.state.value,
            facts=facts,
            destination=destination_name(known.plan.destination),
            pace=pace_words(known.plan),
            damage_words=damage_words,
            bill=None if facts is None else noted_bill(known.plan, facts),
            verdict=run.verdict,
            tone=_TONES[run.verdict],
            tones=_TONES,
            charts=charts_of(run),
            rate_caption=rate_caption(run),
            landing_since=None if took is None else took[0],
            percentiles=[] if run.timed is None else list(latency_rows(run.timed.report)),
            throughput=None if run.timed is None else throughput_words(run.timed.report),
            stages=_stages(run),
            next_command=next_command(known.plan),
            headline_words=headline_words,
            ways_on=ways_on,
            state_rows=state_rows,
            promises=promises,
            version=__version__,
        )
    )


def _stages(run: ReportedRun) -> list[PipelineStage]:
    """What was accepted, then station after station; without a pipeline, the places that were looked at."""
    funnel = run.funnel
    if funnel is None:
        found = [
            KeptStation(
                name=kept.title,
                place=kept.place,
                found=kept.report.delivered,
                lost=kept.report.missing,
                pending=kept.report.pending,
                failed=kept.report.failed,
            )
            for kept in run.verifications
        ]
        funnel = KeptFunnel(when_ms=run.made_ms, accepted=run.known.account.accepted, stations=tuple(found))
    whole = max(1, funnel.accepted)
    stages = [PipelineStage("accepted", funnel.accepted, 1.0, "by the service", ())]
    for station in funnel.stations:
        amounts = (
            ("failed here", station.failed),
            ("lost here", station.lost),
            ("damaged", station.damaged),
            ("damaged before", station.damaged_before),
            ("not there yet", station.pending),
            ("skipped", station.skipped),
        )
        words = ", ".join(f"{count(number)} {name}" for name, number in amounts if number)
        share = min(1.0, station.found / whole)
        stages.append(PipelineStage(station.name, station.found, share, words, station.witnesses))
    return stages


def _harmless(value: Any) -> Any:
    """The value of an expression, with harmless text; our own drawings stay as they are."""
    return one_line(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("clickgen.view.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_harmless,
    )
    filters: dict[str, Any] = _FILTERS
    environment.filters.update(filters)
    return environment
