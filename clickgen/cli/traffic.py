"""Simulated traffic for a run: its profile, what of it the run keeps, and its lanes and workers."""

import os
from typing import TYPE_CHECKING

from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.profile.model import Profile
    from clickgen.profile.tables import Tables

MAX_LANES = 64
LANES_AT_FULL_SPEED = 16
EVENTS_PER_LANE = 10_000  # a second; the design's bound for one lane
EVENTS_PER_WORKER = 50_000  # a second; well under what one core makes and sends


def named_profile(name: str) -> "Profile":
    """A profile by its name or its file; UsageProblem where there is none, with what may have been meant."""
    from clickgen.profile.load import load_profile  # noqa: PLC0415  # --help must not wait for pydantic

    try:
        return load_profile(name)
    except UsageProblem as problem:
        import boto3  # noqa: PLC0415  # only to be helpful

        if name in boto3.Session().available_profiles:
            raise UsageProblem(
                problem.message, f"{name!r} is an AWS profile: did you mean --aws-profile?"
            ) from problem
        raise


def keep_traffic(folder: "RunFolder", profile: "Profile", tables: "Tables") -> None:
    """Keep in the run's folder what its traffic is drawn from, for its workers and for whoever asks later."""
    from clickgen.ledger.folder import explained, private  # noqa: PLC0415  # --help must not wait for these
    from clickgen.profile.tables import save_tables  # noqa: PLC0415

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
