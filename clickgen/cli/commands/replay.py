"""`clickgen replay`: recorded events, timed as recorded, faster, or at a rate."""

import os
from contextlib import ExitStack
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, pass_app, say
from clickgen.cli.delivery import Work, deliver
from clickgen.cli.delivery_options import DeliveryOptions, delivery_options, gather
from clickgen.cli.help import RECORDING, TIME, command, under
from clickgen.cli.replay_options import ChoiceOptions, ReadingOptions, choice_options, reading_options
from clickgen.cli.schedule import STAGE
from clickgen.cli.types import RATE, Finite, was_given
from clickgen.model.errors import UsageProblem
from clickgen.pace.clock import now_ms

if TYPE_CHECKING:
    from clickgen.cli.replay_plan import Pace, Settled
    from clickgen.model.plan import Plan
    from clickgen.model.timetable import Stage, Timetable
    from clickgen.traffic.replay_look import Looked

_ID_FIELD = "clickgen_id"
_FOREVER_S = 1e9
_EXAMPLES = """\b
Examples:
  clickgen replay clicks.jsonl                   # timed as recorded
  clickgen replay 2026/11/21/ --speed 10         # a folder, ten times as fast
  clickgen replay s3://lake/clicks/2026/11/21/ --stream clicks
  clickgen replay shop.csv.gz --sort --retime now  # its times begin now
  clickgen replay clicks.json.gz -r max          # as fast as it goes
  clickgen replay s3://lake/errors/ --redrive -r 500 --stream clicks
  kubectl logs shop | clickgen replay - --stream clicks --skip-bad
"""


@command(epilog=_EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@under(
    TIME,
    click.option(
        "--speed",
        metavar="FACTOR",
        type=Finite(min=0, min_open=True),
        help="This many times as fast as recorded: 10, 0.5.",
    ),
    click.option("-r", "--rate", type=RATE, help="Events per second, or max, whatever the recorded times."),
    click.option(
        "--stage", type=STAGE, multiple=True, help="Ramp to a rate in a straight line: 2m:500. Repeatable."
    ),
)
@reading_options
@choice_options
@under(
    RECORDING,
    click.option(
        "--id-field",
        metavar="FIELD",
        default=_ID_FIELD,
        show_default=True,
        help="Field for clickgen's event id.",
    ),
    click.option("--skip-bad", is_flag=True, help="Exit 0 although something in the files was not an event."),
)
@delivery_options
@pass_app
def replay(
    app: App,
    /,
    files: tuple[str, ...],
    speed: float | None,
    rate: float | None,
    stage: "tuple[Stage, ...]",
    id_field: str,
    skip_bad: bool,
    **others: Any,
) -> None:
    """Send recorded events: JSON, CSV, server logs or Parquet, plain or compressed.

    A FILE is a file, a folder, a pattern, s3://BUCKET/PREFIX, kinesis:STREAM, or - for standard input. Each event
    gets clickgen's id as its first field and stays as it is otherwise; rows become JSON objects. What is not an
    event goes to skipped.jsonl in the run's folder.
    """
    reading = ReadingOptions(**{field.name: others.pop(field.name) for field in fields(ReadingOptions)})
    choice = ChoiceOptions(**{field.name: others.pop(field.name) for field in fields(ChoiceOptions)})
    options = gather(others, as_json=app.as_json, home=app.home_path)
    _check(speed, stage, id_field, reading)
    from clickgen.cli.replay_plan import Pace, Settling
    from clickgen.cli.replay_privacy import check_hiding, personal_warning
    from clickgen.cli.replay_spool import plan_of_spool, spooled
    from clickgen.feed.sources import find_sources, opener_of
    from clickgen.model.recording import Recording
    from clickgen.traffic.replay_look import look_into

    names = find_sources(files, reading.access)
    open_source = opener_of(Recording(access=reading.access, since_ms=choice.since))
    looked = look_into(names, reading.reading, found={*names} - {*files}, open_source=open_source)
    _say_what_they_are(names, looked, reading)
    if id_field != _ID_FIELD:
        _check_id_field(looked, id_field)
    names = looked.leave_out_unread(names)
    timetable = _timetable(stage, rate if was_given("rate") else None)
    pace = Pace(
        as_recorded=not was_given("rate") and timetable is None,
        at_rate=rate is not None or timetable is not None,
        speed=speed or 1.0,
    )
    check_hiding(choice, looked.events)
    settled = Settling(names, looked, reading, choice, pace, open_source).settle(id_field)
    plan = _plan(options, names, choice, settled, pace, timetable, rate, id_field)
    with ExitStack() as stack:
        spool = stack.enter_context(spooled(app, plan, settled, open_source)) if settled.spooled else None
        work = Work(
            start_given=bool(choice.retime),
            recording=spool,
            unread=len(looked.unread),
            elsewhere=personal_warning(choice, looked.events),
            tolerate_skipped=skip_bad,
        )
        exit_with(
            deliver(app, plan if spool is None else plan_of_spool(plan, spool, sort=settled.sort), options, work)
        )


def _plan(
    options: DeliveryOptions,
    names: list[str],
    choice: ChoiceOptions,
    settled: "Settled",
    pace: "Pace",
    timetable: "Timetable | None",
    rate: float | None,
    id_field: str,
) -> "Plan":
    """The plan of the replay, as it was settled."""
    from clickgen.model.destination import FirehoseDestination
    from clickgen.model.event_id import new_run_id
    from clickgen.model.plan import Plan
    from clickgen.traffic.replay_files import is_live

    return Plan(
        run=options.run_id or new_run_id(),
        command="replay",
        created_ms=now_ms(),
        start_ms=choice.retime or now_ms(),
        lanes=settled.lanes,
        rate=rate if timetable is None else max(point.rate for point in timetable.stages),
        timetable=timetable,
        sources=tuple(names),
        recording=settled.recording,
        speed=pace.speed,
        full_speed=not pace.as_recorded and not pace.at_rate,
        time_field=settled.time_field,
        origin_ms=settled.origin_ms,
        id_field=id_field,
        visitor_field=settled.recording.visitor_field if choice.ordered else None,
        pack=options.pack,
        linger_s=options.linger,
        # what can be read only once is read in this process, by one worker
        workers=1 if any(map(is_live, names)) else _workers(options.workers, pace, settled.lanes),
        destination=FirehoseDestination(stream=options.stream or ""),
        pipeline=options.pipeline,
    )


def _workers(requested: int | None, pace: "Pace", lanes: int) -> int:
    """How many workers; says so if the recording has less for them to do than was requested."""
    if requested is not None and requested > lanes:
        say(f"--workers {requested}: only {lanes} can read this recording at once")
    # as many as there are processors if nothing but the speed of reading matters
    default = 1 if pace.as_recorded or pace.at_rate else os.cpu_count() or 1
    return min(requested or default, lanes)


def _check(speed: float | None, stage: "tuple[Stage, ...]", id_field: str, reading: ReadingOptions) -> None:
    """UsageProblem for options that cannot go together, or mean nothing."""
    if speed is not None and (was_given("rate") or stage):
        other = "--rate" if was_given("rate") else "--stage"
        raise UsageProblem(
            f"--speed and {other} together", f"{other} ignores the recorded times: give one of them"
        )
    if not id_field or any(sign in id_field for sign in '"\\') or not id_field.isprintable():
        raise UsageProblem(
            f"--id-field {id_field!r} is not the name of a field", "write a plain name like clickgen_id"
        )
    if len(reading.time_field) > 2:
        raise UsageProblem(
            f"--time-field {len(reading.time_field)} times", "give one field, or two: a date and a time of day"
        )
    if reading.redrive and reading.each is not None:
        raise UsageProblem("--redrive and --each together", "--redrive takes the records from rawData: give one")
    if reading.zone is not None:
        from clickgen.model.zones import check_zone

        check_zone(reading.zone)


def _timetable(stages: "tuple[Stage, ...]", rate: float | None) -> "Timetable | None":
    """The timetable of the stages; behind the last one its rate goes on, until everything is sent."""
    from clickgen.model.timetable import Stage, Timetable

    if not stages:
        return None
    if not stages[-1].rate:
        raise UsageProblem(
            "the last --stage goes to 0 events a second, so that a replay would not end",
            "let it end at a rate over 0",
        )
    return Timetable(rate=rate or 0.0, stages=(*stages, Stage(seconds=_FOREVER_S, rate=stages[-1].rate)))


def _say_what_they_are(names: list[str], looked: "Looked", reading: ReadingOptions) -> None:
    """What the sources are written in, if that is not plain, what is unwrapped, and what is not read."""
    kinds = list(
        dict.fromkeys(
            form.name for name, form in zip(names, looked.forms, strict=True) if name not in looked.unread
        )
    )
    if len(names) > 1 or kinds != ["JSON objects"]:
        where = names[0] if len(names) == 1 else f"{len(names):,} sources"
        say(f"reading {where}: {', '.join(kinds)}")
    for name, why in looked.unread.items():
        say(f"warning: not read: {name}: {why}")
    each = next((form.each for form in looked.forms if form.each is not None), None)
    wrapper = looked.wrapper
    if each is not None:
        as_it_is = (
            "; --each . sends the objects themselves" if reading.each is None and not reading.redrive else ""
        )
        known = f"{wrapper.name}: " if wrapper is not None and wrapper.each == each else ""
        say(f"unwrapping: {known}the events are at {each}{as_it_is}")
    elif wrapper is not None and reading.each is None:
        option = "--redrive" if wrapper.each == "rawData" else f"--each {wrapper.each}"
        say(f"warning: each object is {wrapper.name} and sent as one event; {option} sends what is inside")


def _check_id_field(looked: "Looked", id_field: str) -> None:
    """Refuse a field that the events use for something else, which the id would replace."""
    from clickgen.model.event_id import parse_id

    for event in looked.events:
        if id_field in event and parse_id(str(event[id_field]).encode("utf-8", "replace")) is None:
            raise UsageProblem(
                f"the events have a field {id_field!r} of their own, which the id would replace",
                "give another --id-field",
            )
