"""The command to go on with after a run."""

from clickgen.model.plan import Plan
from clickgen.sink.registry import kind_of


def next_command(plan: Plan) -> str:
    """The proof of the delivery, where what landed can be looked at; else the run's account."""
    to = plan.destination
    place = "s3" if to.kind == "lake" else kind_of(to).verified_as
    if place is None or plan.format == "csv":
        return f"clickgen runs show {plan.run}"
    return f"clickgen verify {'parquet' if plan.format == 'parquet' else place} delivery {plan.run}"
