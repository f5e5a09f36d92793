"""Amazon Data Firehose: PutRecordBatch through boto3, one attempt a call.

Limits: Firehose Developer Guide, "Quotas", and the API reference of PutRecordBatch: 500 records or 4 MiB a
call, 1,000 KiB a record before base64. Whether the 4 MiB are counted before or after base64 is not said, so
the larger, encoded length is counted here. Direct PUT bills each record rounded up to 5 KB (pricing page).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
    TokenRetrievalError,
)
from urllib3.exceptions import HTTPError as Urllib3Error

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
from clickgen.sink.firehose_wire import Wire
from clickgen.sink.turn import Turn

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient

LIMITS = SinkLimits(
    records=500, record_bytes=1_024_000, call_bytes=4 * 1024 * 1024, bill_unit=5 * 1024, base64=True
)
MAX_EVENTS_PER_RECORD = 500  # Firehose de-aggregates no more

THROTTLE_CODES = frozenset(
    ["ServiceUnavailableException", "ThrottlingException", "Throttling", "RequestLimitExceeded", "SlowDown"]
)
TRANSIENT_CODES = frozenset(["InternalFailure", "InternalServerError", "InternalServiceError"])
CREDENTIAL_CODES = frozenset(
    [
        "ExpiredTokenException",
        "ExpiredToken",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
    ]
)
# a proxy gave up waiting (RFC 9110, 15.5.9, 15.6.3 and 15.6.5): the service may have taken the call
_PROXY_STATUSES = frozenset([408, 502, 504])
_EXCERPT = 200
_NETWORK_HINT = "check the endpoint, the network and the proxy settings"
_HINTS = {
    "ResourceNotFoundException": "check the stream's name, the region and the account",
    "AccessDeniedException": "sending needs the permission firehose:PutRecordBatch on the stream",
    "InvalidKMSResourceException": "the stream's KMS key cannot be used; see the stream's encryption settings",
}


class FirehoseSink:
    """One stream. `client` must have botocore's own retries off, so that every attempt is in the ledger.

    plain: let boto3 build the body from a list of records, the readable reference of what goes on the wire.
    turn: what the threads of this process that compute share; by default there are no others.
    """

    limits = LIMITS

    def __init__(
        self, client: "FirehoseClient", stream: str, *, plain: bool = False, turn: Turn | None = None
    ) -> None:
        self._client = client
        self._stream = stream
        self._wire = None if plain else Wire(client, stream, turn or Turn())

    def put(self, batch: Batch, records: Sequence[int] | None = None) -> CallResult:
        """One PutRecordBatch call."""
        positions = range(len(batch)) if records is None else records
        return attempt(lambda: self._read(self._call(batch, positions), positions))

    def _call(self, batch: Batch, positions: Sequence[int]) -> dict[str, Any] | None:
        if self._wire is not None:
            return self._wire.put(batch, positions)
        call: Any = self._client.put_record_batch
        blobs = [{"Data": batch.record(index)} for index in positions]
        return dict(call(DeliveryStreamName=self._stream, Records=blobs))

    def _read(self, answer: dict[str, Any] | None, positions: Sequence[int]) -> CallResult:
        if answer is None:
            return Answer()
        entries = answer.get("RequestResponses", [])
        if len(entries) != len(positions):
            return NoAnswer(f"the answer speaks of {len(entries)} records, the call had {len(positions)}")
        refused = [
            _refused_record(position, entry)
            for position, entry in zip(positions, entries, strict=True)
            if "ErrorCode" in entry or not entry.get("RecordId")
        ]
        return Answer(tuple(refused))


def attempt(call: Callable[[], CallResult]) -> CallResult:
    """Run one call through boto3 and put what can go wrong into the words of the line."""
    try:
        return call()
    except ClientError as problem:
        return _refused_call(problem)
    except (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError) as problem:
        return NotReached(str(problem), _NETWORK_HINT)
    except (NoCredentialsError, PartialCredentialsError, TokenRetrievalError) as problem:
        hint = "configure credentials (aws configure, aws sso login) or name a profile with --aws-profile"
        return CallRefused(Refusal.FATAL, "NoCredentials", str(problem), hint)
    except (ReadTimeoutError, ConnectionClosedError, HTTPClientError, Urllib3Error) as problem:
        # of what breaks a connection only a certificate that is not trusted does so before anything is sent
        untrusted = isinstance(problem, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(problem)
        return NotReached(str(problem), _NETWORK_HINT) if untrusted else NoAnswer(str(problem))
    except Exception as problem:  # noqa: BLE001  # whatever breaks (an answer that is none), the call may be taken
        return NoAnswer(f"{type(problem).__name__}: {problem}")


def _refused_record(position: int, entry: dict[str, Any]) -> RefusedRecord:
    code = str(entry.get("ErrorCode") or "NoRecordId")
    kind = Refusal.THROTTLED if code in THROTTLE_CODES else Refusal.TRANSIENT
    return RefusedRecord(position, kind, code, str(entry.get("ErrorMessage", "")))


def _refused_call(problem: ClientError) -> CallRefused | NoAnswer:
    error = problem.response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    nameless = not code or code.isdigit()  # an answer without the service's words: a proxy's, or a page
    if status in _PROXY_STATUSES or code == "RequestTimeout" or (status >= 500 and nameless):
        return NoAnswer(f"HTTP {status}: {message[:_EXCERPT] or code}")
    if code in THROTTLE_CODES or status == 429:
        kind = Refusal.THROTTLED
    elif code in TRANSIENT_CODES or status >= 500:
        kind = Refusal.TRANSIENT
    elif code in CREDENTIAL_CODES:
        hint = (
            "the credentials are wrong or have expired; renew them (aws sso login) or name another --aws-profile"
        )
        return CallRefused(Refusal.FATAL, code, message, hint)
    elif code in _HINTS or status in (401, 403, 404):
        kind = Refusal.FATAL
    else:
        kind = Refusal.FINAL
    return CallRefused(kind, code, message, _HINTS.get(code))
