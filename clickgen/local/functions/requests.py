"""What the API takes to make and change functions, and the settings that follow from it."""

import base64
import binascii
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from clickgen.local.functions import settings
from clickgen.local.functions.code import FOLDER_BUCKET, handler_file, in_place, unpack
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.shapes import Shape

PYTHON_VARIABLE = "CLICKGEN_PYTHON"
"""A variable of a function's environment that names the interpreter to run it in."""

_MAX_ENVIRONMENT_BYTES = 4096
_RESERVED = re.compile(
    r"_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?"
    r"|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR"
)
_PYTHON = re.compile(r"python3\.\d+")

RoleArn = Annotated[str, Field(pattern=r"^arn:aws[a-zA-Z-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+\z")]

ReadObject = Callable[[str, str], bytes]
"""The bytes of an object of the lake, by bucket and key; ServiceError in the words of Lambda."""


class CodeRequest(Shape):
    """`FunctionCode`."""

    ZipFile: str | None = None
    S3Bucket: str | None = None
    S3Key: str | None = None
    S3ObjectVersion: str | None = None
    S3ObjectStorageMode: str | None = None
    ImageUri: str | None = None


class Variables(Shape):
    """`Environment`."""

    Variables: dict[str, str] = Field(default_factory=dict)


class ConfigurationRequest(Shape):
    """What CreateFunction and UpdateFunctionConfiguration have in common."""

    Role: RoleArn | None = None
    Handler: Annotated[str, Field(max_length=128, pattern=r"^[^\s]+\z")] | None = None
    Runtime: str | None = None
    Description: Annotated[str, Field(max_length=256)] | None = None
    Timeout: Annotated[int, Field(ge=1, le=900)] | None = None
    MemorySize: Annotated[int, Field(ge=128, le=10240)] | None = None
    Environment: Variables | None = None
    Layers: list[str] | None = None
    # reported as they were given
    VpcConfig: dict[str, Any] | None = None
    TracingConfig: dict[str, Any] | None = None
    EphemeralStorage: dict[str, Any] | None = None
    LoggingConfig: dict[str, Any] | None = None
    SnapStart: dict[str, Any] | None = None
    KMSKeyArn: str | None = None
    RevisionId: str | None = None

    def changes(self, before: dict[str, Any]) -> dict[str, Any]:
        """The members of FunctionSettings that this request sets; ServiceError for what cannot be."""
        given: dict[str, Any] = {
            "role": self.Role,
            "handler": self.Handler,
            "runtime": self._runtime(),
            "description": self.Description,
            "timeout": self.Timeout,
            "memory_mb": self.MemorySize,
            "layers": self._layers(),
        }
        if self.Environment is not None:
            variables = _checked(self.Environment.Variables)
            given |= {"environment": variables}
            given["python"] = variables.get(PYTHON_VARIABLE)
        reported = ("VpcConfig", "TracingConfig", "EphemeralStorage", "LoggingConfig", "SnapStart", "KMSKeyArn")
        members = {name: getattr(self, name) for name in reported}
        given["reported"] = before | {name: value for name, value in members.items() if value is not None}
        return {name: value for name, value in given.items() if value is not None}

    def _runtime(self) -> str | None:
        if self.Runtime is None or _PYTHON.fullmatch(self.Runtime):
            return self.Runtime
        raise refused(f"The embedded pipeline runs Python only: {self.Runtime!r} is not python3.N.")

    def _layers(self) -> list[str] | None:
        for layer in self.Layers or ():
            if not Path(layer).is_absolute() or not Path(layer).is_dir():
                raise refused(
                    f"The layer {layer!r} is not a folder of this machine. Here a layer is the absolute path of a"
                    " folder, laid out like the archive of a layer (python/…) or holding packages itself."
                )
        return self.Layers


class CreateFunction(ConfigurationRequest):
    """CreateFunction."""

    FunctionName: Annotated[str, Field(min_length=1, max_length=140)]
    Role: RoleArn
    Code: CodeRequest
    PackageType: str | None = None
    Publish: bool | None = None
    Architectures: list[str] | None = None
    Tags: dict[str, str] | None = None

    def settle(self, name: str, region: str, code: settings.Code) -> settings.FunctionSettings:
        """The function's settings; InvalidParameterValueException for what cannot be."""
        if self.Runtime is None or self.Handler is None:
            raise refused(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        return settings.FunctionSettings(
            name=name,
            region=region,
            code=code,
            architectures=self.Architectures or ["x86_64"],
            tags=self.Tags or {},
            **self.changes({}),
        )


class UpdateCode(CodeRequest):
    """UpdateFunctionCode."""

    Architectures: list[str] | None = None
    Publish: bool | None = None
    DryRun: bool | None = None
    RevisionId: str | None = None


def code_of(request: CodeRequest, state: Path, read: ReadObject) -> settings.Code:
    """The code that a request brings or points at, unpacked; ServiceError if there is none or it is not good."""
    if request.ImageUri is not None:
        raise refused("The embedded pipeline runs no container images; give ZipFile or S3Bucket and S3Key.")
    if request.ZipFile is not None:
        try:
            archive = base64.b64decode(request.ZipFile, validate=True)
        except binascii.Error as error:
            raise refused(f"ZipFile is not valid base64: {error}.") from None
        return unpack(archive, state)
    if request.S3Bucket is None or request.S3Key is None:
        raise refused("Please provide a source for function code.")
    if request.S3Bucket == FOLDER_BUCKET:
        return in_place(request.S3Key)
    return unpack(read(request.S3Bucket, request.S3Key), state)


def check_handler(function: settings.FunctionSettings, folder: Path) -> None:
    """InvalidParameterValueException if a handler in a user's own folder is not there.

    Lambda finds out when it is first called; whoever points at a folder here wants to know at once.
    """
    if function.code.own and handler_file(folder, function.handler) is None:
        raise refused(f"The handler {function.handler!r} is MODULE.FUNCTION, and {folder} has no such module.")


def refused(message: str) -> ServiceError:
    """Arguments that make no sense or that the embedded pipeline cannot honour."""
    return ServiceError("InvalidParameterValueException", message)


def _checked(variables: dict[str, str]) -> dict[str, str]:
    configure = (
        "Lambda was unable to configure your environment variables because the environment variables you have"
        " provided"
    )
    reserved = sorted(name for name in variables if _RESERVED.fullmatch(name))
    if reserved:
        raise refused(
            f"{configure} contains reserved keys that are currently not supported for modification."
            f" Reserved keys used in this request: {', '.join(reserved)}"
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > _MAX_ENVIRONMENT_BYTES:
        raise refused(f"{configure} exceeded the 4KB limit.")
    return variables
