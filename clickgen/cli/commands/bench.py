"""`clickgen bench`: the benchmarks of record."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.bench.ways import LEARN_WAYS, NAMES, PARQUET, REPLAY_WAYS, VERIFY_NAMES, with_needed
from clickgen.cli.app import App, home_option, json_option, pass_app, say
from clickgen.cli.completing import complete_profile, complete_schema
from clickgen.cli.groups import group
from clickgen.cli.types import COUNT, counting, names_of

if TYPE_CHECKING:
    from clickgen.view.console import Console

_SEND_EXAMPLES = """\b
Examples:
  clickgen bench send                        # all of it, about three minutes
  clickgen bench send --only baseline,packed --rounds 1
  clickgen bench send --events 20M --rounds 1  # start-up is a few percent
  clickgen bench send --json | jq .packed.ratio
"""

_EXAMPLES = """\b
Examples:
  clickgen bench send      # clickgen against a plain boto3 loop
  clickgen bench send --json
  clickgen bench replay clicks.jsonl  # a recording of yours, the same
  clickgen bench generate --profile shop  # against Faker and mimesis
  clickgen bench verify    # against DuckDB and a loop over json.loads
  clickgen bench learn     # reading recordings, against the same loop
"""

_GENERATE_EXAMPLES = """\b
Examples:
  clickgen bench generate  # every profile in every schema, about two minutes
  clickgen bench generate --profile shop --schema flat --rounds 5
  clickgen bench generate --json | jq '."shop/flat".ratio_faker'
"""


_VERIFY_EXAMPLES = """\b
Examples:
  clickgen bench verify  # ten million events, some minutes and 1 GB of disk
  clickgen bench verify --events 1000000 --only gzip_ids,gzip_content
  clickgen bench verify --json | jq .gzip_content.events_per_second
"""

_REPLAY_EXAMPLES = """\b
Examples:
  clickgen bench replay    # a million events of the shop: two minutes
  clickgen bench replay clicks.jsonl --rounds 5
  clickgen bench replay --only loop,packed --json | jq .packed.ratio
"""

_LEARN_EXAMPLES = """\b
Examples:
  clickgen bench learn     # a million events in four forms: some minutes
  clickgen bench learn --only loop,json,csv --rounds 1
  clickgen bench learn --json | jq .json.ratio
"""


@group(epilog=_EXAMPLES)
def bench() -> None:
    """Measure what clickgen costs on this machine, against the ordinary way of doing it."""


@bench.command(epilog=_SEND_EXAMPLES, short_help="Sending against a plain boto3 loop.")
@click.option(
    "-n",
    "--events",
    type=COUNT,
    default=2_000_000,
    show_default=True,
    help="Events of a packed run; an unpacked one has half, the baseline a tenth, two workers twice as many.",
)
@click.option("--rounds", type=COUNT, default=3, show_default=True, help="Turns of each.")
@click.option(
    "--only", type=names_of(NAMES), help=f"Names joined by commas, of: {', '.join(NAMES)}.  [default: all]"
)
@home_option
@json_option()
@pass_app
def send(app: App, /, events: int, rounds: int, only: tuple[str, ...] | None) -> None:
    """Compare `clickgen send --rate max` with a loop of put_record_batch over prepared dicts.

    Both send events of the shop profile, each with an id of its own, 500 records a call at most, to a stub in a
    process of its own that parses every call, gives each record an id, and counts what it received. All run in
    turn, round by round; figures are medians. The CPU time is user and system time of all processes of the
    client. Of clickgen it is the whole command, start-up included; of the baseline it is the loop alone, with
    its dicts and ids prepared. The longer the runs (--events), the smaller the part of start-up: its share is
    shown, and the figures with a run of a few events taken out.

    By stage: the stations of the line are timed apart, one after another in one thread of a worker's process, by
    its CPU clock; the parent's time comes from /proc, and start-up is a run of a few events.
    """
    from clickgen.bench.figures import figures
    from clickgen.bench.send import measure
    from clickgen.view.bench import bench_lines

    measured = measure(with_needed(only or NAMES), events, rounds, app.home, say)
    found = figures(measured)
    app.print_result(lambda: found, lambda console: _print_lines(console, bench_lines(found)), only_json=True)


@bench.command(epilog=_REPLAY_EXAMPLES, short_help="Replaying against plain boto3 loops.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "-n",
    "--events",
    type=counting(1000),
    default=1_000_000,
    show_default=True,
    help="About so many events in the recording that is made if no FILE is named.",
)
@click.option("--rounds", type=COUNT, default=3, show_default=True, help="Turns of each.")
@click.option(
    "--only",
    type=names_of(tuple(REPLAY_WAYS)),
    help=f"Names joined by commas, of: {', '.join(REPLAY_WAYS)}.  [default: all]",
)
@home_option
@json_option()
@pass_app
def replay(app: App, /, file: Path | None, events: int, rounds: int, only: tuple[str, ...] | None) -> None:
    """Compare `clickgen replay --rate max` with loops that read lines and call put_record_batch.

    FILE is a recording of one JSON event a line. The first loop sends each line as it is; the second, with ids,
    parses each and gives it an id, as a script must that wants to know what arrived. Both send 500 records a call
    to the same stub as clickgen does, and a fifth of the recording. What was received must be what was claimed.

    The CPU time is user and system time of all processes of the client: of clickgen the whole command, and with
    start-up, a replay of 500 events, taken out; of the loops the loop alone. Figures are medians of the rounds,
    ratios are within a round.
    """
    from clickgen.bench.replay import measure
    from clickgen.bench.replay_figures import replay_figures
    from clickgen.view.bench import replay_lines

    names = tuple(name for name in REPLAY_WAYS if only is None or name in only)
    found = replay_figures(measure(names, file, events, rounds, app.home, say))
    app.print_result(lambda: found, lambda console: _print_lines(console, replay_lines(found)), only_json=True)


@bench.command(epilog=_GENERATE_EXAMPLES, short_help="Making events against Faker and mimesis.")
@click.option(
    "-p",
    "--profile",
    "profiles",
    metavar="NAME|FILE",
    multiple=True,
    shell_complete=complete_profile,
    help="Profile to measure. Repeatable.  [default: all]",
)
@click.option(
    "--schema",
    "schemas",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_schema,
    help="Schema to measure. Repeatable.  [default: all]",
)
@click.option("-n", "--events", type=COUNT, default=200_000, show_default=True, help="Events of each turn.")
@click.option("--rounds", type=COUNT, default=3, show_default=True, help="Turns of each.")
@json_option()
@pass_app
def generate(app: App, /, profiles: tuple[str, ...], schemas: tuple[str, ...], events: int, rounds: int) -> None:
    """Compare how clickgen makes events with loops over Faker and mimesis and json.dumps.

    What is timed of clickgen is one lane, by the CPU clock of one process: simulation, encoding, unique ids with
    their checks. The loops make an event with the fields of a flat one. Figures are medians of the rounds.
    """
    from clickgen.bench.generate import measure, pairs
    from clickgen.cli.traffic import named_profile
    from clickgen.model.installation import hint_for, missing
    from clickgen.schema.registry import schema_named
    from clickgen.view.bench import generate_lines

    for name in profiles:
        named_profile(name)
    for name in schemas:
        schema_named(name)
    if missing("mimesis"):
        say(f"mimesis is not installed, so nothing is compared with it: {hint_for('mimesis')}")
    found = measure(pairs(profiles or None, schemas or None), events, rounds, say)
    app.print_result(lambda: found, lambda console: _print_lines(console, generate_lines(found)), only_json=True)


@bench.command(epilog=_VERIFY_EXAMPLES, short_help="Verifying against DuckDB and a json loop.")
@click.option(
    "-n", "--events", type=counting(1000), default=10_000_000, show_default=True, help="Events in the objects."
)
@click.option("--rounds", type=COUNT, default=3, show_default=True, help="Turns of each.")
@click.option(
    "--only",
    type=names_of(VERIFY_NAMES),
    help=f"Names joined by commas, of: {', '.join(VERIFY_NAMES)}.  [default: all]",
)
@home_option
@json_option()
@pass_app
def verify(app: App, /, events: int, rounds: int, only: tuple[str, ...] | None) -> None:
    """Measure `clickgen verify` over gzip objects as Firehose makes them, in as many processes as there are cores.

    The objects hold about --events events of the shop profile and are made first. Events a second are of wall
    time, without start-up, which is a verification of 500 events. In the same round DuckDB's read_json reads the
    ids of the same objects in as many threads, and one loop over json.loads the first 200,000; both check nothing.
    The second look is one that finds what the first has kept. Figures are medians of the rounds.

    The union is of what a billion events leave in the sets of a thousand objects; it needs 300 MB of memory.
    """
    from clickgen.bench.verify import measure
    from clickgen.bench.verify_figures import verify_figures
    from clickgen.model.installation import hint_for, missing, require
    from clickgen.view.bench import verify_lines

    names = only or VERIFY_NAMES
    if PARQUET in names:
        without = ",".join(name for name in names if name != PARQUET)
        require("measuring Parquet", "duckdb", otherwise=f"or leave it out: --only {without}" if without else "")
    elif missing("duckdb"):
        say(f"DuckDB is not installed, so nothing is compared with it: {hint_for('duckdb')}")
    measured = measure(names, events, rounds, app.home, say)
    found = verify_figures(measured)
    app.print_result(lambda: found, lambda console: _print_lines(console, verify_lines(found)), only_json=True)


@bench.command(epilog=_LEARN_EXAMPLES, short_help="Reading recordings against a json loop.")
@click.option(
    "-n", "--events", type=counting(1000), default=1_000_000, show_default=True, help="Events in each recording."
)
@click.option("--rounds", type=COUNT, default=3, show_default=True, help="Turns of each.")
@click.option(
    "--only",
    type=names_of(tuple(LEARN_WAYS)),
    help=f"Names joined by commas, of: {', '.join(LEARN_WAYS)}.  [default: all]",
)
@home_option
@json_option()
@pass_app
def learn(app: App, /, events: int, rounds: int, only: tuple[str, ...] | None) -> None:
    """Compare how `clickgen learn` reads recordings with a loop over json.loads that keeps nothing.

    The recordings hold about --events events of the shop profile and are made first: JSON lines, the same
    compressed, CSV, and a combined access log. What is timed is reading alone, by the CPU clock of one process:
    finding out the form and the fields, and making columns of times, visitors, pages, items and devices. `whole`
    is the command `clickgen learn` over the JSON lines, with start-up and all that is learned.

    Figures are medians of the rounds, ratios are within a round.
    """
    from clickgen.bench.learn import learn_figures, measure
    from clickgen.view.bench import learn_lines

    names = tuple(name for name in LEARN_WAYS if only is None or name in only)
    found = learn_figures(measure(names, events, rounds, app.home, say))
    app.print_result(lambda: found, lambda console: _print_lines(console, learn_lines(found)), only_json=True)


def _print_lines(console: "Console", lines: Iterable[str]) -> None:
    console.print("\n".join(lines), soft_wrap=True)
