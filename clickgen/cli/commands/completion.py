"""`clickgen completion`: the script with which a shell completes the words of clickgen."""

import sys

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from clickgen.cli.app import printing_result
from clickgen.cli.help import command

_SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
_EXAMPLES = """\b
Examples:
  eval "$(clickgen completion bash)"        # in ~/.bashrc, or now
  eval "$(clickgen completion zsh)"         # in ~/.zshrc
  clickgen completion fish > ~/.config/fish/completions/clickgen.fish
"""


@command(epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script with which a shell completes commands, options, profiles, schemas and run ids.

    Bash must be 4.4 or newer.
    """
    script = _SHELLS[shell](ctx.find_root().command, {}, "clickgen", "_CLICKGEN_COMPLETE")
    # not by its method `source`, which starts a bash to ask for its version
    with printing_result():
        sys.stdout.write(script.source_template % script.source_vars() + "\n")
