"""The command line that does a run again."""

import shlex
from datetime import UTC, datetime
from pathlib import Path

from clickgen.feed.lanes import schedule_of
from clickgen.model.destination import Destination
from clickgen.model.disorder import Disorder
from clickgen.model.plan import Plan
from clickgen.sink.address import address_text
from clickgen.view.schedule import number_word, timetable_options


def repeat_command(plan: Plan, home: Path) -> str:
    """The command that sends the same events again.

    Into an embedded pipeline: the same bytes, run id included, in a home folder of its own, since `home` has
    this run already. Into a named stream: with fresh ids, since the same ids twice in one lake are duplicates.
    """
    if plan.command == "generate":
        return shlex.join(["clickgen", "generate", *_generate(plan), *_destination(plan, home)])
    words = ["clickgen", plan.command, *(_send(plan) if plan.command == "send" else _replay(plan))]
    if plan.pack:
        words.append("--pack")
    if plan.linger_s is not None:
        words += ["--linger", f"{number_word(plan.linger_s)}s"]
    words += _destination(plan, home)
    if plan.command == "replay":
        dashed = any(source.startswith("-") and source != "-" for source in plan.sources)
        words += [*(["--"] if dashed else []), *plan.sources]
    return shlex.join(words)


def instant(unix_ms: int) -> str:
    """A Unix time in milliseconds as ISO 8601 in UTC, without a fraction of .000."""
    moment = datetime.fromtimestamp(unix_ms // 1000, UTC).replace(microsecond=unix_ms % 1000 * 1000)
    text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


def _send(plan: Plan) -> list[str]:
    if plan.timetable is not None:
        words = timetable_options(plan.timetable)
    else:
        words = ["--rate", "max" if plan.rate is None else number_word(plan.rate)]
    if plan.duration_s is not None and _duration_counts(plan):
        seconds = number_word(plan.duration_s)
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
    """What events look like, and what is wrong with some of them on purpose."""
    words = ["--schema", plan.event_schema] if isinstance(plan.event_schema, str) else []
    return words if plan.disorder is None else [*words, *_disorder(plan.disorder)]


def _disorder(disorder: Disorder) -> list[str]:
    words = ["--late", f"{disorder.late!r}:{number_word(disorder.late_s)}s"] if disorder.late else []
    for option in ("duplicate", "malformed", "reorder"):
        if share := getattr(disorder, option):
            words += [f"--{option}", repr(share)]
    for drift in disorder.drift:
        field = drift.field if drift.renamed is None else f"{drift.field}:{drift.renamed}"
        words += ["--drift", f"{field}@{number_word(drift.at_s)}s"]
    return words


def _generate(plan: Plan) -> list[str]:
    until_ms = plan.start_ms + round((plan.duration_s or 0.0) * 1000)
    words = [
        "--rate",
        number_word(plan.rate or 0.0),
        "--since",
        instant(plan.start_ms),
        "--until",
        instant(until_ms),
    ]
    words += ["--profile", str(plan.profile), "--seed", str(plan.seed), "--lanes", str(plan.lanes)]
    words += _events(plan)
    words += [] if plan.format == "jsonl" else ["--format", plan.format]
    return [*words, *(["--gzip"] if plan.gzip else [])]


def _duration_counts(plan: Plan) -> bool:
    """Whether the duration limits anything that the number of events or the end of the stages does not."""
    if plan.timetable is None:
        return True
    # the events of a day curve were counted before its second 0 was known to the millisecond
    schedule = schedule_of(plan)
    return plan.timetable.day is None and schedule is not None and plan.duration_s != schedule.length


def _due(plan: Plan) -> int | None:
    """How many events the duration alone allows; None where it does not say how many."""
    schedule = schedule_of(plan)
    if plan.rate is None or plan.duration_s is None or schedule is None:
        return None
    if plan.timetable is not None and plan.timetable.day is not None:
        return None
    return schedule.expected(plan.duration_s)


def _replay(plan: Plan) -> list[str]:
    words = []
    if plan.full_speed or plan.rate is not None:
        words += ["--rate", "max" if plan.rate is None else number_word(plan.rate)]
    elif plan.speed != 1:
        words += ["--speed", number_word(plan.speed)]
    if plan.time_field is not None:
        words += ["--time-field", plan.time_field]
    return [*words, "--id-field", plan.id_field]


def _to(destination: Destination) -> str:
    return destination.stream if destination.kind == "lake" else address_text(destination.kind, destination.stream)


def _destination(plan: Plan, home: Path) -> list[str]:
    destination = plan.destination
    if destination.embedded:
        return ["--run-id", plan.run, "--home", f"{home}-again"]
    firehose = destination.kind == "firehose"
    named = {
        "--stream": destination.stream if firehose else None,
        "--to": None if firehose else _to(destination),
        "--region": destination.region,
        "--aws-profile": destination.aws_profile,
        "--endpoint-url": destination.endpoint_url,
    }
    return [word for name, value in named.items() if value is not None for word in (name, value)]
