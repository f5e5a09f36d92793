"""The command to go on with after a run."""

import shlex
from pathlib import Path

from clickgen.model.plan import Plan


def next_command(plan: Plan) -> str:
    """The proof of the delivery, where what landed can be looked at; else the run's account."""
    kind, proof = plan.destination.kind, f"clickgen verify s3 delivery {plan.run}"
    if kind in ("firehose", "s3", "lake"):
        return proof
    if kind == "file":
        return f"{proof} --at {shlex.quote(str(Path(plan.destination.stream).parent))}"
    return f"clickgen runs show {plan.run}"
