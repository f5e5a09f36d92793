"""Notifications: which functions a bucket calls for which objects, and the event that they are given."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote_plus

import orjson

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.links import EventFunctions
from clickgen.local.platform.notices import say
from clickgen.local.s3.request import S3Request
from clickgen.local.s3.store import ObjectInfo, ObjectStore
from clickgen.local.s3.xml import Element, document, iso, parsed, text_of

_SETTING = "notification"
_MAX_BODY = MEBIBYTE
_EVENTS = frozenset(
    {f"s3:ObjectCreated:{name}" for name in ("*", "Put", "Post", "Copy", "CompleteMultipartUpload")}
    | {f"s3:ObjectRemoved:{name}" for name in ("*", "Delete", "DeleteMarkerCreated")}
)
_KINDS = ("CloudFunctionConfiguration", "LambdaFunctionConfiguration")
_OTHERS = ("QueueConfiguration", "TopicConfiguration", "EventBridgeConfiguration")


@dataclass(frozen=True)
class Target:
    """A function that a bucket calls."""

    id: str
    function: str
    """Its ARN."""
    events: list[str] = field(default_factory=list)
    """Like `s3:ObjectCreated:*`."""
    prefix: str = ""
    suffix: str = ""

    def wants(self, event: str, key: str) -> bool:
        """Whether it is called for an event like `ObjectCreated:Put` of that key."""
        wanted = {f"s3:{event}", f"s3:{event.partition(':')[0]}:*"}
        return key.startswith(self.prefix) and key.endswith(self.suffix) and bool(wanted.intersection(self.events))


class Notifications:
    """The notifications of all buckets."""

    def __init__(self, store: ObjectStore) -> None:
        self.functions: EventFunctions | None = None
        """None as long as there is no Lambda: configurations are refused then."""
        self._store = store
        self._targets: dict[str, list[Target]] = {}

    def targets(self, bucket: str) -> list[Target]:
        """The functions of a bucket."""
        if bucket not in self._targets:
            kept = self._store.setting(bucket, _SETTING) or {"targets": []}
            self._targets[bucket] = [Target(**target) for target in kept["targets"]]
        return self._targets[bucket]

    def forget(self, bucket: str) -> None:
        """The bucket is gone, with its configuration."""
        self._targets.pop(bucket, None)

    def read(self, bucket: str) -> bytes:
        """GetBucketNotificationConfiguration."""
        return document(
            "NotificationConfiguration",
            {"CloudFunctionConfiguration": [_described(target) for target in self.targets(bucket)]},
        )

    async def set(self, request: S3Request) -> None:
        """PutBucketNotificationConfiguration; InvalidArgument for what cannot be called."""
        root = parsed(await request.body(_MAX_BODY))
        for other in _OTHERS:
            if root.find(other) is not None:
                raise _invalid(f"The embedded pipeline notifies Lambda functions only, and has no {other}.")
        targets = [self._target(element) for kind in _KINDS for element in root.findall(kind)]
        self._store.set(request.bucket, _SETTING, {"targets": [asdict(target) for target in targets]})
        self._targets[request.bucket] = targets

    def send(self, event: str, bucket: str, info: ObjectInfo, region: str) -> None:
        """Call the functions that want `event`, like `ObjectCreated:Put`; they are given it at least once."""
        for target in self.targets(bucket):
            if self.functions is None or not target.wants(event, info.key):
                continue
            try:
                self.functions.send(target.function, _payload(event, bucket, info, region, target.id))
            except ServiceError as error:
                say(f"{bucket}/{info.key} is not notified to {target.function}: {error.message}")

    def _target(self, element: Element) -> Target:
        function = text_of(element, "CloudFunction") or text_of(element, "LambdaFunction")
        if self.functions is None or not self.functions.has(function):
            raise _invalid(
                f"Unable to validate the following destination configurations: no function {function!r}"
            )
        events = [one.text or "" for one in element.findall("Event")]
        for event in events:
            if event not in _EVENTS:
                raise _invalid(f"The embedded pipeline does not have the event {event!r}.")
        rules = {text_of(one, "Name").lower(): text_of(one, "Value") for one in element.iter("FilterRule")}
        if unknown := rules.keys() - {"prefix", "suffix"}:
            raise _invalid(f"filter rule name must be either prefix or suffix, not {', '.join(sorted(unknown))}")
        identity = text_of(element, "Id") or str(uuid.uuid4())
        return Target(identity, function, events, rules.get("prefix", ""), rules.get("suffix", ""))


def _described(target: Target) -> dict[str, Any]:
    rules: Sequence[dict[str, str]] = [
        {"Name": name, "Value": value}
        for name, value in (("Prefix", target.prefix), ("Suffix", target.suffix))
        if value
    ]
    described: dict[str, Any] = {"Id": target.id, "CloudFunction": target.function, "Event": target.events}
    return described | ({"Filter": {"S3Key": {"FilterRule": rules}}} if rules else {})


def _payload(event: str, bucket: str, info: ObjectInfo, region: str, configuration: str) -> bytes:
    about: dict[str, Any] = {"key": quote_plus(info.key, safe="/"), "sequencer": f"{time.time_ns():016X}"}
    if event.startswith("ObjectCreated"):
        about |= {"size": info.size, "eTag": info.etag}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": region,
        "eventTime": iso(time.time()),
        "eventName": event,
        "userIdentity": {"principalId": "AWS:CLICKGENLOCAL"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": uuid.uuid4().hex[:16].upper(), "x-amz-id-2": uuid.uuid4().hex},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "CLICKGENLOCAL"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": about,
        },
    }
    return orjson.dumps({"Records": [record]})


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidArgument", message)
