"""What can become of a call through boto3, in the words of the line; the same for every AWS service.

Codes: "Common Error Types" of the services' API references, and the errors that each lists for its put operation
(Firehose PutRecordBatch, Kinesis PutRecords, DynamoDB BatchWriteItem, S3 "Error Responses").
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clickgen.model.batch import Answer, CallResult, NoAnswer, Refusal, RefusedRecord

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


def attempt(call: Callable[[], CallResult], hints: Mapping[str, str]) -> CallResult:
    """Run one call through boto3 and put what can go wrong into the words of the line.

    hints: the service's codes that only a change outside will mend, each with what to do about it.
    """
    try:
        return call()
    except Exception as problem:  # noqa: BLE001  # whatever breaks, a senseless answer say, the call may be accepted
        from clickgen.sink.call_failures import result_of_failure

        return result_of_failure(problem, hints)


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
