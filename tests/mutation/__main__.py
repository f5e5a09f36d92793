"""Breaks each comparison of the verifier in turn, and says which ones no test notices.

    python -m tests.mutation                      # all of clickgen/verify
    python -m tests.mutation verify/compare/      # files whose path holds this

Which tests run a comparison, in their own process or in one that they start, is found out first, with coverage;
each mutant is tried on those tests, the most direct first. Exit code 1 where a mutant survives that is not listed,
with its reason, as equivalent.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import click
import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.reach import Lines, reach, read_reached
from tests.mutation.warm import ROOT, pytest_forked, warm_up

_TIMEOUT_S = 200
_FIRST = 6
_MOST = 45  # what these do not notice deserves a test of its own
_NOT_RUN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)
_OTHERS = (
    "tests/cli/test_clean_command.py",
    "tests/expect/test_expect_answers.py",
    "tests/cli/test_report_page.py",
    "tests/cli/test_verify_command.py",
    "tests/cli/test_verify_content_command.py",
    "tests/cli/test_verify_file.py",
    "tests/cli/test_verify_follow.py",
    "tests/view/test_verify_junit.py",
)


@click.command()
@click.argument("parts", nargs=-1)
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True)
@click.option(
    "--reuse",
    is_flag=True,
    help="Believe what an earlier run found out of test files that have not changed since. Right as long as the"
    " verifier has not changed either.",
)
def main(parts: tuple[str, ...], jobs: int, reuse: bool) -> None:
    """Break each comparison in the files whose path holds one of PARTS (default: all of clickgen/verify)."""
    files = sorted((ROOT / "clickgen" / "verify").rglob("*.py"))
    every = [mutant for file in files for mutant in mutants_of(ROOT, file)]
    gone = EQUIVALENT.keys() - {mutant.name for mutant in every}
    if gone:
        raise click.ClickException("listed as equivalent, and no longer there:\n" + "\n".join(sorted(gone)))
    mutants = [mutant for mutant in every if not parts or any(part in mutant.path for part in parts)]
    click.echo(f"{len(mutants)} mutants; finding out which tests reach them")
    warm_up()
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        reached = _reached(pool, reuse=reuse)
        tried = [mutant for mutant in mutants if mutant.name not in EQUIVALENT]
        tests = [_tests_of(mutant, reached) for mutant in tried]
        survived = set()
        for mutant, killed in zip(tried, pool.map(_is_killed, tried, tests), strict=True):
            if not killed:
                survived.add(mutant)
                click.echo(f"survived: line {mutant.first_line} of {mutant.name}")
    _say_counts(mutants, survived)
    sys.exit(1 if survived else 0)


def _reached(pool: ProcessPoolExecutor, *, reuse: bool) -> Lines:
    own = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "verify").rglob("test_*.py")]
    test_files = sorted([*own, *_OTHERS])
    with tempfile.TemporaryDirectory() as new:
        kept = Path(tempfile.gettempdir()) / f"clickgen-mutation-{os.getuid()}" if reuse else Path(new)
        kept.mkdir(mode=0o700, exist_ok=True)
        failing = list(filter(None, pool.map(partial(reach, kept=kept), test_files)))
        if failing:
            click.echo("\n".join(failing))
            raise click.ClickException("tests fail as they are, so mutants would prove nothing")
        return read_reached(test_files, kept)


def _tests_of(mutant: Mutant, reached: Lines) -> Sequence[str]:
    """Those that run one of its lines; where none does, as of what runs when it is imported, those of its file.

    Those in a test file that bears its file's name come first.
    """
    lines = reached.get(mutant.path, {})
    own = [test for line in range(mutant.first_line, mutant.last_line + 1) for test in lines.get(line, ())]
    every = dict.fromkeys(own or [test for tests in lines.values() for test in tests])
    subject = Path(mutant.path).stem
    return sorted(every, key=lambda test: subject not in test.partition("::")[0])[:_MOST]


def _is_killed(mutant: Mutant, tests: Sequence[str]) -> bool:
    """Whether one of the tests fails, or hangs, where the mutant is in its process or in one that it starts."""
    how = f"{mutant.module}|{mutant.position}|{mutant.operator}|{mutant.kind}|{ROOT}"
    for some in (tests[:_FIRST], tests[_FIRST:]):
        if not some:
            continue
        code = pytest_forked(["-x", *some], {"MUTANT": how}, timeout_s=_TIMEOUT_S).code
        if code in _NOT_RUN:
            raise click.ClickException("tests have changed meanwhile: run this again")
        if code != 0:
            return True
    return False


def _say_counts(mutants: Sequence[Mutant], survived: Collection[Mutant]) -> None:
    """Print what became of the mutants of each room."""
    rooms: dict[str, Counter[str]] = {}
    for mutant in mutants:
        fate = "survived" if mutant in survived else "equivalent" if mutant.name in EQUIVALENT else "noticed"
        for name in (mutant.path.split("/")[2], "all"):
            rooms.setdefault(name, Counter())[fate] += 1
    for room, fates in sorted(rooms.items(), key=lambda pair: (pair[0] == "all", pair[0])):
        click.echo(
            f"{room}: {fates.total()} mutants: {fates['noticed']} noticed by a test, {fates['equivalent']}"
            f" equivalent, {fates['survived']} survived"
        )


if __name__ == "__main__":
    main()
