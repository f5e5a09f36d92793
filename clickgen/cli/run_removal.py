"""Removing runs from a home: their folders, with plans, ledgers and what was kept beside them."""

import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from clickgen.cli.app import App, say
from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder


def remove_runs(app: App, names: Sequence[str]) -> "list[RunFolder]":
    """Remove the runs of these names once that is confirmed, and give their folders, which are gone.

    Their events stay where they landed, which is said. Raises UsageProblem if there is no such run,
    EnvironmentProblem if one of them is going on: then none is removed.
    """
    from clickgen.ledger.folder import explained

    folders = list({folder.run: folder for folder in map(app.home.find_run, names)}.values())
    for folder in folders:
        if folder.is_live():
            raise EnvironmentProblem(f"run {folder.run} is going on", "wait for it to end, or stop it")
    for line in _left_behind(folders):
        say(line)
    which = f"run {folders[0].run}" if len(folders) == 1 else f"{len(folders)} runs"
    app.confirm(
        f"Remove {which}, plan and ledger included? It can neither be verified nor resumed afterwards.",
        UsageProblem(f"removing {which} without a terminal to ask at", "add --yes"),
    )
    for folder in folders:
        with explained(folder.path), folder.held():
            shutil.rmtree(folder.path)
    return folders


def _left_behind(folders: "Sequence[RunFolder]") -> "Iterator[str]":
    """What stays of each run where its events went, and what would remove it."""
    from clickgen.view.account import destination_name

    for folder in folders:
        try:
            plan = folder.read_plan()
        except ClickgenError as problem:
            yield f"run {folder.run} is damaged: {problem.message}"
            continue
        place = plan.place
        if place is None:
            yield f"run {folder.run}: what was sent to {destination_name(plan.destination)} stays there"
            continue
        where = f"{place.lake}/{place.bucket}" if place.lake else f"s3://{place.bucket}"
        yield (
            f"run {folder.run}: what landed in {where} stays there; to remove that too, "
            f"use `clickgen clean {folder.run} --yes` first"
        )
