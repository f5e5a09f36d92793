"""`clickgen replay`: recorded events, timed as recorded, faster, or at a rate."""

import os
from typing import Any

import click

from clickgen.cli.app import App, exit_with, pass_app, say
from clickgen.cli.delivery import deliver
from clickgen.cli.delivery_options import delivery_options, gather
from clickgen.cli.types import RATE, Finite, was_given
from clickgen.model.errors import UsageProblem
from clickgen.pace.clock import now_ms

_ID_FIELD = "clickgen_id"
_EXAMPLES = """\b
Examples:
  clickgen replay clicks.jsonl                     # timed as recorded
  clickgen replay 2026/11/21/10/* --speed 10       # Firehose objects, ten times as fast
  clickgen replay clicks.json.gz --rate 1000       # at a rate, whatever the times
  clickgen replay clicks.json.gz --rate max        # as fast as it goes
  clickgen replay clicks.jsonl --threshold 'rejected==0' --threshold 'skipped==0'
  kubectl logs shop | clickgen replay - --stream clicks --skip-bad
"""


@click.command(epilog=_EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--speed", type=Finite(min=0, min_open=True), help="So many times as fast as recorded.")
@click.option("--rate", type=RATE, help="Events a second, or max, whatever the times.")
@click.option("--time-field", help="Field that holds the event's time, dots for nesting.  [default: found]")
@click.option("--id-field", default=_ID_FIELD, show_default=True, help="Field for clickgen's event id.")
@click.option("--skip-bad", is_flag=True, help="Exit 0 although something in the files was not a JSON object.")
@delivery_options
@pass_app
def replay(
    app: App,
    /,
    files: tuple[str, ...],
    speed: float | None,
    rate: float | None,
    time_field: str | None,
    id_field: str,
    skip_bad: bool,
    **delivery: Any,
) -> None:
    """Send recorded events: JSON objects, one a line, joined or pretty-printed, plain or gzip.

    A FILE of - is standard input. Each event gets clickgen's id as its first field and stays as it is
    otherwise. What is not a JSON object goes to skipped.jsonl in the run's folder.
    """
    options = gather(delivery, as_json=app.as_json, home=app.home_path)
    as_recorded = not was_given("rate")
    if speed is not None and not as_recorded:
        raise UsageProblem("--speed and --rate together", "--rate ignores the recorded times: give one of them")
    if not id_field or any(sign in id_field for sign in '"\\') or not id_field.isprintable():
        raise UsageProblem(
            f"--id-field {id_field!r} is not the name of a field", "write a plain name like clickgen_id"
        )
    from clickgen.model.destination import FirehoseDestination
    from clickgen.model.event_id import new_run_id
    from clickgen.model.plan import Plan
    from clickgen.traffic.replay import plan_lanes
    from clickgen.traffic.replay_files import check_sources, is_live

    check_sources(files)
    if id_field != _ID_FIELD:
        _check_id_field(files, id_field)
    ranges = plan_lanes(files, at_rate=rate is not None)
    workers = 1 if as_recorded or rate is not None else os.cpu_count() or 1
    timed_by, origin_ms = _find_times(files, ranges, time_field) if as_recorded else (None, None)
    plan = Plan(
        run=options.run_id or new_run_id(),
        command="replay",
        created_ms=now_ms(),
        start_ms=now_ms(),
        lanes=len(ranges),
        rate=rate,
        sources=files,
        speed=speed or 1.0,
        full_speed=rate is None and not as_recorded,
        time_field=timed_by,
        origin_ms=origin_ms,
        id_field=id_field,
        pack=options.pack,
        linger_s=options.linger,
        # what can be read only once is read in this process, by one worker
        workers=1 if any(is_live(path) for path in files) else min(options.workers or workers, len(ranges)),
        destination=FirehoseDestination(stream=options.stream or ""),
    )
    exit_with(deliver(app, plan, options, tolerate_skipped=skip_bad))


def _check_id_field(files: tuple[str, ...], id_field: str) -> None:
    """Refuse a field that the events use for something else, which the id would replace."""
    from clickgen.model.event_id import parse_id
    from clickgen.traffic.replay_files import first_events

    for file in files:
        for event in first_events(file):
            if id_field in event and parse_id(str(event[id_field]).encode("utf-8", "replace")) is None:
                raise UsageProblem(
                    f"the events of {file} have a field {id_field!r} of their own, which the id would replace",
                    "give another --id-field",
                )


def _find_times(
    files: tuple[str, ...], ranges: list[tuple[str, ...]], given: str | None
) -> tuple[str | None, float | None]:
    """The field that holds the events' times, and the earliest first time in Unix ms; says what it found."""
    from clickgen.traffic.recorded_times import look_at_times
    from clickgen.traffic.replay_files import STDIN, choose_time_field, first_time_ms
    from clickgen.view.progress import time_warnings

    if STDIN in files:
        return given, None
    field = choose_time_field(files, given)
    if field.seen == 0:
        say(
            "warning: no event time found, so everything is due at once; name the field with --time-field, "
            "or pace it with --rate"
        )
        return given, None
    say(f"event time: {field.name}, in {field.seen:,} of the first {field.of:,} events")
    for warning in time_warnings(look_at_times(ranges, field.name), field.name):
        say(f"warning: {warning}")
    firsts = [first for paths in ranges if (first := first_time_ms(paths, field.name)) is not None]
    return field.name, min(firsts, default=None)
