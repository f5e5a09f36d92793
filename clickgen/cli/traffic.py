"""Simulated traffic for a run: its profile, and what a plan says of the events."""

from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.aws_profiles import aws_profile_names
from clickgen.cli.completing import complete_profile, complete_schema
from clickgen.cli.disorder import DisorderOptions, check_drift, disorder_of
from clickgen.cli.help import TRAFFIC, under
from clickgen.cli.types import LANES, Parsed, was_given
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.pipeline.traffic import Traffic
    from clickgen.profile.model import Profile
    from clickgen.run.session import TrafficModel

_MOST_SEEDS = 2**63


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < _MOST_SEEDS):
        raise ValueError(f"{text!r} is not a seed; write a whole number under 2^63, such as 7")
    return int(text)


profile_option = under(
    TRAFFIC,
    click.option(
        "-p",
        "--profile",
        default="shop",
        show_default=True,
        metavar="NAME|FILE",
        shell_complete=complete_profile,
        help="Traffic profile: its name, or a TOML file.",
    ),
)
schema_option = under(
    TRAFFIC,
    click.option(
        "--schema",
        metavar="NAME",
        shell_complete=complete_schema,
        help="What events look like: flat, ga4, snowplow, segment, …  [default: the profile's]",
    ),
)
seed_option = under(
    TRAFFIC, click.option("--seed", type=Parsed("number", _seed), help="Seed of the traffic.  [default: drawn]")
)
lanes_option = under(
    TRAFFIC,
    click.option(
        "--lanes",
        type=LANES,
        help="Independent slices of the visitors; with another number the same seed gives other events."
        "  [default: as the rate and --workers need]",
    ),
)


def chosen_traffic(profile: str, schema: str | None, traffic: "Traffic | None") -> tuple[str, str | None]:
    """The profile and the schema: those of the options, else those that the file of the pipeline names."""
    if traffic is None:
        return profile, schema
    if traffic.profile is not None and not was_given("profile"):
        profile = traffic.profile
    return profile, schema or traffic.schema_name


def named_profile(name: str) -> "Profile":
    """A profile by its name or its file; UsageProblem if there is none, with what may have been meant."""
    from clickgen.profile.load import load_profile
    from clickgen.schema.registry import events_problems

    try:
        return load_profile(name, events_problems)
    except UsageProblem as problem:
        if name in aws_profile_names():
            raise UsageProblem(
                problem.message, f"{name!r} is an AWS profile: did you mean --aws-profile?"
            ) from problem
        raise


def traffic_model(profile: "Profile", seed: int) -> "TrafficModel":
    """What the traffic of a run with that seed is drawn from."""
    from clickgen.profile.tables import draw_tables
    from clickgen.run.session import TrafficModel

    return TrafficModel(profile, draw_tables(profile, seed))


def events_of(
    model: "TrafficModel", schema: str | None, given: DisorderOptions, duration: float | None
) -> dict[str, Any]:
    """What a plan says of the events: their schema, the field of their id, and the disorder planted among them.

    duration: seconds that they last, None if that is not known. UsageProblem if there is no such schema, or if
    what is to be planted has no place in it.
    """
    from clickgen.feed.layouts import id_field_of, visitor_field_of
    from clickgen.schema.registry import layout_of
    from clickgen.schema.samples import sample_events
    from clickgen.traffic.simulation import vocabulary_of

    profile = model.profile
    chosen = schema or profile.fields or profile.schema_name or "flat"
    disorder = disorder_of(given, duration)
    if disorder is not None and disorder.drift:
        vocabulary = vocabulary_of(model.tables)
        check_drift(disorder, sample_events(layout_of(chosen, vocabulary), vocabulary).splitlines())
    return {
        "event_schema": chosen,
        "id_field": id_field_of(chosen),
        "visitor_field": visitor_field_of(chosen),
        "disorder": disorder,
    }
