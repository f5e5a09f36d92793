"""The bill in words: what a run costs, or would cost on AWS, and what packing has to do with it."""

from clickgen.cost.bill import usd
from clickgen.model.plan import Plan
from clickgen.sink.registry import kind_of


def bill_words(plan: Plan, cost: float, unpacked: float, packed: float | None = None) -> str:
    """Dollars for ingestion, and what packing saves or would save.

    unpacked: what the accepted events cost one a record. packed: what they would cost packed; None where that
    is not known, and then an unpacked run's saving is left out.
    """
    kind = kind_of(plan.destination)
    if kind.paid_for is None:
        return "nothing: nobody is paid"
    words = f"{usd(cost)} for {kind.paid_for}" if plan.destination.on_aws else f"would cost {usd(cost)} on AWS"
    less = None if kind.never_packed_because else cost if plan.pack else packed
    if less is None or unpacked <= 0 or unpacked <= less:
        return words
    verb = "saves" if plan.pack else "would save"
    return f"{words}; packing {verb} {usd(unpacked - less)} ({(unpacked - less) / unpacked * 100:.0f} %)"
