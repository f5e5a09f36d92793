"""Logs of web servers, CDNs and load balancers: every line as a JSON object with the fields' usual names.

Access logs: the Common Log Format of NCSA httpd, and the combined one of Apache and nginx. Fields logs name their
columns in a line `#Fields:` (W3C Extended Log File Format, which CloudFront writes) or are those of an Application
Load Balancer (Elastic Load Balancing, "Access log entries").
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from clickgen.model.form import Form, Kind
from clickgen.read.formats.delimited import numeric_columns, row_object
from clickgen.read.formats.text_lines import Line, TextLines
from clickgen.read.pieces import EXCERPT_BYTES, Bad, BadKind, Fault, JsonObject, Piece

_ACCESS = re.compile(
    r"(?P<host>\S++) (?P<ident>\S++) (?P<user>.*?) \[(?P<time>[^\]]++)\] "
    r'"(?P<request>(?:[^"\\]++|\\.|"(?! \d{3} ))*)" (?P<status>\d{3}|-) (?P<bytes>\d+|-)'
    r'(?: "(?P<referer>(?:[^"\\]++|\\.)*+)" "(?P<agent>(?:[^"\\]++|\\.)*+)")?(?P<rest>.*)'
)
_REQUEST = re.compile(r"(?P<method>[A-Z]+) (?P<path>.*?)(?: (?P<protocol>HTTP/[0-9.]+))?")
_ALB_FIELDS = (
    "type",
    "time",
    "elb",
    "client:port",
    "target:port",
    "request_processing_time",
    "target_processing_time",
    "response_processing_time",
    "elb_status_code",
    "target_status_code",
    "received_bytes",
    "sent_bytes",
    "request",
    "user_agent",
    "ssl_cipher",
    "ssl_protocol",
    "target_group_arn",
    "trace_id",
    "domain_name",
    "chosen_cert_arn",
    "matched_rule_priority",
    "request_creation_time",
    "actions_executed",
    "redirect_url",
    "error_reason",
    "target:port_list",
    "target_status_code_list",
    "classification",
    "classification_reason",
    "conn_trace_id",
    "transformed_host",
    "transformed_uri",
    "request_transform_status",
)
_ALB = re.compile(r"(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT\S+Z \S+ \S+:\d+ ")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_FIELDS = "#Fields:"
_LEAST_CELLS = 12  # of an entry, if there are more columns
_REMEMBERED = 1 << 14  # requests, of which a site's visitors make the same ones


def recognise(lines: Sequence[str]) -> Form | None:
    """The form of a log by its first lines, or None if it is none of these."""
    fields = next((line for line in lines[:8] if line.startswith(_FIELDS)), None)
    body = [line for line in lines if line and not line.startswith("#")]
    if fields is not None:
        columns = tuple(fields[len(_FIELDS) :].split())
        separator = "\t" if any("\t" in line for line in body) else " "
        name = "a CloudFront log" if "x-edge-location" in columns else "a W3C extended log"
        return _fields_form(name, columns, separator, body)
    if body and sum(map(bool, map(_ALB.match, body))) >= 0.9 * len(body):
        return _fields_form("an ALB log", _ALB_FIELDS, " ", body)
    if body and sum(map(bool, map(_ACCESS.fullmatch, body))) >= 0.8 * len(body):
        combined = any('" "' in line for line in body)
        return Form(kind=Kind.ACCESS_LOG, name=f"{'a combined' if combined else 'a common'} access log")
    return None


def _fields_form(name: str, columns: tuple[str, ...], separator: str, body: Sequence[str]) -> Form:
    rows = [[cell or "" for cell in _cells(line, separator)] for line in body[:500]]
    return Form(
        kind=Kind.FIELDS_LOG,
        name=name,
        separator=separator,
        columns=columns,
        numeric=numeric_columns(columns, rows),
    )


def read_log(chunks: Iterable[bytes | Fault], form: Form) -> Iterator[list[Piece]]:
    """The entries, some at a time. Comments are no entries; a line of another form is bad."""
    reader = LogReader(form)
    for chunk in chunks:
        yield reader.fault(chunk) if isinstance(chunk, Fault) else reader.feed(chunk)
    yield reader.end()


class LogReader:
    """`read_log` for callers that get the bytes piecemeal: feed, then end."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._lines = TextLines()
        self._entry = access_entry if form.kind is Kind.ACCESS_LOG else _fields_entry

    def feed(self, data: bytes) -> list[Piece]:
        """The entries that are complete with the data."""
        return self._entries(self._lines.feed(data))

    def end(self) -> list[Piece]:
        """The last entry."""
        return self._entries(self._lines.end())

    def fault(self, fault: Fault) -> list[Piece]:
        """The last entry before a fault of the compression, and the fault."""
        return self._entries(self._lines.fault(fault))

    @property
    def idle(self) -> bool:
        """Whether all that was fed is used up, and what follows begins a line."""
        return self._lines.idle

    def skip(self, size: int, lines: int) -> None:
        """Note that whole lines, which are not fed, come next; only if it is idle."""
        self._lines.skip(size, lines)

    def _entries(self, lines: Sequence[Line | Bad]) -> list[Piece]:
        pieces: list[Piece] = []
        for line in lines:
            if isinstance(line, Bad):
                pieces.append(line)
            elif line.text.strip() and not line.text.startswith("#"):
                entry = self._entry(line.text, line.offset, line.number, self._form)
                pieces.append(entry or _bad(self._form, line.text, line.offset, line.number))
        return pieces


def access_entry(text: str, offset: int, number: int, _: Form) -> JsonObject | None:
    """An entry of an access log, or None if the line is not one."""
    found = _ACCESS.fullmatch(text)
    if found is None:
        return None
    part = {name: None if cell in ("-", "", None) else cell for name, cell in found.groupdict().items()}
    value: dict[str, Any] = {name: part[name] for name in ("host", "ident", "user", "time", "request")}
    value |= request_parts(part["request"] or "")
    value["status"] = None if part["status"] is None else int(part["status"])
    value["bytes"] = None if part["bytes"] is None else int(part["bytes"])
    if found["agent"] is not None:
        value["referer"], value["user_agent"] = part["referer"], part["agent"]
    if (part["rest"] or "").strip():
        value["rest"] = part["rest"].strip() if part["rest"] else None
    return JsonObject(orjson.dumps(value), offset, number, value)


@lru_cache(_REMEMBERED)
def request_parts(request: str) -> Mapping[str, str | None]:
    """The method, path and protocol of a request; nothing if it has another form."""
    found = _REQUEST.fullmatch(request)
    return {} if found is None else found.groupdict()


def _fields_entry(text: str, offset: int, number: int, form: Form) -> JsonObject | None:
    cells = _cells(text, form.separator)
    return row_object(form, cells, offset, number) if is_width_of(form, len(cells)) else None


def is_width_of(form: Form, cells: int) -> bool:
    """Whether an entry may have so many cells: a service adds columns at the end, so older logs have fewer."""
    return min(len(form.columns), _LEAST_CELLS) <= cells <= len(form.columns)


def _cells(text: str, separator: str) -> list[str | None]:
    if separator == "\t":
        cells = text.split("\t")
    else:
        cells = [found[1] if found[2] is None else found[2] for found in _WORD.finditer(text)]
    return [None if cell == "-" else cell for cell in cells]


def _bad(form: Form, text: str, offset: int, number: int) -> Bad:
    data = text.encode()
    return Bad(BadKind.GARBAGE, f"not a line of {form.name}", data[:EXCERPT_BYTES], len(data), offset, number)
