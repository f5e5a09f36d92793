"""What a shell can complete beyond commands and options: profiles, schemas, and runs."""

import os
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from clickgen.cli.app import App
from clickgen.model.errors import ClickgenError
from clickgen.model.run_words import LATEST, PREVIOUS

_WORDS = {LATEST: "the latest", PREVIOUS: "the one before it"}
_MOST_RUNS = 50  # the newest; a menu of more is not read


def complete_profile(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The profiles that come with clickgen, else files."""
    from clickgen.profile.load import profile_names

    names = [CompletionItem(name) for name in profile_names() if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


def complete_schema(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The schemas."""
    from clickgen.schema.registry import SCHEMAS

    return [CompletionItem(name) for name in SCHEMAS if name.startswith(incomplete)]


def complete_run(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of the home's runs, the newest first, each with its time, and the words for the latest."""
    home = ctx.ensure_object(App).home_path
    if not any(param.name == "home_path" for param in ctx.command.params):  # which has not read its variable then
        home = Path(os.environ.get("CLICKGEN_HOME") or home)
    with suppress(ClickgenError):
        return [
            *(CompletionItem(word, help=what) for word, what in _WORDS.items() if word.startswith(incomplete)),
            *_runs(home, incomplete),
        ]
    return []


def _runs(home: Path, incomplete: str) -> list[CompletionItem]:
    from clickgen.ledger.folder import Home
    from clickgen.model.amounts import instant

    folders = [folder for folder in reversed(Home(home).all_runs()) if folder.run.startswith(incomplete)]
    return [
        CompletionItem(folder.run, help=instant(round(folder.plan_file.stat().st_mtime) * 1000))
        for folder in folders[:_MOST_RUNS]
    ]


run_argument = click.argument("run", required=False, shell_complete=complete_run)
