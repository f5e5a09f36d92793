"""Simulated traffic for a run: its profile, what of it the run keeps, and its lanes and workers."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clickgen.cli.options.disorder import DisorderOptions, check_drift, disorder_of
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.profile.model import Profile
    from clickgen.profile.tables import Tables

F = TypeVar("F", bound=Callable[..., Any])

MAX_LANES = 64
LANES_AT_FULL_SPEED = 16
EVENTS_PER_LANE = 10_000  # a second; the design's bound for one lane
EVENTS_PER_WORKER = 40_000  # a second; under what one core makes and sends, and its sessions stay under 300 MB


def named_profile(name: str) -> "Profile":
    """A profile by its name or its file; UsageProblem where there is none, with what may have been meant."""
    from clickgen.profile.load import load_profile
    from clickgen.schema.registry import events_problems

    try:
        return load_profile(name, events_problems)
    except UsageProblem as problem:
        import boto3

        if name in boto3.Session().available_profiles:
            raise UsageProblem(
                problem.message, f"{name!r} is an AWS profile: did you mean --aws-profile?"
            ) from problem
        raise


def schema_option(command: F) -> F:
    """Add --schema to a command."""
    return click.option(
        "--schema", help="What events look like: flat, ga4, snowplow, segment, …  [default: the profile's]"
    )(command)


def events_of(
    profile: "Profile",
    tables: "Tables",
    schema: str | None,
    given: DisorderOptions,
    duration: float | None,
) -> dict[str, Any]:
    """What a plan says of the events: their schema, the field of their id, and the disorder planted among them.

    duration: seconds that they last, None where that is not known. UsageProblem where there is no such schema, or
    what is to be planted has no place in it.
    """
    from clickgen.feed.layouts import id_field_of, visitor_field_of
    from clickgen.schema.registry import layout_of
    from clickgen.schema.samples import sample_events
    from clickgen.traffic.simulation import vocabulary_of

    chosen = schema or profile.fields or profile.schema_name or "flat"
    disorder = disorder_of(given, duration)
    if disorder is not None and disorder.drift:
        vocabulary = vocabulary_of(tables)
        check_drift(disorder, sample_events(layout_of(chosen, vocabulary), vocabulary).splitlines())
    return {
        "event_schema": chosen,
        "id_field": id_field_of(chosen),
        "visitor_field": visitor_field_of(chosen),
        "disorder": disorder,
    }


def keep_traffic(folder: "RunFolder", profile: "Profile", tables: "Tables") -> None:
    """Keep in the run's folder what its traffic is drawn from, for its workers and for whoever asks later."""
    from clickgen.ledger.folder import explained, private
    from clickgen.profile.tables import save_tables

    with explained(folder.path):
        private(folder.profile_file).write_text(profile.text, encoding="utf-8")
        save_tables(tables, private(folder.tables_file))


def lanes_for(rate: float | None) -> int:
    """A power of two, at least rate / 10,000."""
    if rate is None:
        return LANES_AT_FULL_SPEED
    lanes = 1
    while lanes < MAX_LANES and lanes * EVENTS_PER_LANE < rate:
        lanes *= 2
    return lanes


def workers_for(rate: float | None, lanes: int, asked: int | None) -> int:
    """As few as the rate needs, one a core at full speed, never more than lanes."""
    if asked is not None:
        if asked > lanes:
            raise UsageProblem(
                f"{asked} workers for {lanes} lane{'s' if lanes > 1 else ''}: a lane cannot be shared",
                "give fewer --workers, or more --lanes",
            )
        return asked
    needed = (os.cpu_count() or 1) if rate is None else -int(-rate // EVENTS_PER_WORKER)
    return max(1, min(needed, lanes))
