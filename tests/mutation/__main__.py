"""Breaks each comparison of the verifier in turn, and says which ones no test notices.

    python -m tests.mutation                      # all of clickgen/verify
    python -m tests.mutation verify/compare.py    # files whose path holds this

Which tests reach a comparison is found out first, in one run with coverage; a comparison that is reached in other
processes only is tried on the tests of the command line. Exit code 1 where a mutant survives that is not listed,
with its reason, as equivalent.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, mutants_of

_ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 120
_COMMAND_TESTS = (
    "tests/test_verify_command.py", "tests/test_verify_place.py",
)  # fmt: skip
_MOST_TESTS = 60


@click.command()
@click.argument("parts", nargs=-1)
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True)
def main(parts: tuple[str, ...], jobs: int) -> None:
    """Break each comparison in the files whose path holds one of PARTS (default: all of clickgen/verify)."""
    files = sorted((_ROOT / "clickgen" / "verify").rglob("*.py"))
    chosen = [file for file in files if not parts or any(part in file.as_posix() for part in parts)]
    mutants = [mutant for file in chosen for mutant in mutants_of(_ROOT, file)]
    click.echo(f"{len(mutants)} mutants of {len(chosen)} files; finding out which tests reach them")
    reached = _reached_by()
    with ThreadPoolExecutor(jobs) as pool:
        killed = list(pool.map(lambda mutant: _is_killed(mutant, reached), mutants))
    survivors = [mutant for mutant, dead in zip(mutants, killed, strict=True) if not dead]
    unexplained = [mutant for mutant in survivors if mutant.name not in EQUIVALENT]
    for mutant in unexplained:
        click.echo(f"survived: {mutant.path}:{mutant.first_line}: {mutant.text} [{mutant.kind}]")
    click.echo(
        f"{len(mutants)} mutants: {sum(killed)} noticed by a test, {len(survivors) - len(unexplained)} equivalent,"
        f" {len(unexplained)} survived"
    )
    sys.exit(1 if unexplained else 0)


def _reached_by() -> Mapping[str, Mapping[int, Sequence[str]]]:
    """File → line → the tests that run it in their own process, the quickest first."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "reached.json"
        if _pytest(["-p", "tests.mutation.reach", *_tests()], {"REACH_FILE": str(found)}, timeout=1200) != 0:
            raise click.ClickException("the tests fail as they are; mutants would prove nothing")
        lines: dict[str, dict[str, list[str]]] = json.loads(found.read_text())
    return {path: {int(line): tests for line, tests in of.items()} for path, of in lines.items()}


def _tests() -> list[str]:
    return sorted(str(path.relative_to(_ROOT)) for path in (_ROOT / "tests").glob("test_*verif*.py")) + sorted(
        str(path.relative_to(_ROOT)) for path in (_ROOT / "tests").glob("test_expect*.py")
    )


def _is_killed(mutant: Mutant, reached: Mapping[str, Mapping[int, Sequence[str]]]) -> bool:
    lines = reached.get(mutant.path, {})
    tests: dict[str, None] = {}
    for line in range(mutant.first_line, mutant.last_line + 1):
        tests |= dict.fromkeys(lines.get(line, ()))
    how = f"{mutant.module}|{mutant.position}|{mutant.operator}|{mutant.kind}|{_ROOT}"
    for chosen in (list(tests)[:_MOST_TESTS], list(_COMMAND_TESTS)):
        if chosen and _pytest(["-x", *chosen], {"MUTANT": how}, timeout=_TIMEOUT_S) != 0:
            return True
    return False


def _pytest(arguments: Sequence[str], environment: Mapping[str, str], *, timeout: int) -> int:
    """Exit code of pytest; 1 where it hangs, which a test run notices too."""
    path = os.pathsep.join([str(_ROOT / "tests" / "mutation" / "hook"), str(_ROOT)])
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": path, **environment},
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode


if __name__ == "__main__":
    main()
