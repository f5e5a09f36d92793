"""What a function is: its settings as they are kept, and as the API describes them."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import ACCOUNT

VERSION = "$LATEST"
DEFAULT_TIMEOUT = 3
DEFAULT_MEMORY_MB = 128

_NAME = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?([a-zA-Z0-9-_]{1,64})(?::([$a-zA-Z0-9-_]+))?"
)


def stamp() -> str:
    """Now, as Lambda writes times."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


class Code(BaseModel):
    """Where a function's code is."""

    folder: str
    """The user's own folder, which is used as it is, or the name of a folder of unpacked code in the state."""
    own: bool
    """Whether it is the user's folder."""
    sha256: str
    """In base64, of the archive."""
    size: int
    """Bytes of the archive."""


class AsyncSettings(BaseModel):
    """How asynchronous calls are retried."""

    retries: int = 2
    max_age: int = 21_600
    """Seconds after which an event is given up."""
    on_failure: str | None = None
    """The ARN of the bucket for events that are given up, or None."""


class FunctionSettings(BaseModel):
    """A function as it is kept when no server runs."""

    name: str
    region: str
    role: str
    handler: str
    runtime: str
    code: Code
    timeout: int = DEFAULT_TIMEOUT
    memory_mb: int = DEFAULT_MEMORY_MB
    python: str | None = None
    """The interpreter; None for clickgen's own."""
    environment: dict[str, str] | None = None
    description: str = ""
    layers: list[str] = Field(default_factory=list)
    """Folders."""
    architectures: list[str] = Field(default_factory=lambda: ["x86_64"])
    reported: dict[str, Any] = Field(default_factory=dict)
    """Members that change nothing here and are described as they were given."""
    tags: dict[str, str] = Field(default_factory=dict)
    reserved: int | None = None
    """Reserved concurrency, or None for as much as there is."""
    policy: list[dict[str, Any]] = Field(default_factory=list)
    """The statements of AddPermission; who may call is not checked."""
    asynchronous: AsyncSettings = Field(default_factory=AsyncSettings)
    asynchronous_set: bool = False
    """Whether `asynchronous` was set by a call."""
    modified: str = Field(default_factory=stamp)
    revision: str = Field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def arn(self) -> str:
        """Its ARN, in the region it was created through."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.name}"

    @property
    def log_group(self) -> str:
        """The name of its log group."""
        given = self.reported.get("LoggingConfig", {}).get("LogGroup")
        return given if isinstance(given, str) else f"/aws/lambda/{self.name}"

    def changed(self, **changes: object) -> "FunctionSettings":
        """A revision with these changes."""
        return self.model_copy(update={**changes, "modified": stamp(), "revision": str(uuid.uuid4())})

    def describe(self) -> dict[str, Any]:
        """`FunctionConfiguration`, but for its state."""
        described: dict[str, Any] = {
            "FunctionName": self.name,
            "FunctionArn": self.arn,
            "Runtime": self.runtime,
            "Role": self.role,
            "Handler": self.handler,
            "CodeSize": self.code.size,
            "Description": self.description,
            "Timeout": self.timeout,
            "MemorySize": self.memory_mb,
            "LastModified": self.modified,
            "CodeSha256": self.code.sha256,
            "Version": VERSION,
            "TracingConfig": {"Mode": "PassThrough"},
            "RevisionId": self.revision,
            "PackageType": "Zip",
            "Architectures": self.architectures,
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            **self.reported,
        }
        described["LoggingConfig"] = {
            "LogFormat": "Text",
            **self.reported.get("LoggingConfig", {}),
            "LogGroup": self.log_group,
        }
        if self.environment is not None:
            described["Environment"] = {"Variables": self.environment}
        if self.layers:
            described["Layers"] = [{"Arn": layer, "CodeSize": 0} for layer in self.layers]
        return described


def name_of(function: str) -> str:
    """The name in a name, a partial ARN or an ARN; ResourceNotFoundException for a version that is not there."""
    match = _NAME.fullmatch(function)
    if match is None:
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{function}' at 'functionName' failed to satisfy constraint:"
            f" Member must satisfy regular expression pattern: {_NAME.pattern}",
        )
    name, version = match.groups()
    if version not in {None, VERSION}:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Function not found: {function}. The embedded pipeline has {VERSION} only, without aliases.",
            404,
        )
    return str(name)


def no_such_function(name: str, region: str) -> ServiceError:
    """No function of that name, in the words of the service."""
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"
    return ServiceError("ResourceNotFoundException", f"Function not found: {arn}", 404)
