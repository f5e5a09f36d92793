"""What a bucket has besides objects: configurations that are kept and reported, and those that are not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.s3.request import S3Request
from clickgen.local.s3.store import ObjectStore
from clickgen.local.s3.xml import NAMESPACE, document, parsed, text_of

_MAX_BODY = MEBIBYTE
OWNER: dict[str, str] = {"ID": "0" * 64, "DisplayName": "clickgen-local"}
"""Who owns every bucket."""


@dataclass(frozen=True)
class Configuration:
    """A configuration of buckets, as `?NAME` asks for it."""

    settable: bool
    """Whether it can be set: it is kept and reported then, and changes nothing else."""
    unset: bytes | tuple[str, str]
    """The answer while it is not set, or code and message of the error."""


def _xml(root: str, members: Mapping[str, Any] | None = None) -> bytes:
    return document(root, members or {})


_AES256 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}
_BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
_GRANTEE = '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
_ACL = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<AccessControlPolicy xmlns="{NAMESPACE}">'
    f"<Owner><ID>{OWNER['ID']}</ID>"
    f"<DisplayName>{OWNER['DisplayName']}</DisplayName></Owner><AccessControlList><Grant>{_GRANTEE}"
    f"<ID>{OWNER['ID']}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>"
    "</AccessControlPolicy>"
).encode()

_HEADERS = {"lifecycle": {"x-amz-transition-default-minimum-object-size": "all_storage_classes_128K"}}
"""What belongs to a configuration and is sent as a header, with its default."""

_REMOVED = {
    "publicAccessBlock": (
        "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"
    ),
    "ownershipControls": ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
}  # fmt: skip
"""The errors of what a new bucket has, once it is removed."""

CONFIGURATIONS = {
    "versioning": Configuration(True, _xml("VersioningConfiguration")),
    "encryption": Configuration(True, _xml("ServerSideEncryptionConfiguration", _AES256)),
    "policy": Configuration(True, ("NoSuchBucketPolicy", "The bucket policy does not exist")),
    "publicAccessBlock": Configuration(True, _xml("PublicAccessBlockConfiguration", _BLOCKED)),
    "tagging": Configuration(True, ("NoSuchTagSet", "The TagSet does not exist")),
    "lifecycle": Configuration(
        True, ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
    ),
    "ownershipControls": Configuration(
        True, _xml("OwnershipControls", {"Rule": {"ObjectOwnership": "BucketOwnerEnforced"}})
    ),
    "acl": Configuration(False, _ACL),
    "accelerate": Configuration(False, _xml("AccelerateConfiguration")),
    "logging": Configuration(False, _xml("BucketLoggingStatus")),
    "requestPayment": Configuration(False, _xml("RequestPaymentConfiguration", {"Payer": "BucketOwner"})),
    "cors": Configuration(False, ("NoSuchCORSConfiguration", "The CORS configuration does not exist")),
    "website": Configuration(
        False, ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
    ),
    "replication": Configuration(
        False, ("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
    ),
    "object-lock": Configuration(
        False,
        ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"),
    ),
}


def read_configuration(store: ObjectStore, bucket: str, name: str) -> tuple[bytes, str, dict[str, str]]:
    """The body of the answer, its type and its own headers; the service's error while it is not set."""
    kept, unset = store.setting(bucket, name), CONFIGURATIONS[name].unset
    if kept is not None and "removed" in kept:
        raise ServiceError(*_REMOVED[name], 404)
    if kept is not None:
        kind = "application/json" if name == "policy" else "application/xml"
        return kept["body"].encode(), kind, kept.get("headers", {})
    if isinstance(unset, bytes):
        return unset, "application/xml", {}
    raise ServiceError(*unset, 404)


async def set_configuration(request: S3Request, store: ObjectStore, name: str) -> dict[str, str]:
    """Keep a configuration as it was given; its own headers. NotImplemented, MalformedXML, MalformedPolicy."""
    if not CONFIGURATIONS[name].settable:
        raise not_implemented(f"setting {name} of a bucket")
    body = await request.body(_MAX_BODY)
    if name == "policy":
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ServiceError(
                "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"
            ) from None
    else:
        parsed(body)
    kept = {header: request.headers.get(header, default) for header, default in _HEADERS.get(name, {}).items()}
    store.set(request.bucket, name, {"body": body.decode(), "headers": kept})
    return kept


def remove_configuration(store: ObjectStore, bucket: str, name: str) -> None:
    """Forget a configuration; one that every new bucket has is not there again, but missing from then on."""
    store.set(bucket, name, {"removed": True} if name in _REMOVED else None)


async def create_bucket(request: S3Request, store: ObjectStore) -> None:
    """CreateBucket; the errors of S3 for a bucket that is there, or a region that is not the client's."""
    body = await request.body(_MAX_BODY)
    wanted = text_of(parsed(body), "LocationConstraint") if body.strip() else ""
    if wanted and wanted not in {request.region, "EU"}:
        raise ServiceError(
            "IllegalLocationConstraintException",
            f"The {wanted} location constraint is incompatible for the region specific endpoint this request was"
            " sent to.",
        )
    if request.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
        raise not_implemented("object lock")
    if store.has_bucket(request.bucket):
        if request.region == "us-east-1":
            return  # S3 takes it as done there, for the owner
        raise ServiceError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            409,
        )
    store.create_bucket(request.bucket)
    store.set(request.bucket, "location", {"region": request.region})


def location(store: ObjectStore, bucket: str) -> str:
    """The region of a bucket; one that a folder made has the first of all."""
    kept = store.setting(bucket, "location")
    return "us-east-1" if kept is None else str(kept["region"])


def not_implemented(what: str) -> ServiceError:
    """A feature of S3 that the embedded one does not have."""
    return ServiceError("NotImplemented", f"The embedded pipeline does not have {what}.", 501)
