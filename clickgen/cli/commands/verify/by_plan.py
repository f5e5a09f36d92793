"""`clickgen verify [RUN]`: look where the run's plan says that its events went."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.help import Command, Context
from clickgen.cli.verifying import DeliveryRequest, delivery_options, verify_delivery
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.located_pipeline import NamesSource
    from clickgen.model.plan import Plan


class _Context(Context):
    """A context that goes by the name of its group, since the words of the command line have no other."""

    @property
    def command_path(self) -> str:
        return "clickgen verify" if self.parent is None else self.parent.command_path


class _Unnamed(Command):
    context_class = _Context

    def make_context(
        self,
        info_name: str | None,  # noqa: ARG002  # Click's own
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # Click's own
    ) -> click.Context:
        """The context, whose environment variables are CLICKGEN_VERIFY_WAIT and the like."""
        if parent is not None:
            extra.setdefault("auto_envvar_prefix", parent.auto_envvar_prefix)
        return super().make_context(None, args, parent, **extra)


@click.command(cls=_Unnamed, hidden=True)
@delivery_options
def by_plan(request: DeliveryRequest) -> None:
    """Compare what arrived where a run delivered with the run's ledger, and give a verdict.

    RUN is an id, the beginning of one, last (the default) or previous.
    """
    plan = request.app.home.find_run(request.run).read_plan()
    if plan.pipeline:
        from clickgen.cli.commands.verify.all import verify_everywhere

        if request.follow:
            raise UsageProblem(
                f"--follow with run {plan.run}, which was sent to a pipeline: only one place can be followed",
                "name it: clickgen verify s3 delivery --follow",
            )
        pipeline, source = _pipeline_of(plan)
        verify_everywhere(request, pipeline, source)
    from clickgen.verify.landings.station import KINDS
    from clickgen.view.command_lines import proved_at

    place = proved_at(plan)
    if place is None:
        raise _not_said(plan)
    if place == "parquet":
        from clickgen.verify.landings.sql.duck import check_duckdb

        check_duckdb()
    verify_delivery(request, KINDS[place](place=place, name=place))


def _pipeline_of(plan: "Plan") -> "tuple[str, NamesSource]":
    """The pipeline that a run was sent to, and where the names of a deployed one come from."""
    from clickgen.cli.located_pipeline import NamesSource

    given = dict(zip(plan.pipeline[::2], plan.pipeline[1::2], strict=True))
    terraform = given.get("--from-terraform")
    source = NamesSource(None if terraform is None else Path(terraform), given.get("--from-stack"))
    return given["--pipeline"], source


def _not_said(plan: "Plan") -> UsageProblem:
    """The plan does not say where events arrived: what to add."""
    to, run = plan.destination, plan.run
    if plan.format == "csv":
        return UsageProblem(
            f"run {run} was generated as CSV, which cannot be verified", "generate JSON lines or Parquet"
        )
    if to.kind == "http":
        return UsageProblem(
            f"run {run} was posted to {to.stream}, and its plan does not say where that collector puts events",
            f"say where they land: clickgen verify s3 delivery {run} --at s3://BUCKET/PREFIX",
        )
    # indented they are other bytes than those that were sent
    by_ids = " --content ids" if to.kind == "stdout" and to.pretty else ""
    return UsageProblem(
        f"run {run} went to standard output, and its plan does not say where that was kept",
        f"say where: clickgen verify file delivery {run} --at FILE{by_ids}",
    )
