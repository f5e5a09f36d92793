"""`clickgen send`: simulated visitors, at exactly the requested rate."""

import math
import secrets
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, pass_app
from clickgen.cli.delivery import deliver
from clickgen.cli.delivery_options import delivery_options, gather
from clickgen.cli.disorder import DisorderOptions, disorder_options
from clickgen.cli.help import LIMITS, TIME, TRAFFIC, command, under
from clickgen.cli.schedule import ScheduleOptions, schedule_options, timetable_of
from clickgen.cli.traffic import (
    chosen_traffic,
    events_of,
    lanes_option,
    named_profile,
    profile_option,
    schema_option,
    seed_option,
    traffic_model,
)
from clickgen.cli.types import COUNT, DURATION, INSTANT, RATE, was_given
from clickgen.model.errors import UsageProblem
from clickgen.pace.clock import now_ms

if TYPE_CHECKING:
    from clickgen.model.timetable import Spike, Stage, Timetable
    from clickgen.pace.schedule import Schedule

_EXAMPLES = """\b
Examples:
  clickgen send -r 500 -d 30s                     # into the embedded pipeline
  clickgen send -r max -n 1M --pack               # as fast as it goes
  clickgen send --stream clicks -r 2000/s -d 10m --max-usd 2
  clickgen send --pipeline examples/prime-day -d 30s
  clickgen send --stage 30s:500 --stage 2m:500 --spike 5x@1m+10s
  clickgen send --schedule day -r 200             # 200/s at the busiest hour
  clickgen send -d 1m --threshold 'lag_p99<5s' --threshold 'accepted>=99.9%'
  clickgen send --metrics prometheus:9464         # needs the extra prometheus
  clickgen send -p news --schema ga4 -r 200 -d 1m
  clickgen send -d 1m --late 2%:30s --duplicate 0.5% --drift price@30s
  clickgen send -d 10s --seed 7 --start 2026-01-01 --run-id 0a1b2c3d4e5f
"""


@command(epilog=_EXAMPLES)
@under(
    TRAFFIC,
    click.option(
        "-r",
        "--rate",
        type=RATE,
        default="500",
        show_default=True,
        help="Events a second, 30k/min, or max: as fast as it goes.",
    ),
)
@under(
    LIMITS,
    click.option("-d", "--duration", type=DURATION, help="Stop after this long: 30s, 5m, 2h."),
    click.option("-n", "--events", type=COUNT, help="Stop after this many events: 5000, 5k, 1e6."),
)
@profile_option
@schema_option
@schedule_options
@seed_option
@lanes_option
@under(
    TIME,
    click.option("--start", type=INSTANT, help="Time of the first second in the events.  [default: now]"),
)
@disorder_options
@delivery_options
@pass_app
def send(
    app: App,
    /,
    rate: float | None,
    duration: float | None,
    events: int | None,
    profile: str,
    schema: str | None,
    seed: int | None,
    start: int | None,
    lanes: int | None,
    stage: "tuple[Stage, ...]",
    schedule: str | None,
    spike: "tuple[Spike, ...]",
    **rest: Any,
) -> None:
    """Simulate visitors and send their events to Firehose, at exactly the requested rate.

    Without --stream the events flow through an embedded pipeline into HOME/lake. With --pipeline its file says
    which profile and schema they have, unless options do. Without --duration or --events it goes on until Ctrl-C,
    with --stage until the last stage ends. The same --seed, --start, --run-id and plan give the same bytes.
    """
    disorder = DisorderOptions.taken_from(rest)
    options = gather(rest, as_json=app.as_json, home=app.home_path)
    profile, schema = chosen_traffic(profile, schema, options.traffic)
    loaded = named_profile(profile)
    if duration is not None and duration <= 0:
        raise UsageProblem("--duration 0 sends nothing", "write 30s, 5m or 2h")
    from clickgen.model.destination import FirehoseDestination
    from clickgen.model.event_id import new_run_id
    from clickgen.model.plan import Plan
    from clickgen.run.fleet import lanes_for, workers_for

    seed = secrets.randbits(32) if seed is None else seed
    start_ms = now_ms() if start is None else start
    scheduled = ScheduleOptions(stage, schedule, spike, rate_given=was_given("rate"))
    timetable = timetable_of(scheduled, rate, duration, loaded, start_ms)
    due = _schedule(rate, timetable, start_ms)
    peak = None if due is None else due.peak
    lanes = lanes or lanes_for(peak, options.workers)
    model = traffic_model(loaded, seed)
    plan = Plan(
        run=options.run_id or new_run_id(),
        command="send",
        created_ms=now_ms(),
        start_ms=start_ms,
        lanes=lanes,
        rate=peak,
        timetable=timetable,
        planned=_planned(due, duration, events),
        duration_s=_duration(due, duration),
        seed=seed,
        profile=profile,
        **events_of(model, schema, disorder, duration),
        pack=options.pack,
        linger_s=options.linger,
        workers=workers_for(peak, lanes, options.workers),
        destination=FirehoseDestination(stream=options.stream or ""),
        pipeline=options.pipeline,
    )
    exit_with(deliver(app, plan, options, model, start_given=start is not None))


def _schedule(rate: float | None, timetable: "Timetable | None", start_ms: int) -> "Schedule | None":
    from clickgen.pace.schedule import ConstantRate
    from clickgen.pace.timetable import curve_of

    if timetable is not None:
        return curve_of(timetable, start_ms)
    return None if rate is None else ConstantRate(rate)


def _duration(schedule: "Schedule | None", duration: float | None) -> float | None:
    """When the run ends; None if time does not end it."""
    lasts = math.inf if schedule is None else schedule.length
    return duration if lasts == math.inf else min(lasts, lasts if duration is None else duration)


def _planned(schedule: "Schedule | None", duration: float | None, events: int | None) -> int | None:
    """How many events the limits allow, whichever comes first; None if only time or Ctrl-C ends the run."""
    ends = _duration(schedule, duration)
    if schedule is None or ends is None:
        return events
    due = schedule.expected(ends)
    if due == 0:
        raise UsageProblem(
            f"at up to {schedule.peak:g} events a second nothing is due within {ends:g} s",
            "raise the rate or --duration",
        )
    return due if events is None else min(due, events)
