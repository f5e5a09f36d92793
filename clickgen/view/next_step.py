"""The command to go on with after a run."""

from clickgen.model.plan import Plan

_PLACES = {
    "firehose": "s3",
    "s3": "s3",
    "lake": "s3",
    "kinesis": "kinesis",
    "dynamodb": "dynamodb",
    "file": "file",
}


def next_command(plan: Plan) -> str:
    """The proof of the delivery, where what landed can be looked at; else the run's account."""
    to = plan.destination
    if plan.format == "parquet" and to.kind in _PLACES:
        return f"clickgen verify parquet delivery {plan.run}"
    if plan.format == "csv" or to.kind not in _PLACES:
        return f"clickgen runs show {plan.run}"
    return f"clickgen verify {_PLACES[to.kind]} delivery {plan.run}"
