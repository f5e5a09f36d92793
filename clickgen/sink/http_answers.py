"""What a collector's answer says of the events that were posted to it.

Statuses: RFC 9110, and RFC 6585 for 429. A page of HTML with a good status comes from a login or a proxy far more
often than from a collector, and says nothing of the events: they are unknown, and nothing more is sent, unless the
user says that this collector answers so. Batch interfaces say in their answer what became of each event: as
PutRecordBatch and PutRecords do, or with the status 207 and a list of statuses (RFC 4918, 13, in JSON).
"""

import re
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import orjson

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, Refusal, RefusedRecord
from clickgen.model.destination import HttpRequest
from clickgen.model.outside_text import one_line
from clickgen.sink.answers import EXPIRED_CODES, read_entries
from clickgen.sink.http_values import HttpValues

_EXCERPT = 200
_THROTTLED = frozenset([429, 503])
# somebody on the way gave up waiting (RFC 9110, 15.5.9, 15.6.3 and 15.6.5): the collector may have the events
_GAVE_UP = frozenset([408, 502, 504])
_LASTING = {  # nothing will be accepted until somebody mends this
    401: "give what it asks for: --http-header 'Authorization=@VARIABLE', or --http-sigv4",
    403: "see the permissions behind the key, token or role that the requests carry",
    404: "check the path of the URL",
    405: "check the path of the URL: what is there takes no POST",
    407: "give the proxy's user and password in HTTPS_PROXY or HTTP_PROXY",
    410: "check the path of the URL",
    411: "a proxy on the way does not know HTTP/1.1; go around it with NO_PROXY",
    415: "send another form (--http-body), or name the content type: --http-header 'Content-Type: …'",
}
_TOO_LARGE_HINT = "send smaller bodies: --http-batch EVENTS or --http-bytes BYTES"
_HTML_HINT = (
    "check the URL: a login page or a proxy answers like that; if it is this collector's answer to events that it "
    "accepted, add --http-html"
)
_SILENT_HINT = "let the gateway pass on the answer of PutRecordBatch as it is, or send another form: --http-body"
_207_HINT = "verify what landed, then send another form: --http-body"
_LISTS = ("results", "responses", "items", "events")  # what lists of statuses are called
_STATUSES = ("status", "statusCode", "status_code", "code")
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(rb"<title[^>]*>\s*(.*?)\s*</title", re.IGNORECASE | re.DOTALL)


class Heard(NamedTuple):
    """An answer as it came: headers by their names in lower case."""

    url: str  # without its query
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_html(self) -> bool:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind in ("text/html", "application/xhtml+xml") or _HTML.match(self.body) is not None

    @property
    def status_words(self) -> str:
        """The status with its name, in our own words."""
        known = self.status in HTTPStatus._value2member_map_
        return f"HTTP {self.status} {HTTPStatus(self.status).phrase}" if known else f"HTTP {self.status}"


def read_answer(heard: Heard, positions: Sequence[int], request: HttpRequest, values: HttpValues) -> CallResult:
    """What an answer says of the records at these positions."""
    status = heard.status
    if 200 <= status < 300:
        return _accepted(heard, positions, request, values)
    if status in _GAVE_UP or status < 200:
        return NoAnswer(_words(heard, values))
    if status < 400:
        return _redirected(heard)
    kind, hint = _kind_of(status), None
    if status in _LASTING:
        kind, hint = Refusal.FATAL, _LASTING[status]
    if status == 413 and len(positions) > 1:
        kind, hint = Refusal.FATAL, _TOO_LARGE_HINT
    if request.sigv4 and any(code.encode() in heard.body for code in EXPIRED_CODES):
        kind = Refusal.EXPIRED
    retry_after_s = _retry_after_s(heard) if kind in (Refusal.THROTTLED, Refusal.TRANSIENT) else 0.0
    return CallRefused(kind, f"HTTP{status}", _words(heard, values), hint, retry_after_s)


def _accepted(heard: Heard, positions: Sequence[int], request: HttpRequest, values: HttpValues) -> CallResult:
    words = partial(_words, heard, values)
    if heard.is_html and not request.html:
        return NoAnswer(f"{heard.url} answers with a page: {words()}", _HTML_HINT)
    each = _each_event(heard, positions, values)
    if each is not None:
        return each
    if request.body == "put-record-batch":
        return NoAnswer(f"{heard.url} does not say what became of each record: {words()}", _SILENT_HINT)
    if heard.status == 207:
        return NoAnswer(f"{heard.url} says what became of each event in an unknown form: {words()}", _207_HINT)
    if request.body == "segment" and _object(heard.body).get("success") is False:
        return CallRefused(Refusal.FINAL, "NotASuccess", words())
    return Answer()


def _each_event(heard: Heard, positions: Sequence[int], values: HttpValues) -> CallResult | None:
    """What the answer says of each event; None if it does not do so."""
    if b'"FailedPutCount"' in heard.body or b'"FailedRecordCount"' in heard.body:
        answer = _object(heard.body)
        for entries, id_name in (("RequestResponses", "RecordId"), ("Records", "SequenceNumber")):
            if isinstance(answer.get(entries), list):
                return _hiding(read_entries(answer[entries], positions, id_name), values)
        failed = any(answer.get(name) for name in ("FailedPutCount", "FailedRecordCount"))
        return NoAnswer(f"{heard.url} says that records failed, and not which", _SILENT_HINT) if failed else None
    if heard.status != 207:
        return None
    answer = _parsed(heard.body)
    found = answer if isinstance(answer, list) else None
    if isinstance(answer, dict):
        found = next((answer[name] for name in _LISTS if isinstance(answer.get(name), list)), None)
    if found is None or len(found) != len(positions):
        return None
    statuses = [_status_of(entry) for entry in found]
    refused = []
    for position, entry, status in zip(positions, found, statuses, strict=True):
        if status is None:
            return None
        if not 200 <= status < 300:
            text = values.hidden_in(orjson.dumps(entry).decode())
            refused.append(RefusedRecord(position, _kind_of(status), f"HTTP{status}", one_line(text)[:_EXCERPT]))
    return Answer(tuple(refused), retry_after_s=_retry_after_s(heard))


def _hiding(result: CallResult, values: HttpValues) -> CallResult:
    if not isinstance(result, Answer) or not result.refused:
        return result
    return Answer(
        tuple(
            RefusedRecord(one.index, one.kind, one.code, one_line(values.hidden_in(one.message))[:_EXCERPT])
            for one in result.refused
        )
    )


def _status_of(entry: object) -> int | None:
    value = entry if not isinstance(entry, dict) else next((entry[n] for n in _STATUSES if n in entry), None)
    return value if isinstance(value, int) and 100 <= value < 600 else None


def _kind_of(status: int) -> Refusal:
    if status in _THROTTLED:
        return Refusal.THROTTLED
    return Refusal.TRANSIENT if status >= 500 or status == 408 else Refusal.FINAL


def _redirected(heard: Heard) -> CallRefused:
    parts = urlsplit(urljoin(heard.url, heard.headers.get("location", "")))
    # what follows the path may be the state of somebody's login
    target = one_line(f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}")
    words = f"{heard.status_words}: it redirects to {target[:_EXCERPT]}"
    hint = "if that is the collector, name it with --to; if it is a login page, give what it asks for"
    return CallRefused(Refusal.FATAL, f"HTTP{heard.status}", words, hint)


def _words(heard: Heard, values: HttpValues) -> str:
    """The status and a short piece of the body, which nothing secret is in."""
    if heard.is_html:
        title = _TITLE.search(heard.body)
        text, what = (title[1] if title else b""), "a page of HTML"
    else:
        text, what = heard.body[: 16 * _EXCERPT], ""
    # what is secret is looked for before anything is cut
    said = " ".join(one_line(values.hidden_in(text.decode("utf-8", "replace"))).split())[:_EXCERPT]
    said = f"{what} {said!r}" if what and said else said or what
    return f"{heard.status_words}: {said}" if said else heard.status_words


def _retry_after_s(heard: Heard) -> float:
    """Seconds, or until a date (RFC 9110, 10.2.3); 0 if it says neither."""
    text = heard.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def _object(body: bytes) -> dict[str, Any]:
    value = _parsed(body)
    return value if isinstance(value, dict) else {}
