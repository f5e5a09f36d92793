"""Since when something that landed may be a run's, and of which times the keys are that it may have."""

from clickgen.ledger.claims import Claims
from clickgen.model.plan import Plan

# Clocks of sender and store may differ by so much: AWS refuses requests that are further off.
CLOCKS_DIFFER_MS = 5 * 60 * 1000


def landed_since_ms(plan: Plan, claims: Claims) -> int:
    """What landed before is older than the run. Unix time in milliseconds, as are all times here."""
    return sent_since_ms(plan, claims) - CLOCKS_DIFFER_MS


def sent_since_ms(plan: Plan, claims: Claims) -> int:
    """When the run began to send: the sender's clock may have been set back since the run was created."""
    return min(plan.created_ms, claims.first_sent_ms or plan.created_ms)


def key_times_ms(plan: Plan, claims: Claims, now_ms: int) -> tuple[int, int]:
    """The first and the last time that keys can have: when it was sent, or of generated objects, their events'."""
    if plan.command == "generate" and plan.duration_s is not None:
        return plan.start_ms, plan.start_ms + round(plan.duration_s * 1000)
    first_ms = sent_since_ms(plan, claims)
    return first_ms, now_ms if claims.live else max(claims.last_sent_ms, first_ms)
