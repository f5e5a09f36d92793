"""The schemas by name, and how events of each are laid out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from clickgen.model.errors import Mistakes, UsageProblem
from clickgen.model.outside_text import one_line
from clickgen.model.suggestion import did_you_mean
from clickgen.schema import aws_clickstream, flat, ga4, pipelines, segment, snowplow, snowplow_tsv
from clickgen.schema.access_log import combined_pieces
from clickgen.schema.carried import ADDED_ID, Carried, Template
from clickgen.schema.carried_by_fields import carried_by_fields
from clickgen.schema.encode import Layout
from clickgen.schema.facts import Vocabulary
from clickgen.schema.fields import field_problems, fields_template, id_path_of
from clickgen.schema.json_text import json_pieces
from clickgen.schema.layout import lay_out
from clickgen.schema.pieces import Piece
from clickgen.schema.row_values import EVENT_ID

Schema = str | Mapping[str, object]  # a schema's name, or the fields of a profile


@dataclass(frozen=True, slots=True)
class SchemaKind:
    """A schema that has a name.

    media: "json" for one object a line, "text" for lines of another kind. id_path: the names that lead to the
    event's id; None where the schema has no place for one, so that a field is added; () in text. pieces: what an
    event consists of, without an added id's. carries: where events say what analytics count and group by.
    """

    name: str
    description: str
    media: Literal["json", "text"]
    id_path: tuple[str, ...] | None
    pieces: Callable[[Vocabulary, str], Iterable[Piece]]
    carries: Carried


def _json(
    name: str, description: str, template: Template, carries: Carried, id_path: tuple[str, ...] | None = None
) -> SchemaKind:
    def pieces(vocabulary: Vocabulary, id_field: str) -> Iterable[Piece]:
        members = template(vocabulary)
        if id_path is not None:
            return json_pieces(members)
        if id_field in members:
            raise UsageProblem(
                f"the schema {name} has a field {id_field} of its own",
                "choose another name for the field of the id",
            )
        return json_pieces({id_field: EVENT_ID} | members)

    return SchemaKind(name, description, "json", id_path, pieces, carries)


def _text(
    name: str, description: str, pieces: Callable[[Vocabulary], Iterable[Piece]], carries: Carried
) -> SchemaKind:
    return SchemaKind(name, description, "text", (), lambda vocabulary, _: pieces(vocabulary), carries)


SCHEMAS: Mapping[str, SchemaKind] = {
    kind.name: kind
    for kind in (
        _json(
            "flat", "compact JSON, every field at the top level", flat.flat_template, flat.CARRIES, ("event_id",)
        ),
        _json("ga4", "rows of Google Analytics 4's BigQuery export", ga4.ga4_template, ga4.CARRIES),
        _json(
            "snowplow",
            "what a Snowplow tracker posts to its collector",
            snowplow.snowplow_template,
            snowplow.CARRIES,
            ("data", "eid"),
        ),
        _text(
            "snowplow-tsv",
            "Snowplow's enriched events, 131 columns",
            snowplow_tsv.snowplow_tsv_pieces,
            snowplow_tsv.CARRIES,
        ),
        _json(
            "segment",
            "Segment's page and track calls",
            segment.segment_template,
            segment.CARRIES,
            ("messageId",),
        ),
        _json(
            "aws-clickstream",
            "Clickstream Analytics on AWS, web SDK",
            aws_clickstream.aws_clickstream_template,
            aws_clickstream.CARRIES,
            ("event_id",),
        ),
        _text(
            "combined",
            "lines of an access log, Apache's and nginx's combined format",
            combined_pieces,
            Carried(),
        ),
        _json(
            "page-view",
            "{user, ts, page, debug}",
            pipelines.page_view_template,
            pipelines.PAGE_VIEW_CARRIES,
        ),
        _json(
            "client-event",
            "{user_id, device_id, client_event, client_timestamp}",
            pipelines.client_event_template,
            pipelines.CLIENT_EVENT_CARRIES,
        ),
        _json(
            "order",
            "{orderid, product_name, quantity, price}",
            pipelines.order_template,
            pipelines.ORDER_CARRIES,
        ),
    )
}


def schema_named(name: str) -> SchemaKind:
    """The schema of this name. Raises UsageProblem where there is none."""
    if name not in SCHEMAS:
        raise UsageProblem(_no_schema(name), "or give the profile [fields] of its own")
    return SCHEMAS[name]


def _no_schema(name: str) -> str:
    return f'there is no schema "{name}"{did_you_mean(name, SCHEMAS)}; there are: {", ".join(SCHEMAS)}'


def layout_of(schema: Schema, vocabulary: Vocabulary, id_field: str = ADDED_ID) -> Layout:
    """The layout of a schema over this vocabulary; made once, shared by the encoders of all lanes.

    id_field: the name of the field that is added where the schema has none for the event's id. Raises UsageProblem
    where there is no such schema, or with everything that is wrong with the fields.
    """
    return lay_out(pieces_of(schema, vocabulary, id_field), vocabulary)


def pieces_of(schema: Schema, vocabulary: Vocabulary, id_field: str = ADDED_ID) -> list[Piece]:
    """What an event of a schema consists of; this is made at once, while a layout takes its time.

    Raises UsageProblem as `layout_of` does.
    """
    if isinstance(schema, str):
        return list(schema_named(schema).pieces(vocabulary, id_field))
    problems = field_problems(schema, id_field)
    if problems:
        lines = [f"{path}: {what}" for path, what in problems]
        raise Mistakes("\n".join(map(one_line, lines)), "each line names a field; mend them all and try again")
    return list(json_pieces(fields_template(schema, id_field)))


def events_problems(name: str | None, fields: Mapping[str, object] | None) -> Iterator[tuple[str, str]]:
    """(path in the file, what is wrong) for what a profile says of its events: a schema's name, own fields."""
    if name is not None and fields is not None:
        yield "schema", "name a schema or give fields, not both"
    if name is not None and name not in SCHEMAS:
        yield "schema", _no_schema(name)
    if fields is not None:
        yield from field_problems(fields, ADDED_ID)


def id_path(schema: Schema, id_field: str = ADDED_ID) -> tuple[str, ...]:
    """The names that lead to the event's id in an event; none where events are lines of text."""
    if not isinstance(schema, str):
        return id_path_of(schema, id_field)
    path = schema_named(schema).id_path
    return (id_field,) if path is None else path


def carried_by(schema: Schema) -> Carried:
    """What the events of a schema carry: of one that has a name, or of the fields of a profile."""
    return SCHEMAS[schema].carries if isinstance(schema, str) else carried_by_fields(schema)
