"""`clickgen send`: simulated visitors, at exactly the requested rate."""

import secrets
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, pass_app
from clickgen.cli.delivery import Work, deliver
from clickgen.cli.delivery_options import delivery_options, gather
from clickgen.cli.disorder import DisorderOptions, disorder_options
from clickgen.cli.help import LIMITS, TIME, TRAFFIC, command, under
from clickgen.cli.schedule import ScheduleOptions, schedule_options
from clickgen.cli.timing import Limits, duration_of, planned_of, time_scale_option, timing_of
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
    from clickgen.model.timetable import Spike, Stage

_EXAMPLES = """\b
Examples:
  clickgen send -r 500 -d 30s                     # into the embedded pipeline
  clickgen send -r max -n 1M --pack               # as fast as it goes
  clickgen send --stream clicks -r 2000/s -d 10m --max-usd 2
  clickgen send --pipeline examples/prime-day -d 30s
  clickgen send --stage 30s:500 --stage 2m:500 --spike 5x@1m+10s
  clickgen send --schedule day -r 200             # 200/s at the busiest hour
  clickgen send -d 30s --time-scale 60            # half an hour of visits
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
        help="Events per second (500, 5k), 30k/min, or max: as fast as it goes.",
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
    click.option(
        "--start",
        type=INSTANT,
        help="Time of the first second in the events.  [default: now, or so that they end now]",
    ),
    time_scale_option,
)
@disorder_options
@delivery_options
@pass_app
def send(
    app: App,
    /,
    *,
    rate: float | None,
    duration: float | None,
    events: int | None,
    profile: str,
    schema: str | None,
    seed: int | None,
    start: int | None,
    lanes: int | None,
    time_scale: float,
    stage: "tuple[Stage, ...]",
    schedule: str | None,
    spike: "tuple[Spike, ...]",
    **rest: Any,
) -> None:
    """Simulate visitors and send their events to Firehose, at exactly the requested rate.

    Without --stream the events flow through an embedded pipeline into HOME/lake. With --pipeline its file says
    which profile and schema they have, unless options do. Without --duration or --events it goes on until Ctrl-C,
    with --stage until the last stage ends. The same --seed, --start, --run-id and plan give the same bytes.

    Events happen when they are due. At --rate max they happen within the last day, so that visits are whole. With
    --time-scale their time passes faster; it reaches the present at the end of the run, if that end is known.
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
    from clickgen.run.division import lanes_for, workers_for

    seed = secrets.randbits(32) if seed is None else seed
    scheduled = ScheduleOptions(stage, schedule, spike, rate_given=was_given("rate"))
    limits = Limits(duration, events)
    timing = timing_of(scheduled, rate, limits, loaded, start=start, now=now_ms(), time_scale=time_scale)
    peak = None if timing.due is None else timing.due.peak
    lanes = lanes or lanes_for(peak, options.workers, events)
    model = traffic_model(loaded, seed)
    plan = Plan(
        run=options.run_id or new_run_id(),
        command="send",
        created_ms=now_ms(),
        start_ms=timing.start_ms,
        lanes=lanes,
        rate=peak,
        timetable=timing.timetable,
        time_scale=time_scale,
        natural=timing.natural,
        planned=planned_of(timing.due, limits),
        duration_s=duration_of(timing.due, duration),
        seed=seed,
        profile=profile,
        **events_of(model, schema, disorder, duration),
        pack=options.pack,
        linger_s=options.linger,
        workers=workers_for(peak, lanes, options.workers),
        destination=FirehoseDestination(stream=options.stream or ""),
        pipeline=options.pipeline,
    )
    exit_with(deliver(app, plan, options, Work(model=model, start_given=timing.settled)))
