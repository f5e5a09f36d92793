"""What can become of a call through boto3, in the words of the line; the same for every AWS service.

Codes: "Common Error Types" of the services' API references, and the errors that each lists for its put operation
(Firehose PutRecordBatch, Kinesis PutRecords, DynamoDB BatchWriteItem, S3 "Error Responses").
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from urllib3.exceptions import HTTPError as Urllib3Error

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, NotReached, Refusal, RefusedRecord
from clickgen.model.errors import UnusableAnswer

THROTTLE_CODES = frozenset(
    [
        "ServiceUnavailableException",
        "ServiceUnavailable",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "SlowDown",
        "ProvisionedThroughputExceededException",
        "KMSThrottlingException",
    ]
)
TRANSIENT_CODES = frozenset(
    ["InternalFailure", "InternalFailureException", "InternalServerError", "InternalServiceError", "InternalError"]
)
EXPIRED_CODES = frozenset(["ExpiredTokenException", "ExpiredToken"])
CREDENTIAL_CODES = frozenset(
    [
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
    ]
)
# raised while a call is signed, so that nothing has left
LOGGED_OUT = (TokenRetrievalError, SSOError)
_UNSIGNED = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, *LOGGED_OUT)
# a proxy gave up waiting (RFC 9110, 15.5.9, 15.6.3 and 15.6.5): the service may have taken the call
_PROXY_STATUSES = frozenset([408, 502, 504])
_EXCERPT = 200
_NETWORK_HINT = "check the endpoint, the network and the proxy settings"
_NO_CREDENTIALS_HINT = "configure credentials (aws configure, aws sso login) or name a profile with --aws-profile"
_EXPIRED_HINT = "renew the credentials"
_CREDENTIALS_HINT = (
    "the credentials are wrong or have expired; renew them (aws sso login) or name another --aws-profile"
)


def attempt(call: Callable[[], CallResult], hints: Mapping[str, str]) -> CallResult:
    """Run one call through boto3 and put what can go wrong into the words of the line.

    hints: the service's codes that only a change outside will mend, each with what to do about it.
    """
    try:
        return call()
    except ClientError as problem:
        return _refused_call(problem, hints)
    except (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError) as problem:
        return NotReached(str(problem), _NETWORK_HINT)
    except _UNSIGNED as problem:
        logged_out = isinstance(problem, LOGGED_OUT)
        kind, hint = (Refusal.EXPIRED, _EXPIRED_HINT) if logged_out else (Refusal.FATAL, _NO_CREDENTIALS_HINT)
        return CallRefused(kind, type(problem).__name__, str(problem), hint)
    except (ReadTimeoutError, ConnectionClosedError, HTTPClientError, Urllib3Error) as problem:
        # only an untrusted certificate breaks a connection before anything is sent
        untrusted = isinstance(problem, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(problem)
        return NotReached(str(problem), _NETWORK_HINT) if untrusted else NoAnswer(str(problem))
    except Exception as problem:  # noqa: BLE001  # whatever breaks, a senseless answer say, the call may be accepted
        words = problem.message if isinstance(problem, UnusableAnswer) else f"{type(problem).__name__}: {problem}"
        return NoAnswer(words)


def read_entries(entries: Sequence[Mapping[str, Any]], positions: Sequence[int], id_name: str) -> CallResult:
    """What an answer with an entry for each record says. id_name: the member that an accepted record has.

    The code of any record that was refused may pass.
    """
    if len(entries) != len(positions):
        return NoAnswer(f"the answer speaks of {len(entries)} records, the call had {len(positions)}")
    refused = []
    for position, entry in zip(positions, entries, strict=True):
        if "ErrorCode" in entry or not entry.get(id_name):
            code = str(entry.get("ErrorCode") or f"No{id_name}")
            kind = Refusal.THROTTLED if code in THROTTLE_CODES else Refusal.TRANSIENT
            refused.append(RefusedRecord(position, kind, code, str(entry.get("ErrorMessage", ""))))
    return Answer(tuple(refused))


def code_and_message(problem: ClientError) -> tuple[str, str]:
    """The code and the message of a service's error; each is empty if the answer has none."""
    error: Mapping[str, Any] = problem.response.get("Error", {})
    return str(error.get("Code", "")), str(error.get("Message", ""))


def _refused_call(problem: ClientError, hints: Mapping[str, str]) -> CallRefused | NoAnswer:
    code, message = code_and_message(problem)
    status = int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    nameless = not code or code.isdigit()  # an answer without the service's words: a proxy's, or a page
    if status in _PROXY_STATUSES or code == "RequestTimeout" or (status >= 500 and nameless):
        return NoAnswer(f"HTTP {status}: {message[:_EXCERPT] or code}")
    if code in THROTTLE_CODES or status == 429:
        kind = Refusal.THROTTLED
    elif code in TRANSIENT_CODES or status >= 500:
        kind = Refusal.TRANSIENT
    elif code in EXPIRED_CODES:
        return CallRefused(Refusal.EXPIRED, code, message, _EXPIRED_HINT)
    elif code in CREDENTIAL_CODES:
        return CallRefused(Refusal.FATAL, code, message, _CREDENTIALS_HINT)
    elif code in hints or status in (401, 403, 404):
        kind = Refusal.FATAL
    else:
        kind = Refusal.FINAL
    return CallRefused(kind, code, message, hints.get(code))
