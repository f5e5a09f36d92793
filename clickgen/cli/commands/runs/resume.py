"""`clickgen runs resume`: finish what a run had planned."""

from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.delivery import deliver
from clickgen.cli.options.delivery import gather, options_of_resuming
from clickgen.cli.say import say
from clickgen.model.errors import ExitCode, UsageProblem
from clickgen.sink.address import Address

if TYPE_CHECKING:
    from clickgen.ledger.claims import Claims
    from clickgen.model.plan import Plan

_EXAMPLES = """\b
Examples:
  clickgen runs resume                             # the latest run: what was never sent
  clickgen runs resume 0a1b2c --rejected           # what was refused for good, too
  clickgen runs resume 0a1b2c --unknown --yes      # what got no answer, too: it may arrive twice
"""


@click.command("resume", epilog=_EXAMPLES)
@click.argument("run", required=False)
@click.option("--rejected", is_flag=True, help="Send what was refused for good again.")
@click.option("--unknown", is_flag=True, help="Send what got no answer again; it may arrive twice.")
@options_of_resuming
@click.pass_context
def resume(ctx: click.Context, /, run: str | None, rejected: bool, unknown: bool, **delivery: Any) -> None:
    """Finish what a run had planned: send its unsent events, with the same ids and bytes.

    A run that was stopped, killed or ended by a problem goes on where its ledger ends, at the pace of its plan and
    without waiting for gaps. It needs the run's folder only, so it works on another machine, once `clickgen trust`
    has accepted it there; a replay needs its files too. Events that may have arrived already are sent again only
    with --unknown, and verify explains them.
    """
    from clickgen.ledger.claims import read_claims
    from clickgen.ledger.ending import Ending
    from clickgen.ledger.folder import Home
    from clickgen.run.leases import what_is_left
    from clickgen.run.settle import close_account
    from clickgen.traffic.replay import check_sources, is_live
    from clickgen.view.account import damage_words

    folder = Home(delivery["home"]).find_run(run)
    plan = folder.read_plan()
    to = plan.destination
    if plan.command == "generate" or to.kind == "lake":
        raise UsageProblem(
            f"run {plan.run} was generated", f"finish it with: clickgen generate --resume {plan.run}"
        )
    folder.check_free()
    if any(is_live(path) for path in plan.sources):
        raise UsageProblem(f"run {plan.run} read a pipe, which cannot be read again", "replay a file instead")
    if plan.sources:
        check_sources(plan.sources)
    claims = read_claims(folder, plan)
    if claims.damage:
        say(f"warning: the ledger of run {plan.run} is {damage_words(claims.damage)}")
    left = what_is_left(claims, plan, rejected=rejected, unknown=unknown)
    if left.events == 0:
        if claims.ending in (Ending.OPEN, Ending.FAILED):
            close_account(folder, plan, left)
        ctx.exit(_nothing_left(plan, claims))
    address = None if to.embedded else Address(to.kind, to.stream)
    named: dict[str, Any] = {"to": address}
    if address is not None and address.on_network:
        stored = {"region": to.region, "aws_profile": to.aws_profile, "endpoint_url": to.endpoint_url}
        named |= {name: delivery[name] or value for name, value in stored.items()}
    # whether packing fits was settled when the run began
    given = {**delivery, **named, "stream": None, "run_id": None, "pack": plan.pack, "force": plan.pack}
    options = gather(given)
    linger_s = plan.linger_s if options.linger is None else options.linger
    workers = min(options.workers or plan.workers, plan.lanes)
    plan = plan.model_copy(update={"workers": workers, "linger_s": linger_s})
    ctx.exit(deliver(plan, options, start_given=True, left=left))


def _nothing_left(plan: "Plan", claims: "Claims") -> ExitCode:
    """Say why nothing is sent; the exit code is that of the account as it stands."""
    account = claims.account()
    more = [
        f"{count:,} {state} (--{state})"
        for state, count in (("rejected", account.rejected), ("unknown", account.unknown))
        if count
    ]
    say(f"run {plan.run} has no unsent events" + (f", but {' and '.join(more)}" if more else ""))
    if account.rejected:
        return ExitCode.LOST
    return ExitCode.INCOMPLETE if account.unknown else ExitCode.OK
