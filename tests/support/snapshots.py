"""Plans and figures of made-up runs, for the tests of what people see."""

import io
from dataclasses import replace
from typing import Any

from rich.console import Console, RenderableType

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.destination import FirehoseDestination
from clickgen.model.errors import ClickgenError
from clickgen.model.histogram import Percentiles
from clickgen.model.outcome import Account
from clickgen.model.plan import Place, Plan
from clickgen.run.events import Figures, Finished

RUN = "68c1a2b3d4e5"
EMBEDDED = FirehoseDestination(
    stream="clicks", embedded=True, region="us-east-1", endpoint_url="http://127.0.0.1:4573"
)
ON_AWS = FirehoseDestination(stream="clicks", on_aws=True, region="eu-west-1", account="123456789012")


def a_plan(**changes: Any) -> Plan:
    """500 events a second for 30 s into the embedded pipeline, but for `changes`."""
    plan = Plan(
        run=RUN,
        command="send",
        created_ms=1_767_225_599_800,
        start_ms=1_767_225_600_250,
        lanes=1,
        rate=500.0,
        planned=15_000,
        duration_s=30.0,
        seed=7,
        profile="shop",
        destination=EMBEDDED,
        place=Place(bucket="lake", buffer_seconds=60, lake="/home/me/.clickgen/lake"),
    )
    return plan.model_copy(update=changes)


def a_replay(**changes: Any) -> Plan:
    """A replay timed as recorded, but for `changes`."""
    return a_plan(
        **{
            "command": "replay",
            "rate": None,
            "planned": None,
            "duration_s": None,
            "seed": None,
            "profile": None,
            "sources": ("clicks.jsonl",),
            "id_field": "clickgen_id",
            **changes,
        }
    )


def some_figures(**changes: Any) -> Figures:
    """Second 12 of `a_plan`: 6,000 events released, all answered but 500."""
    figures = Figures(
        elapsed=12.0,
        planned=15_000,
        expected=6_000,
        accepted=5_500,
        rejected=0,
        unknown=0,
        tally=SendCounts(
            released=6_000,
            records=5_500,
            batches=11,
            attempts=11,
            retried=0,
            throttled=0,
            accepted_bytes=2_310_000,
            billed_alone=28_160_000,
        ),
        lag=Percentiles(0.0001, 0.0006, 0.0021),
        answer=Percentiles(0.004, 0.012, 0.02),
        latency=Percentiles(0.512, 1.02, 1.1),
        sending=11.0,
        backlog=0.0,
        history=(500,) * 12,
        cost_usd=0.00076,
        cost_unpacked_usd=0.00076,
        cost_packed_usd=0.00006,
        stopping=False,
    )
    return replace(figures, **changes)


def a_finish(
    plan: Plan | None = None,
    figures: Figures | None = None,
    account: Account | None = None,
    *,
    interrupted: bool = False,
    budget_exhausted: bool = False,
    problem: ClickgenError | None = None,
    notices: tuple[str, ...] = (),
) -> Finished:
    """The end of a run in which everything was accepted, but for what is given."""
    figures = figures or some_figures(elapsed=30.0, accepted=15_000, sending=30.0)
    return Finished(
        plan=plan or a_plan(),
        figures=figures,
        account=account or Account(15_000, 15_000, 0, 0, 0),
        facts=figures.facts(),
        interrupted=interrupted,
        budget_exhausted=budget_exhausted,
        problem=problem,
        notices=notices,
    )


def shown(renderable: RenderableType, width: int = 80, encoding: str = "utf-8", *, soft_wrap: bool = False) -> str:
    """What a terminal without colour shows."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding, write_through=True) as file:
        console = Console(file=file, width=width, color_system=None, force_terminal=True, _environ={})
        console.print(renderable, soft_wrap=soft_wrap)
        return raw.getvalue().decode(encoding)
