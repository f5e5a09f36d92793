"""Any collector that takes events over HTTP: POST requests on connections that are kept alive, one attempt a call.

A call is one request, unless the form holds the events of one visitor only: then its requests follow one another.
"""

import itertools
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from isal import igzip

from clickgen import __version__
from clickgen.model.batch import (
    Answer,
    Batch,
    CallRefused,
    CallResult,
    NoAnswer,
    NotReached,
    Refusal,
    RefusedRecord,
    SinkLimits,
)
from clickgen.model.destination import HttpDestination, HttpRequest
from clickgen.model.errors import UsageProblem
from clickgen.sink.answers import attempt
from clickgen.sink.gil_turn import GilTurn
from clickgen.sink.http_answers import Heard, read_answer
from clickgen.sink.http_bodies import FORMS, Post
from clickgen.sink.http_signing import Signer, signer_for
from clickgen.sink.http_values import HttpValues, handed_values
from clickgen.sink.interface import Leave, at_once
from clickgen.sink.kind import Opening, SinkKind

_GZIP_LEVEL = 1
_ENVELOPE_BYTES = 256  # of a body around its events
# a query is kept in the plan, and what is in such a parameter should not be
_SECRET_NAMES = re.compile(
    r"secret|token|passw|signature|credential|(?:api|access|write)[_-]?key|^(?:key|sig)$", re.IGNORECASE
)
# as awslabs/clickstream-web sends them; the app is that of the schema's events
_SDK_PARAMETERS = {"platform": "Web", "appId": "clickgen"}


class HttpSink:
    """One collector.

    values: of the headers and parameters that the request names. id_field: where events have their id. turn:
    shared by the threads of this process that compute. signer: None if requests are not signed.
    """

    def __init__(
        self,
        to: HttpDestination,
        values: HttpValues,
        *,
        id_field: str = "",
        connections: int = 1,
        turn: GilTurn | None = None,
        signer: Signer | None = None,
    ) -> None:
        from clickgen.sink.http_connection import Connections

        self.limits = limits_for(to.request)
        self._how = to.request
        self._form = FORMS[to.request.body]
        self._sdk = to.request.body == "aws-clickstream"
        self._values = values
        self._id_field = id_field
        self._turn = turn or GilTurn()
        self._signer = signer
        self._connections = Connections(to.stream, connections)
        self._url = _with_parameters(to.stream, values.parameters)
        self._bundles = itertools.count(1)
        own = {
            "User-Agent": f"clickgen/{__version__}",
            "Accept-Encoding": "identity",
            "Content-Type": self._form.content_type,
            **({"Content-Encoding": "gzip"} if to.request.gzip and not self._sdk else {}),
        }
        given = {name.lower() for name in values.headers}
        self._headers = {name: value for name, value in own.items() if name.lower() not in given}
        self._headers.update(values.headers)

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        positions = range(len(batch)) if records is None else records
        return attempt(lambda: self._put(batch, positions, leave), {})

    def _put(self, batch: Batch, positions: Sequence[int], leave: Leave) -> CallResult:
        self._turn.take_to_send()
        try:
            posts, unfit = self._form.fill(batch, positions, self._how, self._id_field)
            posts = [Post(post.positions, self._written(post.body)) for post in posts]
        finally:
            self._turn.give()
        if len(posts) == 1 and not unfit:
            return self._post(posts[0], leave)
        return self._one_by_one(posts, unfit, leave)

    def _written(self, body: bytes) -> bytes:
        if not self._how.gzip:
            return body
        packed = igzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
        return b64encode(packed) if self._sdk else packed  # the SDK's own way

    def _post(self, post: Post, leave: Leave) -> CallResult:
        url, headers = self._url, self._headers
        if self._sdk:
            running = {"event_bundle_sequence_id": str(next(self._bundles))}
            url = _with_parameters(url, running | ({"compression": "gzip"} if self._how.gzip else {}))
        if self._signer is not None:
            headers = self._signer.headers(url, post.body, headers)
        leave()
        heard = self._connections.post(url, post.body, headers)
        if isinstance(heard, Heard):
            return read_answer(heard, post.positions, self._how, self._values)
        return replace(heard, reason=self._values.hidden_in(heard.reason))

    def _one_by_one(self, posts: Sequence[Post], unfit: Sequence[RefusedRecord], leave: Leave) -> CallResult:
        """Post one request after another, until one fails for a reason that would hold for the next one too."""
        refused, accepted = list(unfit), False
        for number, post in enumerate(posts):
            result = self._post(post, leave if number == 0 else at_once)
            if isinstance(result, Answer):
                refused += result.refused
                accepted = True
            elif isinstance(result, CallRefused) and result.kind is Refusal.FINAL:
                refused += _each_refused(post.positions, result.kind, result.code, result.message)
            elif not accepted and (len(posts) == 1 or not isinstance(result, NoAnswer)):
                return result  # nothing of the call was accepted
            else:
                rest = [at for later in posts[number + 1 :] for at in later.positions]
                return _broken_off(result, post.positions, rest, refused)
        return Answer(tuple(refused))


def _broken_off(
    result: CallRefused | NoAnswer | NotReached,
    positions: Sequence[int],
    rest: Sequence[int],
    refused: Sequence[RefusedRecord],
) -> Answer:
    """The answer to a call of which one request failed. What lasts will be met again by the next attempt."""
    kind, retry_after, again = Refusal.TRANSIENT, 0.0, []
    if isinstance(result, CallRefused):
        kind = Refusal.THROTTLED if result.kind is Refusal.THROTTLED else kind
        retry_after = result.retry_after_s
        again = _each_refused(positions, kind, result.code, result.message)
    elif isinstance(result, NotReached):
        again = _each_refused(positions, kind, "NotReached", result.reason)
    again += _each_refused(rest, kind, "NotSent", "an earlier request of the same call failed")
    unanswered = positions if isinstance(result, NoAnswer) else ()
    return Answer((*refused, *again), unanswered=unanswered, retry_after_s=retry_after)


def _each_refused(positions: Sequence[int], kind: Refusal, code: str, message: str) -> list[RefusedRecord]:
    return [RefusedRecord(position, kind, code, message) for position in positions]


def _with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
    return urlunsplit(parts._replace(query=query))


def limits_for(request: HttpRequest) -> SinkLimits:
    """What one request may hold: as the form has it, or less if that was wanted."""
    form = FORMS[request.body]
    room = max(1, (request.bytes or form.bytes) - _ENVELOPE_BYTES)
    event = room // 4 * 3 if form.base64 else room
    return SinkLimits(
        records=request.events or form.events,
        record_bytes=min(event, form.event_bytes or event),
        call_bytes=room,
        base64=form.base64,
    )


def posted_to(text: str, request: HttpRequest) -> str:
    """The URL that events are posted to, where `--to` names a host alone: that of the form."""
    parts = urlsplit(text)
    path = FORMS[request.body].path if parts.path in ("", "/") else parts.path
    if request.body == "aws-clickstream":
        known = dict(parse_qsl(parts.query, keep_blank_values=True))
        missing = {name: value for name, value in _SDK_PARAMETERS.items() if name not in known}
        return _with_parameters(urlunsplit(parts._replace(path=path)), missing)
    return urlunsplit(parts._replace(path=path))


def _read_name(text: str, _: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not text.isascii() or not text.isprintable() or " " in text:
        raise UsageProblem(f"--to {text!r} does not name a collector", f"write {KIND.form}")
    if "@" in parts.netloc:
        raise UsageProblem(
            "--to has a user or a password in its URL, which would be kept in the plan of the run",
            "give it as a header: --http-header Authorization=@VARIABLE",
        )
    for name, _value in parse_qsl(parts.query, keep_blank_values=True):
        if _SECRET_NAMES.search(name):
            raise UsageProblem(
                f"--to has the parameter {name} in its URL, which would be kept in the plan of the run",
                f"leave it out there and give it as --http-query {name}=@VARIABLE",
            )
    return urlunsplit(parts._replace(fragment=""))


def _open(to: HttpDestination, opening: Opening) -> HttpSink:
    return HttpSink(
        to,
        handed_values(),
        id_field=opening.id_field,
        connections=opening.connections,
        turn=opening.turn,
        signer=signer_for(to),
    )


KIND: SinkKind[HttpDestination] = SinkKind(
    prefix="http",
    form="https://HOST/PATH",
    read_name=_read_name,
    name_is_address=True,
    on_network=True,
    limits=lambda to: limits_for(to.request),
    open=_open,
    paid_for=None,
    charges_known=False,
    never_packed_because="a request holds many events already",
)
