"""Buckets are private, encrypted, refuse connections without TLS, and forget what is old."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.terraform.plan import Json, Plan, Planned

_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def problems(plan: Plan) -> Iterator[str]:
    """What is wrong with buckets."""
    for bucket in plan.of("aws_s3_bucket"):
        settings = {
            kind: [
                one for one in plan.of(f"aws_s3_bucket_{kind}") if one.values["bucket"] == bucket.values["bucket"]
            ]
            for kind in _RULES
        }
        for kind, found in settings.items():
            if not found:
                yield f"{bucket.address} has no aws_s3_bucket_{kind}"
            for one in found:
                for problem in _RULES[kind](bucket, one.values):
                    yield f"{bucket.address} {problem}"


def _public(_bucket: Planned, settings: Json) -> Iterator[str]:
    for block in _BLOCKS:
        if settings[block] is not True:
            yield f"may be public: {block} is not true"


def _plain(_bucket: Planned, settings: Json) -> Iterator[str]:
    for rule in settings["rule"]:
        (default,) = rule["apply_server_side_encryption_by_default"]
        if default["sse_algorithm"] not in ("AES256", "aws:kms"):
            yield f"is not encrypted: {default['sse_algorithm']}"


def _kept(_bucket: Planned, settings: Json) -> Iterator[str]:
    rules = [
        rule
        for rule in settings["rule"]
        if rule["status"] == "Enabled" and not any(filtered.get("prefix") for filtered in rule["filter"])
    ]
    if not any(rule["expiration"] and rule["expiration"][0]["days"] for rule in rules):
        yield "keeps objects for ever"
    if not any(rule["abort_incomplete_multipart_upload"] for rule in rules):
        yield "keeps parts of uploads that never ended"


def _without_tls(bucket: Planned, settings: Json) -> Iterator[str]:
    if not _only_over_tls(bucket, json.loads(settings["policy"])):
        yield "takes connections without TLS"


def _only_over_tls(bucket: Planned, policy: Any) -> bool:
    arn = bucket.values["arn"]
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] == "s3:*"
        and set(statement["Resource"]) == {arn, f"{arn}/*"}
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in policy["Statement"]
    )


_RULES: dict[str, Callable[[Planned, Json], Iterator[str]]] = {
    "lifecycle_configuration": _kept,
    "policy": _without_tls,
    "public_access_block": _public,
    "server_side_encryption_configuration": _plain,
}
"""By what follows "aws_s3_bucket_" in its type, what may be wrong with a part of a bucket."""
