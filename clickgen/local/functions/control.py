"""The actions that create, describe, change and delete functions."""

import asyncio
from typing import Annotated, Any

import orjson
from pydantic import Field

from clickgen.local.functions.function import MAX_RESERVED, Function
from clickgen.local.functions.functions import EmbeddedFunctions, wanted
from clickgen.local.functions.requests import (
    ConfigurationRequest,
    CreateFunction,
    ReadObject,
    UpdateCode,
    check_handler,
    code_of,
    refused,
)
from clickgen.local.functions.settings import name_of
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.rest import RestAnswer, RestCall
from clickgen.local.platform.shapes import Shape, parse

_PAGE = 50


class Reserve(Shape):
    """PutFunctionConcurrency."""

    ReservedConcurrentExecutions: int


class PageSize(Shape):
    """A page of a listing, as a query asks for it."""

    MaxItems: Annotated[int, Field(strict=False, ge=1, le=10_000)]


class Permission(Shape):
    """AddPermission."""

    StatementId: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9-_]+\z")]
    Action: Annotated[str, Field(pattern=r"^(lambda:[*]|lambda:[a-zA-Z]+|[*])\z")]
    Principal: Annotated[str, Field(pattern=r"^[^\s]+\z")]
    SourceArn: str | None = None
    SourceAccount: str | None = None

    def statement(self, resource: str) -> dict[str, Any]:
        """As it stands in the policy."""
        kind = "Service" if self.Principal.endswith(".amazonaws.com") else "AWS"
        conditions: dict[str, Any] = {}
        if self.SourceArn is not None:
            conditions["ArnLike"] = {"AWS:SourceArn": self.SourceArn}
        if self.SourceAccount is not None:
            conditions["StringEquals"] = {"AWS:SourceAccount": self.SourceAccount}
        statement: dict[str, Any] = {
            "Sid": self.StatementId,
            "Effect": "Allow",
            "Principal": "*" if self.Principal == "*" else {kind: self.Principal},
            "Action": self.Action,
            "Resource": resource,
        }
        return statement | ({"Condition": conditions} if conditions else {})


class Tagging(Shape):
    """TagResource."""

    Tags: dict[str, str]


class FunctionControl:
    """The control plane of one server's functions."""

    def __init__(self, functions: EmbeddedFunctions, read: ReadObject) -> None:
        self._functions = functions
        self._read = read

    async def create(self, call: RestCall) -> RestAnswer:
        """CreateFunction."""
        request = parse(CreateFunction, call.body())
        name = name_of(request.FunctionName)
        if self._functions.has(name):
            raise ServiceError("ResourceConflictException", f"Function already exist: {name}", 409)
        _refuse_unknown(request)
        code = await asyncio.to_thread(code_of, request.Code, self._functions.home.state, self._read)
        settings = request.settle(name, call.region, code)
        if code.own:
            check_handler(settings, self._functions.folder_of(code))
        return RestAnswer(self._functions.create(settings).describe(), 201)

    def get(self, call: RestCall) -> dict[str, Any]:
        """GetFunction."""
        function = self._find(call)
        settings = function.settings
        answer: dict[str, Any] = {
            "Configuration": function.describe(),
            "Code": {"RepositoryType": "S3", "Location": function.code_folder.as_uri()},
            "Tags": settings.tags,
        }
        if settings.reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": settings.reserved}
        return answer

    def get_configuration(self, call: RestCall) -> dict[str, Any]:
        """GetFunctionConfiguration."""
        return self._find(call).describe()

    def list(self, call: RestCall) -> dict[str, Any]:
        """ListFunctions: by name, a page at a time."""
        names = [name for name in self._functions.names if name > call.query.get("Marker", "")]
        count = parse(PageSize, {"MaxItems": call.query.get("MaxItems", _PAGE)}).MaxItems
        page = [self._functions.find(name).settings.describe() for name in names[:count]]
        return {"Functions": page} | ({"NextMarker": names[count - 1]} if len(names) > count else {})

    def versions(self, call: RestCall) -> dict[str, Any]:
        """ListVersionsByFunction: there is one."""
        return {"Versions": [self._find(call).settings.describe()]}

    async def update_code(self, call: RestCall) -> dict[str, Any]:
        """UpdateFunctionCode."""
        function = self._find(call)
        request = parse(UpdateCode, call.body())
        _check_revision(function, request.RevisionId)
        code = await asyncio.to_thread(code_of, request, self._functions.home.state, self._read)
        settings = function.settings.changed(code=code)
        if code.own:
            check_handler(settings, self._functions.folder_of(code))
        if not request.DryRun:
            self._functions.change(function, settings)
        return function.describe()

    def update_configuration(self, call: RestCall) -> dict[str, Any]:
        """UpdateFunctionConfiguration."""
        function = self._find(call)
        request = parse(ConfigurationRequest, call.body())
        _refuse_unknown(request)
        _check_revision(function, request.RevisionId)
        settings = function.settings.changed(**request.changes(function.settings.reported))
        check_handler(settings, function.code_folder)
        self._functions.change(function, settings)
        return function.describe()

    async def delete(self, call: RestCall) -> RestAnswer:
        """DeleteFunction."""
        self._find(call)
        await self._functions.delete(call.parts["name"])
        return RestAnswer(status=204)

    def add_permission(self, call: RestCall) -> RestAnswer:
        """AddPermission: kept and reported; who may call is not checked on a loopback interface."""
        function, request = self._find(call), parse(Permission, call.body())
        sid = request.StatementId
        policy = function.settings.policy
        if any(statement["Sid"] == sid for statement in policy):
            raise ServiceError(
                "ResourceConflictException",
                f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove"
                " the existing statement.",
                409,
            )
        statement = request.statement(function.settings.arn)
        self._functions.note(function, policy=[*policy, statement])
        return RestAnswer({"Statement": orjson.dumps(statement).decode()}, 201)

    def remove_permission(self, call: RestCall) -> RestAnswer:
        """RemovePermission."""
        function, sid = self._find(call), call.parts["sid"]
        left = [statement for statement in function.settings.policy if statement["Sid"] != sid]
        if len(left) == len(function.settings.policy):
            raise ServiceError(
                "ResourceNotFoundException", f"Statement {sid} is not found in resource policy.", 404
            )
        self._functions.note(function, policy=left)
        return RestAnswer(status=204)

    def get_policy(self, call: RestCall) -> dict[str, Any]:
        """GetPolicy."""
        settings = self._find(call).settings
        if not settings.policy:
            raise ServiceError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": settings.policy}
        return {"Policy": orjson.dumps(policy).decode(), "RevisionId": settings.revision}

    def put_concurrency(self, call: RestCall) -> dict[str, Any]:
        """PutFunctionConcurrency."""
        function = self._find(call)
        reserved = parse(Reserve, call.body()).ReservedConcurrentExecutions
        if not 0 <= reserved <= MAX_RESERVED:
            raise refused(f"The embedded pipeline reserves from 0 to {MAX_RESERVED} processes for a function.")
        self._functions.change(function, function.settings.changed(reserved=reserved))
        return {"ReservedConcurrentExecutions": reserved}

    def get_concurrency(self, call: RestCall) -> dict[str, Any]:
        """GetFunctionConcurrency."""
        reserved = self._find(call).settings.reserved
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def delete_concurrency(self, call: RestCall) -> RestAnswer:
        """DeleteFunctionConcurrency."""
        function = self._find(call)
        self._functions.change(function, function.settings.changed(reserved=None))
        return RestAnswer(status=204)

    def code_signing(self, call: RestCall) -> dict[str, Any]:
        """GetFunctionCodeSigningConfig: code is not signed here; Terraform asks."""
        return {"FunctionName": self._find(call).settings.name, "CodeSigningConfigArn": ""}

    def list_tags(self, call: RestCall) -> dict[str, Any]:
        """ListTags."""
        return {"Tags": self._find(call).settings.tags}

    def tag(self, call: RestCall) -> RestAnswer:
        """TagResource."""
        function = self._find(call)
        self._functions.note(function, tags=function.settings.tags | parse(Tagging, call.body()).Tags)
        return RestAnswer(status=204)

    def untag(self, call: RestCall) -> RestAnswer:
        """UntagResource."""
        function = self._find(call)
        gone = set(call.query.getall("tagKeys", []))
        left = {name: value for name, value in function.settings.tags.items() if name not in gone}
        self._functions.note(function, tags=left)
        return RestAnswer(status=204)

    def _find(self, call: RestCall) -> Function:
        return self._functions.find(wanted(call), call.region)


def _check_revision(function: Function, revision: str | None) -> None:
    if revision is not None and revision != function.settings.revision:
        raise ServiceError(
            "PreconditionFailedException",
            "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to"
            " retrieve the latest RevisionId",
            412,
        )


def _refuse_unknown(request: ConfigurationRequest) -> None:
    """Members that would change what runs are refused by name, not ignored."""
    unknown = [name for name, value in (request.model_extra or {}).items() if value not in (None, {}, [], "")]
    if unknown:
        raise refused(f"The embedded pipeline does not have {', '.join(sorted(unknown))} of account {ACCOUNT}.")
