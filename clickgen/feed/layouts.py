"""What the events of a simulated run look like as bytes."""

from clickgen.model.plan import Plan
from clickgen.profile.tables import Tables
from clickgen.schema.encode import Layout
from clickgen.schema.registry import SCHEMAS, carried_by, id_path, layout_of
from clickgen.traffic.simulation import vocabulary_of


def layout_for(plan: Plan, tables: Tables) -> Layout:
    """The layout of a run's events; UsageProblem if its schema does not fit the profile."""
    return layout_of(plan.event_schema, vocabulary_of(tables))


def id_field_of(event_schema: str | dict[str, object]) -> str:
    """The name of the field with the id in events of a schema; "" in lines of text."""
    return next(reversed(id_path(event_schema)), "")


def visitor_field_of(event_schema: str | dict[str, object]) -> str | None:
    """The name of the field with the visitor in events of a schema, or None if they have none."""
    path = carried_by(event_schema).visitor
    return None if path is None else path.rpartition(".")[2]


def is_text(plan: Plan) -> bool:
    """Whether a run's events are lines of text and not JSON objects."""
    return isinstance(plan.event_schema, str) and SCHEMAS[plan.event_schema].lines is not None
