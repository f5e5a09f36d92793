"""Where the events of a profile's own fields carry what analytics count and group by."""

from collections.abc import Iterator, Mapping

from clickgen.schema.carried import ADDED_ID, Carried, TimeColumn, TimeForm
from clickgen.schema.fields import fields_template, id_path_of

_TIME_FACTS = {
    "event_time": TimeForm.ISO,
    "naive_time": TimeForm.NAIVE,
    "epoch_ms": TimeForm.MILLISECONDS,
    "epoch_s": TimeForm.SECONDS,
}


def carried_by_fields(fields: Mapping[str, object]) -> Carried:
    """What events with these fields, a profile's own, carry."""
    at = {fact: ".".join(path) for fact, path in reversed(list(_facts_at(fields)))}
    times = (TimeColumn(at[fact], form) for fact, form in _TIME_FACTS.items() if fact in at)
    visitor = next((at[fact] for fact in ("visitor_id", "visitor_uuid", "visitor_number") if fact in at), None)
    session = next((at[fact] for fact in ("session_id", "session_uuid") if fact in at), None)
    return Carried(
        event_id=".".join(id_path_of(fields, ADDED_ID)),
        time=next(times, None),
        visitor=visitor,
        numbered=visitor is not None and visitor == at.get("visitor_number"),
        session=() if session is None else (session,),
        order=at.get("order_id"),
        revenue=at.get("cart_value") if "order_id" in at else None,
        names={fact: path for fact, path in at.items() if fact not in fields},
        template=lambda _: fields_template(fields, ADDED_ID),
    )


def _facts_at(fields: Mapping[str, object], at: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of each fact that the fields carry, and the names that lead to it."""
    for name, value in fields.items():
        fact = value.get("fact") if isinstance(value, Mapping) else value
        if isinstance(fact, str):
            yield fact, (*at, name)
        elif isinstance(value, Mapping):
            yield from _facts_at(value, (*at, name))
