"""All that the check finds in a plan."""

from collections.abc import Iterator
from pathlib import Path

from clickgen.pipeline.description import PipelineDescription
from tests.terraform.catalogue import different_tables
from tests.terraform.comparison import differences
from tests.terraform.core import Core
from tests.terraform.plan import Plan
from tests.terraform.requests import request_of
from tests.terraform.rules import alarms, buckets, encryption, logs, roles, service_rules
from tests.terraform.rules.tags_and_outputs import typed_by_hand, untagged, wrong_outputs
from tests.terraform.service_model import broken_rules

_DEFAULT_REGION = "us-east-1"


def findings(core: Core, folder: Path, description: PipelineDescription) -> list[str]:
    """What Terraform's core says of a folder, or if that is nothing, what is wrong in its plan."""
    checked = core.check(folder)
    return checked.problems if checked.plan is None else list(in_plan(checked.plan, description))


def in_plan(plan: Plan, description: PipelineDescription) -> Iterator[str]:
    """What is wrong in a plan of a pipeline."""
    yield from refused_values(plan)
    for rules in (alarms, buckets, encryption, logs, roles, service_rules):
        yield from rules.problems(plan)
    yield from untagged(plan)
    yield from typed_by_hand(plan, _DEFAULT_REGION, f"clickgen-{description.name}")
    yield from wrong_outputs(description, plan)
    yield from differences(description, plan)
    yield from different_tables(description, plan)


def refused_values(plan: Plan) -> Iterator[str]:
    """Arguments that break a rule of the service's own model."""
    for resource in plan.resources:
        request = request_of(resource)
        if request is not None:
            for problem in broken_rules(request):
                yield f"{resource.address}: {request.operation}{problem}"
