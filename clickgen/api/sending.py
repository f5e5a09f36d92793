"""`clickgen.send`: simulated visitors, at exactly the requested rate."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from clickgen.api.command import Ended, Tell, carry_out, noted
from clickgen.api.words import Duration, Name, Rate, Value, duration_word, option_words
from clickgen.model.document import report_of
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.run.run_report import RunReport


class RunEndedEarly(EnvironmentProblem):
    """A run that had begun could not go on; `report` has its account."""

    report: RunReport | None = None


def send(
    *,
    rate: Rate | None = None,
    events: int | None = None,
    duration: Duration | None = None,
    stage: Sequence[str] = (),
    stream: str | None = None,
    to: str | None = None,
    pipeline: Name | None = None,
    endpoint_url: str | None = None,
    region: str | None = None,
    aws_profile: str | None = None,
    profile: Name | None = None,
    schema: str | None = None,
    seed: int | None = None,
    start: datetime | str | None = None,
    threshold: Sequence[str] = (),
    max_usd: float | None = None,
    yes: bool = False,
    home: Name | None = None,
    tell: Tell | None = None,
    environment: Mapping[str, str] | None = None,
    **options: Value,
) -> RunReport:
    """Simulate visitors, send their events, and return what `clickgen send --json` prints.

    Without stream, to or pipeline the events flow through the embedded pipeline into the lake of the home. The run
    needs a bound: events, duration or stage. Parameters mean what the options of `clickgen send` of their names
    do, and any other option may be given by its name with _ for -, such as late="2%:30s" or pack=True; one that is
    not given comes from its environment variable, if that is set.

    Args:
        rate: events a second, 500 by default, or "max".
        duration: "30s", seconds, or a timedelta.
        stage: a rate that changes, like ["10s:500", "1m:500"].
        to: any other destination, as `--to` takes it; standard output is not one.
        pipeline: one that runs here, by its name, file or folder.
        start: the time of the first second in the events.
        threshold: like ["lag_p99<5s", "accepted>=99.9%"]; the report says which were passed.
        yes: agree to send to AWS itself, or to another host than this, which is refused otherwise.
        home: the folder of runs and the lake; .clickgen, or what CLICKGEN_HOME says.
        tell: receives each line that the command prints for people, such as `print`. Nothing is printed otherwise.
        environment: variables for this run beside those of the process: credentials, for example.

    Returns:
        The account of the run, whatever became of its events: `report.ok` says whether all were accepted.

    Raises:
        UsageProblem: if the parameters cannot be used.
        EnvironmentProblem: if the run cannot begin: credentials, no such stream, endpoint, disk.
        RunEndedEarly: if it began and could not go on.

    The work is done in a process of its own, so that it may be called in any thread and in a notebook. Ctrl-C
    stops the run in order and is raised then. If this process is killed, the run goes on to its bound.
    """
    if events is None and duration is None and not stage:
        raise noted(UsageProblem("send() without a bound would never return", "give events, duration or stage"))
    if to == "-":
        raise noted(UsageProblem("send(to='-'): a function has no standard output", "name a file: to='file:PATH'"))
    given: dict[str, Value] = {
        "rate": rate,
        "events": events,
        "duration": duration_word(duration),
        "stage": stage,
        "stream": stream,
        "to": to,
        "pipeline": pipeline,
        "endpoint_url": endpoint_url,
        "region": region,
        "aws_profile": aws_profile,
        "profile": profile,
        "schema": schema,
        "seed": seed,
        "start": start,
        "threshold": threshold,
        "max_usd": max_usd,
        "yes": yes,
        "home": home,
    }
    words = option_words({"json": True, "no_live": True, **given, **options})
    return _report(carry_out(["send", *words], tell=tell, environment=environment))


def _report(ended: Ended) -> RunReport:
    report = None if ended.document is None else report_of(RunReport, ended.document, text=ended.text)
    problem = ended.problem()
    if problem is None and report is not None:
        return report
    if report is None:
        raise problem or EnvironmentProblem("clickgen send printed no report", ended.text)
    message = problem.message if problem is not None else ended.text
    early = noted(RunEndedEarly(message, problem.hint if problem is not None else None))
    early.report = report
    raise early
