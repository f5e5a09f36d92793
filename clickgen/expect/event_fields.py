"""Where simulated events have what is counted, for whoever counts them as parsed objects."""

from clickgen.expect.parsed import AMOUNT, ORDER, SESSION, TIME, VISITOR, Fields
from clickgen.expect.question import DAY, HOUR, Question
from clickgen.model.errors import UsageProblem
from clickgen.model.plan import Plan
from clickgen.profile.tables import Tables
from clickgen.schema.registry import carried_by
from clickgen.traffic.simulation import vocabulary_of


def fields_of(plan: Plan, tables: Tables, question: Question) -> Fields:
    """The fields of a simulated run's events, as `ParsedEvents` wants them.

    Raises UsageProblem for a dimension that the events do not carry, and for a funnel: what its steps are called
    depends on the schema.
    """
    if question.funnel or question.steps:
        raise UsageProblem(
            "there is no funnel here", "leave out --funnel and --step, or ask an engine that knows SQL"
        )
    carried, vocabulary = carried_by(plan.event_schema), vocabulary_of(tables)
    found = {
        VISITOR: carried.visitor,
        SESSION: carried.session[0] if len(carried.session) == 1 else None,
        ORDER: carried.order,
        AMOUNT: carried.revenue,
        TIME: carried.time.path if carried.time is not None else None,
    }
    for name in question.by:
        column = None if name in (DAY, HOUR) else carried.column(name, vocabulary)
        if column is None and (name not in (DAY, HOUR) or carried.time is None):
            raise UsageProblem(f"events of this schema do not carry {name}", "leave it out of --by")
        if column is not None:
            found[name] = column.path
    inside_arrays = [name for name, path in found.items() if path is not None and "[" in path]
    if inside_arrays:
        raise UsageProblem(
            f"{inside_arrays[0]} is inside an array of the event, where it is not looked for here",
            "compare where an engine that knows SQL reads the events",
        )
    return {name: path for name, path in found.items() if path is not None}
