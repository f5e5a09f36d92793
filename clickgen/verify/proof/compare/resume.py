"""The command that goes on with a run which did not end as it meant to."""

from clickgen.model.plan import Plan
from clickgen.traffic.replay_files import is_live


def resume_command(plan: Plan) -> str | None:
    """The command; None where what is left cannot be had again: it was read from a pipe."""
    if plan.command == "generate":
        return f"clickgen generate --resume {plan.run}"
    return None if any(map(is_live, plan.sources)) else f"clickgen runs resume {plan.run}"
