"""What S3 answers if something is wrong: what may pass, what concerns one object, and the words for the rest."""

from typing import NoReturn

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from tenacity import Retrying

from clickgen.model.errors import EnvironmentProblem
from clickgen.sink.answers import CREDENTIAL_CODES, EXPIRED_CODES
from clickgen.sink.call_failures import code_and_message
from clickgen.sink.describe import unanswered
from clickgen.verify.landings.aws_reads import retries
from clickgen.verify.landings.objects.place import ObjectChanged, ObjectDenied, ObjectUnread

ATTEMPTS = 4
_LONGEST_WAIT_S = 3.0
BROKEN_OFF = (HTTPClientError, ReadTimeoutError, ResponseStreamingError, IncompleteReadError)
CALL_PROBLEMS = (ClientError, BotoCoreError)

# S3's "List of error codes"; numbers are those of answers without a body
_PASSING = frozenset({"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "502", "503"})
_CHANGED = frozenset({"NoSuchKey", "PreconditionFailed", "InvalidRange", "404", "412", "416"})
_DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled"})
_ELSEWHERE = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "301"})
_ARCHIVED = "InvalidObjectState"
_OWN_KEY = "InvalidRequest"  # the object was encrypted with a key that only its writer has


def patient() -> Retrying:
    """Retries of a call: what may pass is tried again, a little later each time."""
    return retries(ATTEMPTS, _LONGEST_WAIT_S, lambda problem: code_and_message(problem)[0] in _PASSING)


def raise_of_object(problem: Exception, key: str, where: str) -> NoReturn:
    """Say what an answer means for reading one object; ObjectChanged, ObjectUnread or EnvironmentProblem.

    where: the bucket, in words.
    """
    code, message = _words(problem)
    if code in _CHANGED:
        raise ObjectChanged(key) from problem
    if code.startswith("KMS.") or (code in _DENIED and "kms" in message.lower()):
        raise ObjectDenied(f"no permission to use its key (kms:Decrypt): {message or code}") from problem
    if code in _DENIED:
        raise ObjectDenied(f"no permission to read it (s3:GetObject): {message or code}") from problem
    if code == _ARCHIVED:
        raise ObjectUnread("it is archived: restore it (aws s3api restore-object), and verify again") from problem
    if code == _OWN_KEY:
        raise ObjectUnread(message) from problem
    raise_of_bucket(problem, f"object {key}", where, "s3:GetObject")


def raise_of_bucket(problem: Exception, what: str, where: str, permission: str) -> NoReturn:
    """Raise the EnvironmentProblem that an answer means.

    what: what was to be read. where: the bucket, in words. permission: the one that reading needs.
    """
    code, message = _words(problem)
    if code == "NoSuchBucket":
        raise EnvironmentProblem(
            f"there is no {where}",
            "check its name, --region and --endpoint-url, or say where the objects are: --at s3://bucket/prefix",
        ) from problem
    if code in _DENIED:
        raise EnvironmentProblem(
            f"no permission to read {what} of {where}",
            f"{permission} is needed; name another account's profile with --aws-profile",
        ) from problem
    if code in EXPIRED_CODES:
        raise EnvironmentProblem(
            f"the credentials for {where} have expired: {message}", "renew them, `aws sso login` for example"
        ) from problem
    if code in CREDENTIAL_CODES:
        raise EnvironmentProblem(
            f"the credentials are not accepted at {where}: {message or code}",
            "check them (aws sts get-caller-identity), --aws-profile and --endpoint-url",
        ) from problem
    if code in _ELSEWHERE:
        raise EnvironmentProblem(
            f"{where} is not in that region: {message or code}", "name the bucket's region with --region"
        ) from problem
    if isinstance(problem, (EndpointConnectionError, *BROKEN_OFF)):
        raise EnvironmentProblem(
            f"{where} cannot be reached: {problem}",
            "check --endpoint-url, the network and the proxy settings; for a folder use --at FOLDER",
        ) from problem
    if isinstance(problem, BotoCoreError):
        raise unanswered(problem, where) from problem
    raise EnvironmentProblem(
        f"{what} of {where} cannot be read: {problem}", "check the credentials, --aws-profile and --region"
    ) from problem


def _words(problem: Exception) -> tuple[str, str]:
    return code_and_message(problem) if isinstance(problem, ClientError) else ("", str(problem))
