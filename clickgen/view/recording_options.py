"""The options of `clickgen replay` that make the same recording of the same files again."""

from collections.abc import Iterator

from clickgen.model.amounts import instant
from clickgen.model.form import Form, Kind
from clickgen.model.plan import Plan
from clickgen.model.recording import Recording
from clickgen.traffic.event_time import JOINED


def recording_options(plan: Plan) -> list[str]:
    """How a replay reads its sources, which events it chooses, and what it makes of them.

    A repetition without them would send other events than the run did.
    """
    return [*_read(plan), *_chosen(plan.recording), *_made(plan)]


def _read(plan: Plan) -> Iterator[str]:
    recording = plan.recording
    for field in (plan.time_field or "").split(JOINED) if plan.time_field else ():
        yield from ("--time-field", field)
    named = {
        "--zone": recording.zone,
        "--from-region": recording.access.region,
        "--from-profile": recording.access.aws_profile,
        "--from-endpoint-url": recording.access.endpoint_url,
        "--visitor-field": recording.visitor_field,
    }
    for option, value in named.items():
        if value is not None:
            yield from (option, value)
    if len(recording.forms) == 1:  # else each source is recognised again, as it was
        yield from _form(recording.forms[0])


def _form(form: Form) -> Iterator[str]:
    if form.each is not None:
        yield from ("--each", form.each)
    if form.kind is Kind.DELIMITED:
        yield from ("--separator", "tab" if form.separator == "\t" else form.separator)
        if not form.header:
            yield from ("--columns", ",".join(form.columns))


def _chosen(recording: Recording) -> Iterator[str]:
    for option, second in (("--since", recording.earliest_s), ("--until", recording.latest_s)):
        if second is not None:
            yield from (option, instant(round(second * 1000)))
    if recording.where is not None:
        yield from ("--where", recording.where)
    if recording.sample is not None:
        yield from ("--sample", f"{recording.sample * 100!r}%")
    if recording.limit is not None:
        yield from ("--limit", str(recording.limit))
    for option, paths in (("--drop", recording.dropped), ("--pseudonymise", recording.pseudonymised)):
        for path in paths:
            yield from (option, path)


def _made(plan: Plan) -> Iterator[str]:
    recording = plan.recording
    if recording.loop > 1:
        yield from ("--loop", str(recording.loop))
    if recording.multiply > 1:
        yield from ("--multiply", str(recording.multiply), "--jitter", f"{recording.jitter_s!r}s")
    if recording.retime:
        yield from ("--retime", instant(plan.start_ms))
    if recording.max_gap_s is not None:
        yield from ("--max-gap", f"{recording.max_gap_s!r}s")
    if recording.ordered:
        yield "--ordered"
    if recording.spooled and not any(source.startswith("kinesis:") for source in plan.sources):
        yield "--sort"
    elif plan.as_recorded and recording.reorder_s:
        yield from ("--reorder-window", f"{recording.reorder_s!r}s")
