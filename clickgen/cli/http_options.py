"""The options of posting events to a collector."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clickgen.cli.types import COUNT, Parsed, options, sizing
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.destination import HttpBody, HttpDestination, HttpRequest
    from clickgen.sink.http_values import HttpValues, NamedValue

T = TypeVar("T")

# the forms of bodies, repeated here so that --help need not import them; a test holds that they agree
BODIES = ("json", "ndjson", "lines", "segment", "snowplow", "ga4", "aws-clickstream", "put-record-batch")
LEAST_BYTES = 1024  # of a body: smaller ones hold hardly an event
MOST_BYTES = 1 << 30  # of a body: far more than any collector takes
_PREFIX = "http_"


class _OneALine(Parsed[T]):
    """Text with spaces: several in an environment variable are on lines of their own."""

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """The values of the variable."""
        return [line for line in rv.splitlines() if line.strip()]


def _header(text: str) -> "NamedValue":
    from clickgen.sink.http_values import parse_header

    return parse_header(text)


def _parameter(text: str) -> "NamedValue":
    from clickgen.sink.http_values import parse_parameter

    return parse_parameter(text)


_HEADER = _OneALine("header", _header)
_PARAMETER = _OneALine("parameter", _parameter)

# what the plan of a run settles
http_options_of_plan = options(
    click.option(
        "--http-body",
        type=click.Choice(BODIES),
        metavar="FORM",
        help=f"How a request holds events: {', '.join(BODIES)}.  [default: as the schema fits, else json]",
    ),
    click.option("--http-batch", type=COUNT, help="The most events of a request."),
    click.option(
        "--http-bytes", type=sizing(LEAST_BYTES, MOST_BYTES), help="The most bytes of a body, before compression."
    ),
    click.option("--http-gzip", is_flag=True, help="Compress bodies."),
    click.option("--http-sigv4", metavar="SERVICE", help="Sign requests for this service of AWS: execute-api."),
    click.option("--http-stream", metavar="NAME", help="Firehose stream that a put-record-batch body names."),
    click.option("--http-html", is_flag=True, help="This collector answers accepted events with HTML."),
)
# what may be secret, which no plan keeps
http_options_of_resuming = options(
    click.option(
        "--http-header",
        type=_HEADER,
        multiple=True,
        metavar="HEADER",
        help="'Name: value', or Name=@VARIABLE of the environment. Values are kept nowhere. Repeatable.",
    ),
    click.option(
        "--http-query",
        type=_PARAMETER,
        multiple=True,
        metavar="PARAMETER",
        help="NAME=VALUE, or NAME=@VARIABLE, in the URL's query; kept nowhere either. Repeatable.",
    ),
)


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """The options as given, each without its `http_`."""

    body: "HttpBody | None" = None
    batch: int | None = None
    bytes: int | None = None
    gzip: bool = False
    sigv4: str | None = None
    stream: str | None = None
    html: bool = False
    header: "tuple[NamedValue, ...]" = ()
    query: "tuple[NamedValue, ...]" = ()

    @classmethod
    def taken_from(cls, given: dict[str, Any]) -> "HttpOptions":
        """The options among a command's arguments, which lose them."""
        names = [field.name for field in fields(cls) if _PREFIX + field.name in given]
        return cls(**{name: given.pop(_PREFIX + name) for name in names})

    @property
    def used(self) -> list[str]:
        """The options that were given, as they are written."""
        return [f"--http-{field.name}" for field in fields(self) if getattr(self, field.name) != field.default]

    @property
    def request(self) -> "HttpRequest":
        """How events are posted, the form of bodies apart."""
        from clickgen.model.destination import HttpRequest

        return HttpRequest(
            events=self.batch,
            bytes=self.bytes,
            gzip=self.gzip,
            sigv4=self.sigv4,
            delivery_stream=self.stream,
            html=self.html,
            headers={one.name: one.variable for one in self.header},
            parameters={one.name: one.variable for one in self.query},
        )

    def values(self) -> "HttpValues":
        """The values of headers and parameters; UsageProblem if the environment lacks one."""
        from clickgen.sink.http_values import HttpValues, resolved

        return HttpValues(resolved("--http-header", self.header), resolved("--http-query", self.query))


def options_of(to: "HttpDestination", given: dict[str, Any]) -> dict[str, Any]:
    """The arguments that post as the plan of a run says, with the values that are given now.

    Raises UsageProblem if the plan names a header or parameter whose value was given on the command line then, and
    is not given now.
    """
    how = to.request
    return {
        "http_body": how.body,
        "http_batch": how.events,
        "http_bytes": how.bytes,
        "http_gzip": how.gzip,
        "http_sigv4": how.sigv4,
        "http_stream": how.delivery_stream,
        "http_html": how.html,
        "http_header": _completed("--http-header", how.headers, given.get("http_header", ())),
        "http_query": _completed("--http-query", how.parameters, given.get("http_query", ())),
    }


def _completed(
    option: str, planned: dict[str, str | None], given: "tuple[NamedValue, ...]"
) -> "tuple[NamedValue, ...]":
    from clickgen.sink.http_values import NamedValue

    names = {one.name.lower() for one in given}
    kept = {name: variable for name, variable in planned.items() if name.lower() not in names}
    missing = [name for name, variable in kept.items() if variable is None]
    if missing:
        raise UsageProblem(
            f"the run was sent with {option} {', '.join(missing)}, whose value was not kept",
            f"give it again: {option} with its value, or {missing[0]}=@VARIABLE",
        )
    return (*given, *(NamedValue(name, None, variable) for name, variable in kept.items()))
