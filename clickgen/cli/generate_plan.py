"""The plan of a generated run: which time its events cover, how many they are, and where they go."""

import os
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from clickgen.cli.app import App, say
from clickgen.cli.delivery_options import check_run_id
from clickgen.cli.disorder import DisorderOptions
from clickgen.cli.traffic import events_of, named_profile, traffic_model
from clickgen.model.errors import UsageProblem
from clickgen.pace.clock import now_ms

if TYPE_CHECKING:
    from clickgen.model.plan import Plan
    from clickgen.run.session import TrafficModel
    from clickgen.run.targets.target import Target

EVENTS_PER_LANE = 500_000  # of a run into objects: fewer would make many small ones
_MOST_LANES = 16
_DEFAULT_RATE = 100.0
_DEFAULT_S = 3600.0


class TimeSpan(NamedTuple):
    """The time that the events cover: from `since_ms` up to `until_ms`, Unix time in milliseconds."""

    since_ms: int
    until_ms: int

    @property
    def seconds(self) -> float:
        """How long that is."""
        return (self.until_ms - self.since_ms) / 1000


def prepare(given: dict[str, Any], app: App) -> "tuple[Plan, TrafficModel]":
    """The plan of a new run, and what its events are drawn from; says how much that will be, and where it goes.

    UsageProblem or EnvironmentProblem if it cannot be made, before anything of it is.
    """
    from clickgen.feed.generated_lanes import Traffic, expected_amount
    from clickgen.run.generate.formats import check_format
    from clickgen.run.generate.makers import file_form
    from clickgen.run.generate.targets import LAKE, named_format
    from clickgen.view.generate import expected_words

    to = given["to"] or LAKE
    check_run_id(given["run_id"])
    span = span_of(given["since"], given["until"], given["duration"], now_ms())
    rate = _mean_rate(given["rate"], given["events"], span)
    kind, gzipped = named_format(to, given["kind"], gzipped=given["gzipped"])
    check_format(kind)
    profile = named_profile(given["profile"])
    seed = given["seed"] if given["seed"] is not None else secrets.randbits(32)
    model = traffic_model(profile, seed)
    disorder = DisorderOptions.taken_from(given)
    _check_disorder(disorder, kind)
    events = events_of(model, given["schema"], disorder, span.seconds)
    target = _target(to, given, app)
    format_words = {"format": kind, "gzip": gzipped}
    plan = _plan(given, span, rate, target, {**events, **format_words, "seed": seed})
    if plan.place is not None and gzipped:
        plan = plan.model_copy(update={"place": plan.place.model_copy(update={"compression": "GZIP"})})
    traffic = Traffic.drawn_from(plan, model.tables)
    file_form(traffic)  # says whether the schema fits into the format
    say(expected_words(plan, expected_amount(traffic)))
    say(f"{target.line}, {kind}{', gzip' if gzipped else ''}")
    return plan, model


def _plan(given: dict[str, Any], span: TimeSpan, rate: float, target: "Target", events: dict[str, Any]) -> "Plan":
    """The plan; events: what it says of them."""
    from clickgen.model.event_id import new_run_id
    from clickgen.model.plan import Plan

    lanes = given["lanes"] or _lanes_for(rate * span.seconds, target, given["workers"])
    return Plan(
        run=given["run_id"] or new_run_id(),
        command="generate",
        created_ms=now_ms(),
        start_ms=span.since_ms,
        lanes=lanes,
        rate=rate,
        duration_s=span.seconds,
        profile=given["profile"],
        workers=_workers_for(lanes, given["workers"], target),
        destination=target.destination,
        place=target.place,
        **events,
    )


def _check_disorder(disorder: DisorderOptions, kind: str) -> None:
    if kind != "jsonl" and (disorder.malformed or disorder.drift):
        raise UsageProblem(
            f"--malformed and --drift with --format {kind}: such events fit into no table",
            "leave --format out for lines of JSON",
        )


def _target(to: str, given: dict[str, Any], app: App) -> "Target":
    from clickgen.cli.embedded import BUCKET
    from clickgen.run.generate.targets import LAKE, find_target
    from clickgen.sink.aws import Access

    access = Access(given["region"], given["aws_profile"], given["endpoint_url"])
    # the home is this user's before anything is put into it
    home = app.prepared_home() if to == LAKE else app.home
    target = find_target(to, home.lake, BUCKET, access)
    for warning in target.warnings:
        say(f"warning: {warning}")
    return target


def _mean_rate(rate: float | None, events: int | None, span: TimeSpan) -> float:
    if rate is not None and events is not None:
        raise UsageProblem(
            "--rate and --events together", "the time and one of them give the other: leave one out"
        )
    if events is not None:
        return events / span.seconds
    return _DEFAULT_RATE if rate is None else rate


def _lanes_for(events: float, target: "Target", workers: int | None) -> int:
    """One for what is written in one go, else a power of two that grows with the events, one a worker at least."""
    if target.place is None:
        return 1
    lanes = 1
    while lanes < (workers or 1) or (lanes < _MOST_LANES and lanes * EVENTS_PER_LANE < events):
        lanes *= 2
    return lanes


def _workers_for(lanes: int, requested: int | None, target: "Target") -> int:
    if target.place is None:
        if requested is not None and requested > 1:
            raise UsageProblem(
                f"{requested} workers for one file: its lines are in the order of time",
                "leave --workers out, or name a folder, which gets an object an hour",
            )
        return 1
    return min(lanes, requested or os.cpu_count() or 1)


def span_of(since: int | None, until: int | None, duration: float | None, now: int) -> TimeSpan:
    """The time that events are to cover, from any two of its ends and its length; UsageProblem if there is none.

    All in Unix milliseconds, the duration in seconds. One end alone goes with now, or with the default length.
    """
    if since is not None and until is not None and duration is not None:
        raise UsageProblem("--since, --until and --duration together", "two of them say it all: leave one out")
    length = round((_DEFAULT_S if duration is None else duration) * 1000)
    if since is None:
        until = now if until is None else until
        since = until - length
    elif until is None:
        until = now if duration is None else since + length
    if until <= since:
        end = "now, since neither --until nor --duration says when" if until == now else "--until"
        raise UsageProblem(
            f"the events would end before they begin: the end is {end}", "give an end after --since"
        )
    return TimeSpan(since, until)
