"""What an exception of boto3 means in the words of the line; apart, since botocore is slow to import."""

from collections.abc import Mapping
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

from clickgen.model.batch import CallRefused, CallResult, NoAnswer, NotReached, Refusal
from clickgen.model.errors import UnusableAnswer
from clickgen.sink.answers import CREDENTIAL_CODES, EXPIRED_CODES, THROTTLE_CODES, TRANSIENT_CODES

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


def result_of_failure(problem: Exception, hints: Mapping[str, str]) -> CallResult:
    """What became of a call that ended with an exception. hints: as `attempt` takes them."""
    if isinstance(problem, ClientError):
        return _refused_call(problem, hints)
    if isinstance(problem, EndpointConnectionError | ConnectTimeoutError | ProxyConnectionError):
        return NotReached(str(problem), _NETWORK_HINT)
    if isinstance(problem, _UNSIGNED):
        logged_out = isinstance(problem, LOGGED_OUT)
        kind, hint = (Refusal.EXPIRED, _EXPIRED_HINT) if logged_out else (Refusal.FATAL, _NO_CREDENTIALS_HINT)
        return CallRefused(kind, type(problem).__name__, str(problem), hint)
    if isinstance(problem, ReadTimeoutError | ConnectionClosedError | HTTPClientError | SSLError | Urllib3Error):
        # only an untrusted certificate breaks a connection before anything is sent
        untrusted = isinstance(problem, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(problem)
        return NotReached(str(problem), _NETWORK_HINT) if untrusted else NoAnswer(str(problem))
    words = problem.message if isinstance(problem, UnusableAnswer) else f"{type(problem).__name__}: {problem}"
    return NoAnswer(words)


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
