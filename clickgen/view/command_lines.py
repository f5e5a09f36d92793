"""Command lines that a view shows: the one that repeats a run, the one that proves its delivery."""

import shlex
from pathlib import Path

from clickgen.feed.due_times import schedule_of
from clickgen.model.amounts import instant, wanted
from clickgen.model.destination import HttpRequest
from clickgen.model.disorder import Disorder
from clickgen.model.plan import Plan
from clickgen.model.timetable import Spike, Stage, Timetable
from clickgen.sink.registry import address_text, kind_of
from clickgen.view.recording_options import recording_options


def repeat_command(plan: Plan, home: Path) -> str:
    """The command that sends the same events again.

    Into an embedded pipeline it sends the same bytes, run id included, from a home folder of its own, since `home`
    has this run already. Into a named stream it sends fresh ids: the same ids twice in one lake are duplicates.
    """
    if plan.command == "generate":
        return shlex.join(["clickgen", "generate", *_generate(plan), *_destination(plan, home)])
    words = ["clickgen", plan.command, *(_send(plan) if plan.command == "send" else _replay(plan))]
    if plan.pack:
        words.append("--pack")
    if plan.linger_s is not None:
        words += ["--linger", f"{_number_word(plan.linger_s)}s"]
    words += _destination(plan, home)
    if plan.command == "replay":
        dashed = any(source.startswith("-") and source != "-" for source in plan.sources)
        words += [*(["--"] if dashed else []), *plan.sources]
    return shlex.join(words)


def _send(plan: Plan) -> list[str]:
    if plan.timetable is not None:
        words = timetable_options(plan.timetable)
    else:
        words = ["--rate", "max" if plan.rate is None else _number_word(plan.rate)]
    if plan.time_scale != 1:
        words += ["--time-scale", _number_word(plan.time_scale)]
    if plan.duration_s is not None and _duration_counts(plan):
        seconds = _number_word(plan.duration_s)
        words += ["--duration", seconds if "e" in seconds else f"{seconds}s"]
    if plan.planned is not None and plan.planned != _due(plan):
        words += ["--events", str(plan.planned)]
    if plan.profile is not None:
        words += ["--profile", plan.profile]
    words += _events(plan)
    if plan.seed is not None:
        words += ["--seed", str(plan.seed)]
    return [*words, "--start", instant(plan.start_ms), "--lanes", str(plan.lanes)]


def _events(plan: Plan) -> list[str]:
    """The options for the schema, and for what is wrong with some events on purpose."""
    words = ["--schema", plan.event_schema] if isinstance(plan.event_schema, str) else []
    return words if plan.disorder is None else [*words, *_disorder(plan.disorder)]


def _disorder(disorder: Disorder) -> list[str]:
    words = ["--late", f"{disorder.late!r}:{_number_word(disorder.late_s)}s"] if disorder.late else []
    for option in ("duplicate", "malformed", "reorder"):
        if share := getattr(disorder, option):
            words += [f"--{option}", repr(share)]
    for drift in disorder.drift:
        field = drift.field if drift.renamed is None else f"{drift.field}:{drift.renamed}"
        words += ["--drift", f"{field}@{_number_word(drift.at_s)}s"]
    return words


def _generate(plan: Plan) -> list[str]:
    until_ms = plan.start_ms + round((plan.duration_s or 0.0) * 1000)
    words = ["--rate", _number_word(plan.rate or 0.0)]
    words += ["--since", instant(plan.start_ms), "--until", instant(until_ms)]
    words += ["--profile", str(plan.profile), "--seed", str(plan.seed), "--lanes", str(plan.lanes)]
    words += _events(plan)
    words += [] if plan.format == "jsonl" else ["--format", plan.format]
    return [*words, *(["--gzip"] if plan.gzip else [])]


def _duration_counts(plan: Plan) -> bool:
    """Whether the duration limits more than the number of events or the end of the stages does."""
    if plan.timetable is None:
        return True
    # the events of a day curve were counted before its second 0 was known to the millisecond
    schedule = schedule_of(plan)
    return plan.timetable.day is None and schedule is not None and plan.duration_s != schedule.length


def _due(plan: Plan) -> int | None:
    """How many events the duration alone allows, or None if it does not determine that."""
    schedule = schedule_of(plan)
    if plan.rate is None or plan.duration_s is None or schedule is None:
        return None
    if plan.timetable is not None and plan.timetable.day is not None:
        return None
    return schedule.expected(plan.duration_s)


def _replay(plan: Plan) -> list[str]:
    words: list[str] = []
    if plan.timetable is not None:
        *stages, _ = plan.timetable.stages  # behind the last that was given, its rate goes on
        words += timetable_options(plan.timetable.model_copy(update={"stages": tuple(stages)}))
    elif plan.full_speed or plan.rate is not None:
        words += ["--rate", "max" if plan.rate is None else _number_word(plan.rate)]
    elif plan.speed != 1:
        words += ["--speed", _number_word(plan.speed)]
    return [*words, *recording_options(plan), "--id-field", plan.id_field]


def _destination(plan: Plan, home: Path) -> list[str]:
    destination = plan.destination
    if destination.embedded:
        return ["--run-id", plan.run, "--home", f"{home}-again"]
    kind, stream = destination.kind, destination.stream
    named = {
        "--stream": stream if kind == "firehose" else None,
        "--to": None if kind == "firehose" else stream if kind == "lake" else address_text(kind, stream),
        "--region": destination.region,
        "--aws-profile": destination.aws_profile,
        "--endpoint-url": destination.endpoint_url,
    }
    words = [word for name, value in named.items() if value is not None for word in (name, value)]
    return [*words, *_posting(destination.request)] if destination.kind == "http" else words


def _posting(request: HttpRequest) -> list[str]:
    """The options for how events are posted; values that were kept nowhere are to be given again."""
    words = ["--http-body", request.body]
    valued = {
        "--http-batch": request.events,
        "--http-bytes": request.bytes,
        "--http-sigv4": request.sigv4,
        "--http-stream": request.delivery_stream,
    }
    words += [word for name, value in valued.items() if value is not None for word in (name, str(value))]
    words += [name for name, given in (("--http-gzip", request.gzip), ("--http-html", request.html)) if given]
    for option, names in (("--http-header", request.headers), ("--http-query", request.parameters)):
        for name, variable in names.items():
            words += [option, f"{name}=@{variable or 'VARIABLE'}"]
    return words


def proved_at(plan: Plan) -> str | None:
    """The place of `clickgen verify` that reads what a run delivered, or None if its plan does not say where."""
    to = plan.destination
    place = "s3" if to.kind == "lake" else kind_of(to).verified_as
    if place is None or plan.format == "csv":
        return None
    return "parquet" if plan.format == "parquet" else place


def next_command(plan: Plan) -> str:
    """The command that proves a run's delivery, or shows its account if what landed cannot be looked at."""
    if plan.pipeline or proved_at(plan) is not None:
        return f"clickgen verify {plan.run}"
    if plan.destination.kind == "http":
        return f"clickgen verify s3 delivery {plan.run} --at s3://BUCKET/PREFIX"
    return f"clickgen runs show {plan.run}"


def timetable_words(timetable: Timetable) -> str:
    """The timetable in the notation of its options: from 100/s, 2m:500, 10m:5000, spike 10x@5m+30s."""
    if timetable.day is not None:
        words = [f"day curve ({timetable.day.zone}), peak {wanted(timetable.rate)}/s"]
    elif timetable.stages:
        words = [f"from {wanted(timetable.rate)}/s", *(_stage_word(stage) for stage in timetable.stages)]
    else:
        words = [f"{wanted(timetable.rate)}/s"]
    return ", ".join(words + [f"spike {_spike_word(spike)}" for spike in timetable.spikes])


def timetable_options(timetable: Timetable) -> list[str]:
    """The options that make the same timetable, given the same profile and start."""
    words = ["--rate", _number_word(timetable.rate)] if timetable.rate else []
    if timetable.day is not None:
        words += ["--schedule", "day"]
    for stage in timetable.stages:
        words += ["--stage", _stage_word(stage)]
    for spike in timetable.spikes:
        words += ["--spike", _spike_word(spike)]
    return words


def _stage_word(stage: Stage) -> str:
    return f"{_span_word(stage.seconds)}:{_number_word(stage.rate)}"


def _spike_word(spike: Spike) -> str:
    return f"{_number_word(spike.factor)}x@{_span_word(spike.at_s)}+{_span_word(spike.length_s)}"


def _span_word(seconds: float) -> str:
    """A duration that reads back as the same number: 30s, 1h30m, 0.25s."""
    if seconds != int(seconds) or seconds < 1:
        text = _number_word(seconds)
        return text if "e" in text else f"{text}s"  # only plain seconds may have an exponent
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    parts = ((hours, "h"), (minute, "m"), (second, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount)


def _number_word(value: float) -> str:
    """The shortest decimal that reads back as the same number."""
    return str(int(value)) if value == int(value) else repr(value)
