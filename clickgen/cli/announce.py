"""Before anything leaves: where it goes, what it will cost, and whether that is meant."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from clickgen.cli.app import WARNING, App, say
from clickgen.cli.delivery_options import DeliveryOptions
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.embedded import StartedPipeline
    from clickgen.ledger.folder import Home
    from clickgen.model.plan import Plan
    from clickgen.run.cost_words import AdvanceNotice
    from clickgen.run.targets.target import Target
    from clickgen.sink.aws import Access
    from clickgen.sink.registry import Address

_LOGIN_LOOK_S = 2.0


@contextmanager
def needed_pipeline(options: DeliveryOptions, home: "Home") -> "Iterator[StartedPipeline | None]":
    """The embedded pipeline for as long as the block lasts, unless a destination was named.

    It starts while the run is prepared: both take half a second.
    """
    from clickgen.cli.embedded import embedded_pipeline
    from clickgen.cli.lake_holder import wait_for_lake

    if options.to is not None:
        yield None
        return
    wait_for_lake(home)
    with embedded_pipeline(home.lake) as pipeline:
        yield pipeline


def chosen_target(options: DeliveryOptions, plan: "Plan", pipeline: "StartedPipeline | None") -> "Target":
    """The destination that was named, or the embedded pipeline. plan: what goes there."""
    from clickgen.model.destination import OutputDestination
    from clickgen.run.targets.target import embedded_target

    if options.to is None:
        if pipeline is None:
            raise ValueError("neither a destination nor a pipeline")
        return embedded_target(*pipeline())
    target = _found(options.to, options, options.access_for(plan))
    if options.pack:
        _check_packing(target, options.to, forced=options.force)
    if isinstance(target.destination, OutputDestination) and options.pretty:
        look = {"pretty": True, "coloured": sys.stdout.isatty() and not os.environ.get("NO_COLOR")}
        target = replace(target, destination=target.destination.model_copy(update=look))
    return target


def _check_packing(target: "Target", to: "Address", *, forced: bool) -> None:
    """UsageProblem if records of several events mean nothing to the destination, or would break it."""
    from clickgen.sink.registry import kind_of

    never = kind_of(target.destination).never_packed_because
    if never is not None:
        raise UsageProblem(f"--pack does not fit {to}: {never}", "leave --pack out")
    if target.packing_forbidden_because is not None and not forced:
        raise UsageProblem(
            f"--pack would break {to}: {target.packing_forbidden_because}",
            "leave --pack out, or add --force if its processing takes several events a record",
        )


def _found(to: "Address", options: DeliveryOptions, access: "Access") -> "Target":
    """What is known of a destination; if a login has expired, somebody at a terminal may renew it meanwhile."""
    from clickgen.run.targets.registry import find_target
    from clickgen.sink.describe import LoggedOut

    explained = False
    while True:
        try:
            return find_target(to, access)
        except LoggedOut as problem:
            if not options.at_terminal:
                raise LoggedOut(problem.message, f"renew it: {options.login}") from problem
            if not explained:
                say(f"{WARNING}{problem.message}")
                say(f"{WARNING}waiting for: {options.login}")
            explained = True
            time.sleep(_LOGIN_LOOK_S)


def announce(
    app: App, notice: "AdvanceNotice", bounds: str = "--duration or --events", traffic: str | None = None
) -> None:
    """Say where a run goes and what it will cost; ask first if that is AWS itself, or somebody else.

    bounds: the options that would bound such a run. traffic: what it will show, if that is known.
    """
    if traffic is not None:
        say(traffic)
    say(notice.line)
    for warning in notice.warnings:
        say(f"warning: {warning}")
    if notice.sends_to is not None:
        if app.yes and notice.endless and not sys.stdin.isatty():
            raise UsageProblem(
                f"an endless run against {notice.sends_to} without a terminal", f"bound it with {bounds}"
            )
        app.confirm(
            f"This sends to {notice.sends_to}. Go on?",
            UsageProblem(
                f"sending to {notice.sends_to} without a terminal to ask at", f"add --yes, and a bound: {bounds}"
            ),
        )
