"""The schemas by name, and how events of each are laid out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from clickgen.model.destination import HttpBody
from clickgen.model.errors import Mistakes, UsageProblem
from clickgen.model.mistakes import did_you_mean
from clickgen.model.outside_text import one_line
from clickgen.schema import aws_clickstream, flat, ga4, pipelines, segment, snowplow, snowplow_tsv
from clickgen.schema.access_log import combined_pieces
from clickgen.schema.carried import ADDED_ID, Carried
from clickgen.schema.encode import Layout
from clickgen.schema.facts import Vocabulary
from clickgen.schema.fields import carried_by_fields, field_problems, fields_template, id_path_of
from clickgen.schema.json_text import json_pieces
from clickgen.schema.layout import lay_out
from clickgen.schema.pieces import Piece
from clickgen.schema.row_values import EVENT_ID

Schema = str | Mapping[str, object]  # a schema's name, or the fields of a profile


@dataclass(frozen=True, slots=True)
class SchemaKind:
    """A schema that has a name."""

    carries: Carried  # where events say what analytics count and group by; for JSON, what they consist of
    lines: Callable[[Vocabulary], Iterable[Piece]] | None = None  # for text, what a line consists of
    posted_as: HttpBody = "json"  # the form of HTTP bodies that its events are made for

    @property
    def id_path(self) -> tuple[str, ...] | None:
        """The names that lead to the event's id, none in text; None if it has no place and a field is added."""
        column = self.carries.event_id
        if self.lines is not None or column is None:
            return ()
        return None if column == ADDED_ID else tuple(column.replace("[]", "").split("."))


SCHEMAS: Mapping[str, SchemaKind] = {
    "flat": SchemaKind(flat.CARRIES),
    "ga4": SchemaKind(ga4.CARRIES, posted_as="ga4"),
    "snowplow": SchemaKind(snowplow.CARRIES, posted_as="snowplow"),
    "snowplow-tsv": SchemaKind(snowplow_tsv.CARRIES, snowplow_tsv.snowplow_tsv_pieces, posted_as="lines"),
    "segment": SchemaKind(segment.CARRIES, posted_as="segment"),
    "aws-clickstream": SchemaKind(aws_clickstream.CARRIES, posted_as="aws-clickstream"),
    "combined": SchemaKind(Carried(), combined_pieces, posted_as="lines"),
    "page-view": SchemaKind(pipelines.PAGE_VIEW_CARRIES),
    "client-event": SchemaKind(pipelines.CLIENT_EVENT_CARRIES),
    "order": SchemaKind(pipelines.ORDER_CARRIES),
}


def schema_named(name: str) -> SchemaKind:
    """The schema of this name. Raises UsageProblem if there is none."""
    if name not in SCHEMAS:
        raise UsageProblem(_no_schema(name), "or give the profile [fields] of its own")
    return SCHEMAS[name]


def _no_schema(name: str) -> str:
    return f'there is no schema "{name}"{did_you_mean(name, SCHEMAS)}; there are: {", ".join(SCHEMAS)}'


def layout_of(schema: Schema, vocabulary: Vocabulary, id_field: str = ADDED_ID) -> Layout:
    """The layout of a schema over this vocabulary; made once, shared by the encoders of all lanes.

    id_field: the name of the field that is added if the schema has none for the event's id. Raises UsageProblem if
    there is no such schema, or with everything that is wrong with the fields.
    """
    return lay_out(pieces_of(schema, vocabulary, id_field), vocabulary)


def pieces_of(schema: Schema, vocabulary: Vocabulary, id_field: str = ADDED_ID) -> list[Piece]:
    """What an event of a schema consists of; this is made at once, while a layout takes its time.

    Raises UsageProblem as `layout_of` does.
    """
    if not isinstance(schema, str):
        problems = field_problems(schema, id_field)
        if problems:
            lines = [f"{path}: {what}" for path, what in problems]
            raise Mistakes("\n".join(map(one_line, lines)), "each line names a field; fix them all and try again")
        return list(json_pieces(fields_template(schema, id_field)))
    kind = schema_named(schema)
    if kind.lines is not None:
        return list(kind.lines(vocabulary))
    members = kind.carries.template(vocabulary)
    if kind.id_path is not None:
        return list(json_pieces(members))
    if id_field in members:
        raise UsageProblem(
            f"the schema {schema} has a field {id_field} of its own", "choose another name for the field of the id"
        )
    return list(json_pieces({id_field: EVENT_ID} | members))


def events_problems(name: str | None, fields: Mapping[str, object] | None) -> Iterator[tuple[str, str]]:
    """(path in the file, what is wrong) for what a profile says of its events: a schema's name, own fields."""
    if name is not None and fields is not None:
        yield "schema", "name a schema or give fields, not both"
    if name is not None and name not in SCHEMAS:
        yield "schema", _no_schema(name)
    if fields is not None:
        yield from field_problems(fields, ADDED_ID)


def id_path(schema: Schema, id_field: str = ADDED_ID) -> tuple[str, ...]:
    """The names that lead to the event's id in an event; none if events are lines of text."""
    if not isinstance(schema, str):
        return id_path_of(schema, id_field)
    path = schema_named(schema).id_path
    return (id_field,) if path is None else path


def carried_by(schema: Schema) -> Carried:
    """What the events of a schema carry: of one that has a name, or of the fields of a profile."""
    return SCHEMAS[schema].carries if isinstance(schema, str) else carried_by_fields(schema)
