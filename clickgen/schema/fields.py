"""A profile's own fields: names and nesting as the user writes them, and the fact that each carries.

A field is the name of a fact (`page = "path"`), a fact as another type (`price = {fact = "price", type =
"string"}`), a constant (`source = {const = "web"}`), or a table of further fields. What does not apply to an event
is null. Exactly one field carries the event's id; if none is named, one is added in front.
"""

from collections.abc import Callable, Iterator, Mapping

import orjson

from clickgen.model.mistakes import did_you_mean
from clickgen.schema.carried import ADDED_ID, Carried, TimeColumn, TimeForm
from clickgen.schema.facts_by_name import EVENT_ID, FACTS, Kind
from clickgen.schema.json_text import CartValue, Raw, Value

Problem = tuple[str, str]  # the path of a field in the profile, and what is wrong with it
_TABLE = "fields"  # where a profile has them
_KEYS_OF_A_FACT = ("fact", "type")
_TYPES = ("string", "number")
_TIME_FACTS = {
    "event_time": TimeForm.ISO,
    "naive_time": TimeForm.NAIVE,
    "epoch_ms": TimeForm.MILLISECONDS,
    "epoch_s": TimeForm.SECONDS,
}


def field_problems(fields: Mapping[str, object], id_field: str) -> list[Problem]:
    """Everything that is wrong with a profile's own fields; id_field: the field that is added for the id."""
    problems = [problem for path, value in _leaves(fields) for problem in _leaf_problems(path, value)]
    if not fields:
        problems.append((_TABLE, "there are no fields"))
    ids = _id_paths(fields)
    problems += [(_place(path), "carries event_id, which another field carries already") for path in ids[1:]]
    if not ids and id_field in fields:
        what = "has the name of the field that is added for the event's id; give one field the fact event_id"
        problems.append((_place((id_field,)), what))
    return problems


def id_path_of(fields: Mapping[str, object], id_field: str) -> tuple[str, ...]:
    """The names that lead to the event's id."""
    return next(iter(_id_paths(fields)), (id_field,))


def fields_template(fields: Mapping[str, object], id_field: str) -> dict[str, object]:
    """The template of events with these fields, in order; they must have no problems."""
    template = _object(fields)
    return template if _id_paths(fields) else {id_field: FACTS[EVENT_ID].value} | template


def _object(fields: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _object(value) if isinstance(value, Mapping) and not _is_leaf(value) else _value(value)
        for name, value in fields.items()
    }


def _value(field: object) -> object:
    if not isinstance(field, Mapping):
        return FACTS[str(field)].value
    if "const" in field:
        return field["const"]
    fact = FACTS[field["fact"]]
    return _converted(fact.value, fact.kind, field.get("type", fact.kind))


def _is_leaf(table: Mapping[str, object]) -> bool:
    return isinstance(table.get("fact"), str) or ("const" in table and not isinstance(table["const"], Mapping))


def _leaves(fields: Mapping[str, object], at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in fields.items():
        if isinstance(value, Mapping) and not _is_leaf(value):
            yield from _leaves(value, (*at, name))
        else:
            yield (*at, name), value


def _fact_name(field: object) -> object:
    return field.get("fact") if isinstance(field, Mapping) else field


def _id_paths(fields: Mapping[str, object]) -> list[tuple[str, ...]]:
    return [path for path, value in _leaves(fields) if _fact_name(value) == EVENT_ID]


def _place(path: tuple[str, ...]) -> str:
    return ".".join((_TABLE, *path))


def _leaf_problems(path: tuple[str, ...], field: object) -> Iterator[Problem]:
    place = _place(path)
    if isinstance(field, Mapping) and "const" in field:
        if not isinstance(field["const"], str | int | float | bool):
            yield f"{place}.const", "must be a string, a number, true or false"
        yield from _unknown_keys(place, field, ("const",))
        return
    name = _fact_name(field)
    if not isinstance(name, str):
        yield place, f'must be the name of a fact, or a table with "fact" or "const" (given: {field!r})'
        return
    if name not in FACTS:
        yield place, f'there is no fact "{name}"{did_you_mean(name, FACTS) or "; there are: " + ", ".join(FACTS)}'
        return
    if isinstance(field, Mapping):
        yield from _unknown_keys(place, field, _KEYS_OF_A_FACT)
        yield from _type_problems(place, name, field.get("type", FACTS[name].kind))


def _unknown_keys(place: str, field: Mapping[str, object], known: tuple[str, ...]) -> Iterator[Problem]:
    for key in field.keys() - set(known):
        meant = did_you_mean(key, known)
        yield f"{place}.{key}", f"unknown key{meant or '; known here: ' + ', '.join(known)}"


def _type_problems(place: str, name: str, wanted: object) -> Iterator[Problem]:
    kind = FACTS[name].kind
    if wanted == kind:
        return
    if wanted not in _TYPES:
        yield f"{place}.type", f'must be "string" or "number" (given: {wanted!r})'
    elif wanted == "number" and kind == "string":
        yield f"{place}.type", f"{name} is a string that is not a number"


def _converted(value: object, kind: Kind, wanted: object) -> object:
    if kind == wanted:
        return value
    to: Callable[[object], object] = _as_text if wanted == "string" else _as_number
    match value:
        case Raw():
            return Raw((b'"', *value.pieces, b'"'))
        case Value():
            return Value(value.source, _then(value.of, to))
        case CartValue():
            return CartValue(_then(value.of, to), _then(value.elsewhere, to))
    raise TypeError(f"{value} is not the value of a fact")


def _then(of: Callable[..., object], to: Callable[[object], object]) -> Callable[..., object]:
    def converted(word: object) -> object:
        value = of(word)
        return None if value is None else to(value)

    return converted


def _as_text(value: object) -> str:
    return orjson.dumps(value).decode()


def _as_number(value: object) -> int:
    return int(bool(value))


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
