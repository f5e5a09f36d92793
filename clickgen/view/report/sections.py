"""The charts of a report, as far as what was kept of the run allows."""

from clickgen.feed.due_times import schedule_of
from clickgen.model.amounts import count, latency
from clickgen.model.histogram import Histogram
from clickgen.run.timeline import ON_TIME_S
from clickgen.view.report.charts import Chart, Curve, Ink, histogram_chart, time_chart
from clickgen.view.report.series import DueBy, Landings, Progress, by_second, landings, progress
from clickgen.view.report.subject import ReportedRun

_MARKS = (("p50", 0.5), ("p99", 0.99))


def charts_of(run: ReportedRun) -> dict[str, Chart | None]:
    """The charts by name: rate, sums, landing (a histogram), retries, answers; None if their data was not kept."""
    course = progress(run.moments, run.start_ms, _due_by(run))
    timed = run.timed
    landed = None if timed is None else landings(timed.report.latencies, run.start_ms)
    return {
        "rate": _rates(course, landed),
        "sums": _sums(course, landed),
        "landing": _landing(run),
        "retries": None if course is None else _retries(course),
        "answers": None if course is None else _answers(course),
    }


def rate_caption(run: ReportedRun) -> str:
    """The caption of the chart of rates."""
    since = "against the time since the first was due"
    if not by_second(run.moments):
        return f"Events a second, averaged over five seconds, {since}."
    return (
        f"Events a second, {since}. An event accepted within {ON_TIME_S:g} seconds counts at the time it was due, "
        "a later one at the time it was accepted."
    )


def _due_by(run: ReportedRun) -> DueBy | None:
    """The schedule of a run that followed one from beginning to end; a resumed run left gaps out of it."""
    plan = run.known.plan
    schedule = schedule_of(plan)
    return None if plan.rate is None or plan.began_ms is None or schedule is None else schedule.expected


def landing_times(run: ReportedRun) -> tuple[str, Histogram] | None:
    """What the histogram counts from (due if that is known, else accepted or sent), and its durations."""
    if run.timed is None:
        return None
    histograms = run.timed.report.latencies.histograms()
    return next(((name, histograms[name]) for name in ("due", "accepted", "sent") if histograms[name].total), None)


def _landing(run: ReportedRun) -> Chart | None:
    took = landing_times(run)
    if took is None:
        return None
    since, histogram = took
    marks = [(name, histogram.quantile(share)) for name, share in _MARKS]
    percentiles = ", ".join(f"{name} {latency(seconds)}" for name, seconds in marks)
    words = f"Histogram of how long events took to land from when they were {since}: {percentiles}"
    return histogram_chart("landing", words, histogram, marks)


def _rates(course: Progress | None, landed: Landings | None) -> Chart | None:
    curves = []
    if course is not None:
        curves.append(Curve("accepted", Ink.ACCEPTED, course.rate_seconds, course.accepted, "area"))
        if course.wanted is not None:
            curves.append(Curve("wanted", Ink.WANTED, course.rate_seconds, course.wanted, "dashed"))
    if landed is not None:
        name = "delivered, averaged from landing to landing"
        curves.append(Curve(name, Ink.DELIVERED, landed.seconds, landed.rate, "step"))
    words = "Events a second over time: " + ", ".join(curve.name for curve in curves)
    return time_chart("rate", words, curves, "count") if curves else None


def _sums(course: Progress | None, landed: Landings | None) -> Chart | None:
    curves, ends = [], []
    if course is not None:
        if course.due is not None:
            curves.append(Curve("due", Ink.WANTED, course.seconds, course.due, "dashed"))
        curves.append(Curve("accepted", Ink.ACCEPTED, course.seconds, course.sum_accepted))
        ends.append(f"{count(int(course.sum_accepted[-1]))} accepted")
    if landed is not None:
        curves.append(Curve("delivered", Ink.DELIVERED, landed.seconds, landed.total, "stairs"))
        ends.append(f"{count(int(landed.total[-1]))} delivered")
    words = f"Events until then, over time; at the end {', '.join(ends)}"
    return time_chart("sums", words, curves, "count") if curves else None


def _answers(course: Progress) -> Chart | None:
    if not (course.p99 >= 0).any():
        return None
    curves = [
        Curve("p99", Ink.OPEN, course.seconds, course.p99),
        Curve("p50", Ink.ACCEPTED, course.seconds, course.p50),
    ]
    return time_chart("answers", "Time from due to answered, p50 and p99, over time", curves, "seconds")


def _retries(course: Progress) -> Chart | None:
    pairs = (("throttled", Ink.OPEN, course.throttled), ("sent again", Ink.BAD, course.retried))
    curves = [Curve(name, ink, course.seconds, values) for name, ink, values in pairs if (values > 0).any()]
    return time_chart("retries", "Records a second throttled and sent again", curves, "count") if curves else None
