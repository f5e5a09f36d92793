"""The actions on databases, tables and tags."""

import re
from collections.abc import Sequence
from typing import Any

from clickgen.local.glue.metastore import GlueMetastore
from clickgen.local.glue.shapes import (
    CreateDatabase,
    DeleteTables,
    ListTables,
    OfTable,
    OneDatabase,
    OneResource,
    OneTable,
    Page,
    TagResource,
    UntagResource,
    UpdateDatabase,
    WriteTable,
)
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.service import Action, Answer, Call
from clickgen.local.platform.shapes import Shape, parse

_PAGE = 100  # entities of a page if the caller does not say


class CatalogueActions:
    """Databases and tables."""

    def __init__(self, metastore: GlueMetastore, tags: "ResourceTags") -> None:
        self._metastore = metastore
        self._tags = tags

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "CreateDatabase": self._create_database,
            "GetDatabase": lambda call: {"Database": self._metastore.database(parse(OneDatabase, call.body).Name)},
            "GetDatabases": lambda call: page_of("DatabaseList", self._metastore.databases(), call),
            "UpdateDatabase": self._update_database,
            "DeleteDatabase": self._delete_database,
            "CreateTable": self._create_table,
            "GetTable": self._table,
            "GetTables": self._tables,
            "UpdateTable": self._update_table,
            "DeleteTable": self._delete_table,
            "BatchDeleteTable": self._delete_tables,
            "GetTableVersions": self._versions,
            "GetPartitionIndexes": self._indexes,
        }

    def _create_database(self, call: Call) -> Answer:
        request = parse(CreateDatabase, call.body)
        self._metastore.create_database(given(request.DatabaseInput))
        if request.Tags:
            self._tags.add(arn(call, f"database/{request.DatabaseInput.Name}"), request.Tags)
        return {}

    def _update_database(self, call: Call) -> Answer:
        request = parse(UpdateDatabase, call.body)
        self._metastore.update_database(request.Name, given(request.DatabaseInput))
        return {}

    def _delete_database(self, call: Call) -> Answer:
        self._metastore.drop_database(parse(OneDatabase, call.body).Name)
        return {}

    def _create_table(self, call: Call) -> Answer:
        request = parse(WriteTable, call.body)
        self._metastore.create_table(request.DatabaseName, given(request.TableInput))
        return {}

    def _update_table(self, call: Call) -> Answer:
        request = parse(WriteTable, call.body)
        self._metastore.update_table(
            request.DatabaseName, given(request.TableInput), archive=not request.SkipArchive
        )
        return {}

    def _table(self, call: Call) -> Answer:
        request = parse(OneTable, call.body)
        return {"Table": self._metastore.table(request.DatabaseName, request.Name)}

    def _tables(self, call: Call) -> Answer:
        request = parse(ListTables, call.body)
        tables = self._metastore.tables(request.DatabaseName)
        if request.Expression:
            try:
                # `*` alone is Hive's any, `.*` that of regular expressions; Glue takes both
                pattern = re.compile(re.sub(r"(?<![.\])])\*", ".*", request.Expression), re.IGNORECASE)
            except re.error:
                raise ServiceError("InvalidInputException", "Unable to parse the expression") from None
            tables = [table for table in tables if pattern.fullmatch(table["Name"])]
        return page_of("TableList", tables, call)

    def _delete_table(self, call: Call) -> Answer:
        request = parse(OneTable, call.body)
        self._metastore.drop_table(request.DatabaseName, request.Name)
        return {}

    def _delete_tables(self, call: Call) -> Answer:
        request = parse(DeleteTables, call.body)
        errors = []
        for name in request.TablesToDelete:
            try:
                self._metastore.drop_table(request.DatabaseName, name)
            except ServiceError as problem:
                errors.append({"TableName": name, "ErrorDetail": detail(problem)})
        return {"Errors": errors}

    def _versions(self, call: Call) -> Answer:
        request = parse(OfTable, call.body)
        tables = self._metastore.versions(request.DatabaseName, request.TableName)
        return page_of(
            "TableVersions", [{"Table": table, "VersionId": table["VersionId"]} for table in tables], call
        )

    def _indexes(self, call: Call) -> Answer:
        request = parse(OfTable, call.body)
        self._metastore.table(request.DatabaseName, request.TableName)
        return {"PartitionIndexDescriptorList": []}


class ResourceTags:
    """The tags of everything, by ARN."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "GetTags": lambda call: {"Tags": self.of(parse(OneResource, call.body).ResourceArn)},
        }

    def of(self, resource: str) -> dict[str, str]:
        """The tags of one resource."""
        return self._documents.get("tags", "", resource) or {}

    def add(self, resource: str, tags: dict[str, str]) -> None:
        """Set tags, beside those that are there."""
        self._documents.put("tags", "", resource, {**self.of(resource), **tags})

    def _tag(self, call: Call) -> Answer:
        request = parse(TagResource, call.body)
        self.add(request.ResourceArn, request.TagsToAdd)
        return {}

    def _untag(self, call: Call) -> Answer:
        request = parse(UntagResource, call.body)
        kept = {
            key: value for key, value in self.of(request.ResourceArn).items() if key not in request.TagsToRemove
        }
        self._documents.put("tags", "", request.ResourceArn, kept)
        return {}


def given(shape: Shape) -> dict[str, Any]:
    """What the caller gave, without the members that were left out."""
    return shape.model_dump(exclude_none=True)


def detail(problem: ServiceError) -> dict[str, str]:
    """Why one of several could not be done."""
    return {"ErrorCode": problem.code, "ErrorMessage": problem.message}


def arn(call: Call, resource: str) -> str:
    """The ARN of something in the catalogue."""
    return f"arn:aws:glue:{call.region}:{ACCOUNT}:{resource}"


def page_of(member: str, entities: Sequence[Any], call: Call, size: int = _PAGE) -> dict[str, Any]:
    """A page of a list; its token is the position of the next one."""
    request = parse(Page, call.body)
    token = request.NextToken or "0"
    if not token.isdecimal():
        raise ServiceError("InvalidInputException", "The token is not valid.")
    begin, end = int(token), int(token) + (request.MaxResults or size)
    answer: dict[str, Any] = {member: list(entities[begin:end])}
    if end < len(entities):
        answer["NextToken"] = str(end)
    return answer
