"""The options of `replay` and `inspect` that say what is read and how."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from clickgen.cli.help import CHOICE, RECORDING, TIME, under
from clickgen.cli.types import COUNT, DURATION, MOMENT, NAMES, PERCENTAGE, RETIME, counting, options
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.recording import SourceAccess
    from clickgen.traffic.replay_look import Reading

MAX_COPIES = 1000  # of what is multiplied, far beyond any peak over a usual day


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How the sources are read."""

    time_field: tuple[str, ...]  # one field, or two that are joined
    zone: str | None  # of times that name none
    each: str | None  # where the events are inside objects
    redrive: bool  # whether Firehose error output is turned back into records
    separator: str | None  # of CSV
    columns: tuple[str, ...] | None  # of CSV without a header
    visitor_field: str | None
    from_region: str | None
    from_profile: str | None
    from_endpoint_url: str | None

    @property
    def reading(self) -> "Reading":
        """What the user said of the sources' forms."""
        from clickgen.read.formats.recognise import Given
        from clickgen.traffic.replay_look import Reading

        separator = {"tab": "\t", "\\t": "\t"}.get(self.separator or "", self.separator)
        if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
            raise UsageProblem(f"--separator {separator!r} is not one character", "write one, like ; or tab")
        return Reading(Given(separator, self.columns), self.each, self.redrive)

    @property
    def access(self) -> "SourceAccess":
        """How to reach sources in AWS."""
        from clickgen.model.recording import SourceAccess

        return SourceAccess(
            region=self.from_region, aws_profile=self.from_profile, endpoint_url=self.from_endpoint_url
        )

    @property
    def named_time(self) -> str | None:
        """The time field that was given, two as they are joined."""
        from clickgen.traffic.event_time import JOINED

        return JOINED.join(self.time_field) or None


@dataclass(frozen=True, slots=True)
class ChoiceOptions:
    """Which events are replayed, and when."""

    since: int | None  # Unix ms
    until: int | None  # the same
    where: str | None
    sample: float | None  # a share of the visitors
    limit: int | None
    loop: int
    multiply: int
    jitter: float  # seconds
    drop: tuple[str, ...]
    pseudonymise: tuple[str, ...]
    retime: int | None  # Unix ms, 0 for now, or None if times are kept
    max_gap: float | None  # seconds
    reorder_window: float | None  # seconds, or None for the usual window
    sort: bool
    ordered: bool


reading_options = under(
    RECORDING,
    click.option(
        "--time-field",
        metavar="FIELD",
        multiple=True,
        help="Field that holds the time, dots for nesting; twice for a date and a time of day.  [default: found]",
    ),
    click.option(
        "--zone", metavar="ZONE", help="Time zone of times that name none, like Europe/Berlin.  [default: UTC]"
    ),
    click.option("--each", metavar="PATH", help="Where the events are inside each object: Records, batch, data."),
    click.option("--redrive", is_flag=True, help="Read the records that Firehose put into its error output."),
    click.option(
        "--separator", metavar="SIGN", help="What separates cells of CSV; tab for a tab.  [default: seen]"
    ),
    click.option("--columns", type=NAMES, help="Names of the columns of CSV.  [default: its header]"),
    click.option(
        "--visitor-field", metavar="FIELD", help="Field that says who it was, dots for nesting.  [default: found]"
    ),
    click.option("--from-region", metavar="NAME", help="AWS region of s3:// and kinesis: sources."),
    click.option("--from-profile", metavar="NAME", help="Profile of the AWS configuration to read with."),
    click.option("--from-endpoint-url", metavar="URL", help="Read from this endpoint instead of AWS."),
)

_which = under(
    CHOICE,
    click.option("--since", type=MOMENT, help="Leave out events before this time."),
    click.option("--until", type=MOMENT, help="Leave out events from this time on."),
    click.option(
        "--where", metavar="SQL", help="Send only events that satisfy this SQL condition: \"country = 'US'\"."
    ),
    click.option("--sample", type=PERCENTAGE, help="Replay only this share of the visitors, each whole."),
    click.option("-n", "--limit", type=COUNT, help="Send at most this many events."),
    click.option(
        "--loop",
        type=COUNT,
        default=1,
        help="Replay this many times, with new visitors, sessions and ids, and times that go on.",
    ),
    click.option(
        "--multiply",
        type=counting(1, MAX_COPIES),
        default=1,
        help="Replay this many copies at once: the first as it is, others with new visitors, sessions and ids.",
    ),
    click.option(
        "--jitter",
        type=DURATION,
        default="60s",
        show_default=True,
        help="Move each visitor of a copy by a time of its own, within this; up to 1h.",
    ),
    click.option(
        "--drop", multiple=True, metavar="FIELD", help="Leave a field out, dots for nesting. Repeatable."
    ),
    click.option(
        "--pseudonymise",
        multiple=True,
        metavar="FIELD",
        help="Replace the values of a field by pseudonyms. The key is made for each run, and kept in its folder; "
        "set CLICKGEN_PSEUDONYM_KEY for the same pseudonyms in several. Repeatable.",
    ),
)

_when = under(
    TIME,
    click.option(
        "--retime",
        type=RETIME,
        help="Move the events' times so that the first is now, or at a given time.  [default: keep]",
    ),
    click.option("--max-gap", type=DURATION, help="Shorten longer gaps between events to this."),
    click.option(
        "--reorder-window",
        type=DURATION,
        help="Put events in order that are up to this late; later ones leave at once.  [default: 10m]",
    ),
    click.option("--sort", is_flag=True, help="Sort all events by time first, on the disk."),
    click.option("--ordered", is_flag=True, help="A visitor's events never overtake one another."),
)

choice_options = options(_which, _when)
