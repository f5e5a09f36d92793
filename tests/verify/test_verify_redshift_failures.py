"""What a database says of a statement that failed, as whose mistake it is."""

import pytest

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.verify.landings.sql.redshift import failure


@pytest.mark.parametrize(
    ("reason", "kind", "hint"),
    [
        ('ERROR: relation "public.clicsk" does not exist', UsageProblem, "--table"),
        ('ERROR: column "id" does not exist in clicks', UsageProblem, "--id-column"),
        ("ERROR: permission denied for relation\n clicks", EnvironmentProblem, "GRANT SELECT"),
        ("ERROR: out of disk space", EnvironmentProblem, "SYS_QUERY_HISTORY"),
    ],
)
def test_a_failure_says_what_to_do_next(
    reason: str, kind: type[UsageProblem | EnvironmentProblem], hint: str
) -> None:
    problem = failure(reason)
    assert type(problem) is kind
    assert problem.message == f"the database could not answer: {' '.join(reason.split())}"
    assert hint in str(problem.hint)
