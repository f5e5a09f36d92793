"""Work groups and named queries, and tags on them."""

import time
import uuid
from typing import Any

from clickgen.local.athena.shapes import (
    CreateGroup,
    CreateNamed,
    OneGroup,
    OneNamed,
    OneResource,
    Page,
    SomeNamed,
    TagResource,
    UntagResource,
    UpdateGroup,
)
from clickgen.local.platform.documents import Document, Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.service import Action, Answer, Call
from clickgen.local.platform.shapes import parse

_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


class WorkGroups:
    """The work groups of one lake; `primary` is always there."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        documents.add("workgroup", "", "primary", _group("primary", {}, "", enforce=False))

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "CreateWorkGroup": self._create,
            "GetWorkGroup": lambda call: {"WorkGroup": self.find(parse(OneGroup, call.body).WorkGroup)},
            "ListWorkGroups": self._list,
            "UpdateWorkGroup": self._update,
            "DeleteWorkGroup": self._delete,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": lambda call: {"Tags": self._tags(parse(OneResource, call.body).ResourceARN)},
        }

    def find(self, name: str) -> Document:
        """One work group; InvalidRequestException if there is none of that name."""
        group = self._documents.get("workgroup", "", name)
        if group is None:
            raise refused("WorkGroup is not found.")
        return group

    def enabled(self, name: str) -> Document:
        """One work group that takes queries."""
        group = self.find(name)
        if group["State"] != "ENABLED":
            raise refused(f"WorkGroup {name} is disabled.")
        return group

    def _create(self, call: Call) -> Answer:
        request = parse(CreateGroup, call.body)
        group = _group(request.Name, request.Configuration or {}, request.Description or "", enforce=True)
        if not self._documents.add("workgroup", "", request.Name, group):
            raise refused("WorkGroup is already created")
        if request.Tags:
            arn = f"arn:aws:athena:{call.region}:{ACCOUNT}:workgroup/{request.Name}"
            self._documents.put("tags", "", arn, {tag["Key"]: tag.get("Value", "") for tag in request.Tags})
        return {}

    def _list(self, call: Call) -> Answer:
        members = ("Name", "State", "Description", "CreationTime")
        groups = [group for _, group in self._documents.all("workgroup")]
        shown = [
            {**{key: group[key] for key in members}, "EngineVersion": _ENGINE, "IdentityCenterApplicationArn": ""}
            for group in groups
        ]
        return listed("WorkGroups", shown, call)

    def _update(self, call: Call) -> Answer:
        request = parse(UpdateGroup, call.body)
        group = self.find(request.WorkGroup)
        updates = dict(request.ConfigurationUpdates or {})
        places = updates.pop("ResultConfigurationUpdates", {})
        configuration = {**group["Configuration"], **updates}
        if updates.pop("RemoveBytesScannedCutoffPerQuery", False):
            configuration.pop("BytesScannedCutoffPerQuery", None)
        configuration.pop("RemoveBytesScannedCutoffPerQuery", None)
        results = {**configuration.get("ResultConfiguration", {})}
        for member, value in places.items():
            if not member.startswith("Remove"):
                results[member] = value
            elif value:
                results.pop(member.removeprefix("Remove"), None)
        configuration["ResultConfiguration"] = results
        group |= {"Configuration": configuration, "State": request.State or group["State"]}
        group["Description"] = group["Description"] if request.Description is None else request.Description
        self._documents.put("workgroup", "", request.WorkGroup, group)
        return {}

    def _delete(self, call: Call) -> Answer:
        request = parse(OneGroup, call.body)
        if request.WorkGroup == "primary":
            raise refused("The primary workgroup cannot be deleted.")
        self.find(request.WorkGroup)
        queries = [
            body for _, body in self._documents.all("named_query") if body["WorkGroup"] == request.WorkGroup
        ]
        if queries and not request.RecursiveDeleteOption:
            raise refused(f"WorkGroup {request.WorkGroup} is not empty")
        with self._documents.together():
            for query in queries:
                self._documents.delete("named_query", "", query["NamedQueryId"])
            self._documents.delete("workgroup", "", request.WorkGroup)
        return {}

    def _tags(self, arn: str) -> list[dict[str, str]]:
        tags = self._documents.get("tags", "", arn) or {}
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    def _tag(self, call: Call) -> Answer:
        request = parse(TagResource, call.body)
        tags = self._documents.get("tags", "", request.ResourceARN) or {}
        tags |= {tag["Key"]: tag.get("Value", "") for tag in request.Tags}
        self._documents.put("tags", "", request.ResourceARN, tags)
        return {}

    def _untag(self, call: Call) -> Answer:
        request = parse(UntagResource, call.body)
        tags = self._documents.get("tags", "", request.ResourceARN) or {}
        kept = {key: value for key, value in tags.items() if key not in request.TagKeys}
        self._documents.put("tags", "", request.ResourceARN, kept)
        return {}


class NamedQueries:
    """Queries that were saved."""

    def __init__(self, documents: Documents, groups: WorkGroups) -> None:
        self._documents = documents
        self._groups = groups

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "CreateNamedQuery": self._create,
            "GetNamedQuery": lambda call: {"NamedQuery": self._find(parse(OneNamed, call.body).NamedQueryId)},
            "BatchGetNamedQuery": self._several,
            "ListNamedQueries": self._list,
            "DeleteNamedQuery": self._delete,
        }

    def _create(self, call: Call) -> Answer:
        request = parse(CreateNamed, call.body)
        group = self._groups.find(request.WorkGroup or "primary")
        name = str(uuid.uuid4())
        query = {**request.model_dump(exclude_none=True), "NamedQueryId": name, "WorkGroup": group["Name"]}
        query.pop("ClientRequestToken", None)
        self._documents.put("named_query", "", name, query)
        return {"NamedQueryId": name}

    def _several(self, call: Call) -> Answer:
        names = parse(SomeNamed, call.body).NamedQueryIds
        found = {name: self._documents.get("named_query", "", name) for name in names}
        missing = [{"NamedQueryId": name, "ErrorCode": "NOT_FOUND"} for name in names if found[name] is None]
        return {"NamedQueries": [body for body in found.values() if body], "UnprocessedNamedQueryIds": missing}

    def _list(self, call: Call) -> Answer:
        group = parse(Page, call.body).WorkGroup or "primary"
        names = [name for name, body in self._documents.all("named_query") if body["WorkGroup"] == group]
        return listed("NamedQueryIds", names, call)

    def _delete(self, call: Call) -> Answer:
        query = self._find(parse(OneNamed, call.body).NamedQueryId)
        self._documents.delete("named_query", "", query["NamedQueryId"])
        return {}

    def _find(self, name: str) -> Document:
        query = self._documents.get("named_query", "", name)
        if query is None:
            raise refused(f"NamedQuery {name} was not found")
        return query


def refused(message: str, code: str = "INVALID_INPUT") -> ServiceError:
    """A request that Athena refuses."""
    return ServiceError("InvalidRequestException", message, members={"AthenaErrorCode": code})


def listed(member: str, entities: list[Any], call: Call) -> Answer:
    """A page of a list; its token is the position of the next one."""
    request = parse(Page, {key: call.body[key] for key in ("MaxResults", "NextToken") if key in call.body})
    token = request.NextToken or "0"
    if not token.isdecimal():
        raise refused("Malformed or invalid NextToken")
    begin, end = int(token), int(token) + (request.MaxResults or 50)
    answer: dict[str, Any] = {member: entities[begin:end]}
    if end < len(entities):
        answer["NextToken"] = str(end)
    return answer


def _group(name: str, configuration: dict[str, Any], description: str, *, enforce: bool) -> Document:
    return {
        "Name": name,
        "State": "ENABLED",
        "Description": description,
        "CreationTime": time.time(),
        "Configuration": {
            "ResultConfiguration": {},
            "EnforceWorkGroupConfiguration": enforce,
            "PublishCloudWatchMetricsEnabled": True,
            "RequesterPaysEnabled": False,
            "EngineVersion": _ENGINE,
            **configuration,
        },
    }
