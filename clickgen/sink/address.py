"""What `--to` names: the kind of a destination and what it is called there."""

import re
from dataclasses import dataclass
from typing import Literal, cast

from clickgen.model.errors import UsageProblem

Kind = Literal["firehose", "kinesis", "dynamodb", "s3", "file", "stdout"]

FORMS = "firehose:NAME, kinesis:NAME, dynamodb:TABLE, s3://BUCKET/PREFIX, file:PATH or -"
AWS_KINDS = frozenset(["firehose", "kinesis", "dynamodb", "s3"])
# API references of CreateDeliveryStream, CreateStream and CreateTable; S3 User Guide, "Bucket naming rules"
_NAMES = {
    "firehose": (re.compile(r"[a-zA-Z0-9_.-]{1,64}"), "1 to 64 letters, digits, _ . or -"),
    "kinesis": (re.compile(r"[a-zA-Z0-9_.-]{1,128}"), "1 to 128 letters, digits, _ . or -"),
    "dynamodb": (re.compile(r"[a-zA-Z0-9_.-]{3,255}"), "3 to 255 letters, digits, _ . or -"),
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX_BYTES = 900  # of the 1,024 that a key may have; the rest is the object's name


@dataclass(frozen=True, slots=True)
class Address:
    """A destination as the user names it. name: a stream's, a table's, BUCKET/PREFIX, a path; empty for stdout."""

    kind: Kind
    name: str

    @property
    def on_network(self) -> bool:
        """Whether region, credentials and endpoint mean anything to it."""
        return self.kind in AWS_KINDS

    def __str__(self) -> str:
        return address_text(self.kind, self.name)


def address_text(kind: str, name: str) -> str:
    """The address as `--to` takes it."""
    if kind == "stdout":
        return "-"
    return f"s3://{name}" if kind == "s3" else f"{kind}:{name}"


def parse_address(text: str) -> Address:
    """The address that the text names; UsageProblem with the right form where it names none."""
    if text == "-":
        return Address("stdout", "")
    kind, colon, name = text.partition(":")
    if kind == "s3" and name.startswith("//"):
        return _bucket(text, name.removeprefix("//"))
    if kind == "file" and name:
        return Address("file", name)
    if not colon or kind not in _NAMES:
        raise UsageProblem(f"--to {text!r} names no destination", f"write {FORMS}")
    pattern, rule = _NAMES[kind]
    if not pattern.fullmatch(name):
        raise UsageProblem(f"--to {text!r}: {name!r} is no name there", f"a name has {rule}")
    return Address(cast("Kind", kind), name)


def stream_address(name: str) -> Address:
    """The Firehose stream that `--stream` names; UsageProblem where no stream can be called so."""
    pattern, rule = _NAMES["firehose"]
    if not pattern.fullmatch(name):
        raise UsageProblem(f"--stream {name!r} is no name of a stream", f"a name has {rule}")
    return Address("firehose", name)


def _bucket(text: str, name: str) -> Address:
    bucket, _, prefix = name.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UsageProblem(f"--to {text!r} names no bucket", "write s3://BUCKET/PREFIX")
    if "!{" in prefix:
        raise UsageProblem(
            f"--to {text!r}: expressions in a prefix are Firehose's",
            "write a plain prefix: the hour of arrival follows it",
        )
    if len(prefix.encode()) > _PREFIX_BYTES:
        raise UsageProblem(f"--to {text!r}: the prefix is too long", f"give it at most {_PREFIX_BYTES} bytes")
    return Address("s3", f"{bucket}/{prefix}")
