"""`clickgen profiles`: list those that come with clickgen, draw, check and begin them."""

import json
import sys

import click

from clickgen.cli.app import App, as_meant, json_option, pass_app, printing_result, say
from clickgen.cli.completing import complete_profile
from clickgen.cli.groups import group
from clickgen.cli.traffic import named_profile
from clickgen.model.errors import Mistakes, UsageProblem

_EXAMPLES = """\b
Examples:
  clickgen profiles list
  clickgen profiles show shop  # what its traffic looks like
  clickgen profiles new mine   # a small one to go on from: mine.toml
  clickgen profiles check mine.toml
  clickgen profiles schema > profile.schema.json
"""
_SHOW_EXAMPLES = """\b
Examples:
  clickgen profiles show news
  clickgen profiles show ./mine.toml
  clickgen profiles show shop --json | jq .funnel
"""

_SAMPLED_SESSIONS = 20_000  # shares are right to half a point
_SEED = 1


@group(epilog=_EXAMPLES)
def profiles() -> None:
    """Profiles say what the traffic of a site looks like: one TOML file each."""


@profiles.command(name="list")
@json_option()
@pass_app
def list_(app: App) -> None:
    """List the profiles that come with clickgen."""
    from clickgen.profile.load import load_profile, profile_names
    from clickgen.view.profiles import list_json, render_profiles

    found = {name: load_profile(name) for name in profile_names()}
    app.print_result(
        lambda: list_json(found),
        lambda console: console.print(render_profiles(found), soft_wrap=True),
        only_json=True,
    )


@profiles.command(epilog=_SHOW_EXAMPLES)
@click.argument("profile", shell_complete=complete_profile)
@json_option()
@pass_app
def show(app: App, /, profile: str) -> None:
    """Draw what a profile's traffic looks like, and say how it compares with published figures.

    PROFILE is a name or a file. The figures are those of 20,000 simulated sessions, always the same ones, at usual
    times: campaigns are only listed.
    """
    from clickgen.traffic.likeness import likenesses
    from clickgen.traffic.portrait import Portrait, Sample
    from clickgen.view.profile import ProfilePicture
    from clickgen.view.profiles import picture_json

    loaded = named_profile(profile)
    portrait = Portrait.of(Sample.draw(loaded, sessions=_SAMPLED_SESSIONS, seed=_SEED))
    picture = ProfilePicture(profile, loaded, portrait, likenesses(loaded, portrait))
    app.print_result(lambda: picture_json(picture), lambda console: console.print(picture), only_json=True)


@profiles.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_profile)
def check(files: tuple[str, ...]) -> None:
    """Say whether profiles are sound, or everything that is wrong with them, each with its line.

    FILE is a file, or the name of a profile that comes with clickgen.
    """
    problems = []
    for name in files:
        try:
            named_profile(name)
        except UsageProblem as problem:
            problems.append(problem)
        else:
            with printing_result():
                say(f"{name}: ok", err=False)
    if problems:
        hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
        raise Mistakes("\n".join(as_meant(problem, problem.message) for problem in problems), "\n  ".join(hints))


@profiles.command()
def schema() -> None:
    """Print the JSON Schema of profiles: every key with what it means.

    Editors complete and check TOML by it. `profiles check` knows the rules between the parts of a file as well.
    """
    from clickgen.profile.model import profile_json_schema

    with printing_result():
        sys.stdout.write(json.dumps(profile_json_schema(), indent=2) + "\n")


@profiles.command()
@click.argument("name")
def new(name: str) -> None:
    """Write NAME.toml: a small profile, sound and with a comment on everything, to go on from."""
    from clickgen.profile.load import write_starter

    path = write_starter(name)
    say(f"wrote {path}; next: clickgen profiles show {path}", err=False)
