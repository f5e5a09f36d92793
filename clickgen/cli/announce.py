"""Before anything leaves: where it goes, what it will cost, and whether that is meant."""

import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from clickgen.cli.options.delivery import DeliveryOptions
from clickgen.cli.say import say, say_lines
from clickgen.model.errors import UsageProblem
from clickgen.model.outside_text import one_line

if TYPE_CHECKING:
    from clickgen.cost.bill import Prices
    from clickgen.ledger.folder import Home
    from clickgen.model.plan import Plan
    from clickgen.run.targets.target import Target
    from clickgen.sink.address import Address

_LOGIN_LOOK_S = 2.0


@contextmanager
def chosen_target(options: DeliveryOptions, home: "Home") -> "Iterator[Target]":
    """The destination that was named, or the embedded pipeline for as long as the run lasts."""
    from clickgen.cli.embedded import embedded_pipeline
    from clickgen.run.targets.target import embedded_target

    if options.to is None:
        with embedded_pipeline(home.lake) as (destination, place):
            yield embedded_target(destination, place)
        return
    target = _found(options.to, options)
    if options.pack:
        _check_packing(target, options.to, forced=options.force)
    yield target


def _check_packing(target: "Target", to: "Address", *, forced: bool) -> None:
    """UsageProblem where records of several events mean nothing to the destination, or would break it."""
    from clickgen.sink.registry import kind_of

    never = kind_of(target.destination).never_packed_because
    if never is not None:
        raise UsageProblem(f"--pack does not fit {to}: {never}", "leave --pack out")
    if target.packing_forbidden_because is not None and not forced:
        raise UsageProblem(
            f"--pack would break {to}: {target.packing_forbidden_because}",
            "leave --pack out, or add --force if its processing takes several events a record",
        )


def _found(to: "Address", options: DeliveryOptions) -> "Target":
    """What is known of a destination; where a login has expired, somebody at a terminal may renew it meanwhile."""
    from clickgen.run.targets.registry import find_target
    from clickgen.sink.aws import Access
    from clickgen.sink.describe import LoggedOut

    told = False
    while True:
        try:
            return find_target(to, Access(options.region, options.aws_profile, options.endpoint_url))
        except LoggedOut as problem:
            if not options.at_terminal:
                raise LoggedOut(problem.message, f"renew it: {options.login}") from problem
            if not told:
                say(problem.message)
                say(f"waiting for: {options.login}")
            told = True
            time.sleep(_LOGIN_LOOK_S)


def announce(target: "Target", options: DeliveryOptions, prices: "Prices", plan: "Plan") -> str:
    """Say where the run goes and what it will cost; ask first where it is AWS itself. Returns the line."""
    from clickgen.run.cost_words import (
        cost_line,
        price_warning,
        quota_warning,
    )
    from clickgen.run.targets.registry import tariff_of

    tariff = tariff_of(target.destination, prices)
    line = f"{target.line}; {cost_line(target, tariff, plan)}"
    say_lines(_wrapped(line))
    price = price_warning(target, tariff) if options.max_usd is not None else None
    for warning in (*target.warnings, quota_warning(target, plan.rate), price):
        if warning:
            say(f"warning: {warning}")
    if not target.on_aws or options.yes:
        if target.on_aws and plan.endless and not sys.stdin.isatty():
            raise UsageProblem(
                "an endless run against AWS without a terminal", "bound it with --duration or --events"
            )
        return line
    if not sys.stdin.isatty():
        raise UsageProblem(
            "sending to AWS without a terminal to ask at", "add --yes, and a bound: --duration or --events"
        )
    click.confirm("This sends to AWS itself. Go on?", abort=True, err=True)
    return line


def billed_bound(options: DeliveryOptions, prices: "Prices", plan: "Plan") -> int | None:
    """The billed bytes that --max-usd pays for; UsageProblem where that is not even one call for each worker."""
    from clickgen.cost.bill import usd
    from clickgen.run.targets.registry import tariff_of
    from clickgen.sink.registry import limits_of

    if options.max_usd is None:
        return None
    limits, tariff = limits_of(plan.destination), tariff_of(plan.destination, prices)
    bound = tariff.billed_bytes(options.max_usd)
    records = 1 if plan.pack else min(limits.records, plan.planned or limits.records)
    least = plan.workers * records * limits.bill_unit
    if bound < least:
        raise UsageProblem(
            f"--max-usd {options.max_usd:g} does not pay for one call ({usd(tariff.usd(least))})",
            "raise --max-usd",
        )
    return bound


def _wrapped(line: str) -> str:
    """Broken between words where a terminal would break inside them; whole in a log."""
    line = one_line(line)
    if not sys.stderr.isatty():
        return line
    width = shutil.get_terminal_size().columns
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
