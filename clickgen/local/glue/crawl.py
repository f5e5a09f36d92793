"""One crawl, in a process of its own: it looks at the files of its targets and brings the catalogue up to them."""

import fnmatch
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from clickgen.local.glue.crawled_table import columns_of, crawled_table, statistics_of
from clickgen.local.glue.grouping import FoundTable, Leaf, tables_in
from clickgen.local.glue.inference import shape_of
from clickgen.local.glue.metastore import GlueMetastore, open_documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import is_bucket

Entity = dict[str, Any]


class Crawl:
    """A crawl of one crawler. Counts what it changed."""

    def __init__(self, lake: Path, metastore: GlueMetastore, crawler: Entity) -> None:
        self.created = self.updated = self.deleted = 0
        self._lake = lake
        self._metastore = metastore
        self._crawler = crawler
        self._run = hashlib.md5(os.urandom(16), usedforsecurity=False).hexdigest()
        configuration = json.loads(crawler.get("Configuration") or "{}")
        grouping = configuration.get("Grouping") or {}
        output = configuration.get("CrawlerOutput") or {}
        self._combine = grouping.get("TableGroupingPolicy") == "CombineCompatibleSchemas"
        self._level = grouping.get("TableLevelConfiguration")
        self._inherit = (output.get("Partitions") or {}).get("AddOrUpdateBehavior") == "InheritFromTable"
        self._merge = (output.get("Tables") or {}).get("AddOrUpdateBehavior") == "MergeNewColumns"
        self._policy = crawler.get("SchemaChangePolicy") or {}
        self._new_only = (crawler.get("RecrawlPolicy") or {}).get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY"

    def run(self) -> None:
        """Crawl every target. ServiceError, ValueError: it cannot be done, and why."""
        database = self._crawler["DatabaseName"]
        try:
            self._metastore.database(database)
        except ServiceError:
            self._metastore.create_database({"Name": database})
        for target in self._targets():
            root = _root(target["Path"])
            known_folders = self._known_folders(database) if self._new_only else frozenset()
            leaves = list(self._leaves(root, target, known_folders))
            found = [
                table
                for table in tables_in(root, leaves, combine=self._combine, level=self._level)
                if table.leaves[0].kind[0] != "unknown"
            ]
            kept = {self._bring_up(database, table) for table in found}
            if not self._new_only:
                self._drop_missing(database, root, kept)

    def _targets(self) -> Iterator[Entity]:
        targets = self._crawler["Targets"]
        yield from targets.get("S3Targets") or []
        for target in targets.get("CatalogTargets") or []:
            for name in target["Tables"]:
                table = self._metastore.table(target["DatabaseName"], name)
                yield {"Path": table["StorageDescriptor"]["Location"]}

    def _leaves(self, root: PurePosixPath, target: Entity, skipped: frozenset[str]) -> Iterator[Leaf]:
        """The folders with files, each with what is in them."""
        excluded = target.get("Exclusions") or []
        for folder, folders, names in os.walk(self._lake / root):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
            here = PurePosixPath(Path(folder).relative_to(self._lake).as_posix())
            if f"s3://{here}/" in skipped:
                continue
            paths = [Path(folder, name) for name in sorted(names) if not name.startswith((".", "_"))]
            files = [
                path
                for path in paths
                if not path.is_symlink()
                and path.stat().st_size
                and not _excluded(path.relative_to(self._lake / root).as_posix(), excluded)
            ]
            shapes = [
                (PurePosixPath(path.relative_to(self._lake).as_posix()), shape_of(path), path.stat().st_size)
                for path in files[: target.get("SampleSize") or len(files)]
            ]
            if shapes:
                yield Leaf(here, shapes)

    def _known_folders(self, database: str) -> frozenset[str]:
        found: set[str] = set()
        for table in self._metastore.tables(database):
            if (table.get("Parameters") or {}).get("UPDATED_BY_CRAWLER") == self._crawler["Name"]:
                for partition in self._metastore.partitions(database, table["Name"]):
                    found.add(partition["StorageDescriptor"]["Location"])
        return frozenset(found)

    def _bring_up(self, database: str, found: FoundTable) -> str:
        """Create or update a table with its partitions; its name."""
        location = f"s3://{found.root}" + ("" if found.leaves[0].folder == found.leaves[0].files[0][0] else "/")
        tables = {table["Name"]: table for table in self._metastore.tables(database)}
        existing = next((table for table in tables.values() if _location(table) == location.rstrip("/")), None)
        table = crawled_table(found, location, self._crawler["Name"], self._run)
        if existing is None:
            table["Name"] = self._free_name(found, location, tables)
            self._metastore.create_table(database, table)
            self.created += 1
        else:
            table["Name"] = existing["Name"]
            table = self._update(database, existing, table)
        if found.keys:
            self._partitions(database, table, found)
        return str(table["Name"])

    def _update(self, database: str, existing: Entity, table: Entity) -> Entity:
        """Change a table that is there, as the policy says; the table that then is there."""
        if self._policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "LOG" or self._new_only:
            return existing
        if self._merge:
            columns = existing["StorageDescriptor"]["Columns"]
            names = {column["Name"] for column in columns}
            added = [column for column in table["StorageDescriptor"]["Columns"] if column["Name"] not in names]
            table["StorageDescriptor"]["Columns"] = [*columns, *added]
        changed = table["StorageDescriptor"]["Columns"] != existing["StorageDescriptor"]["Columns"]
        table["Parameters"] = {**(existing.get("Parameters") or {}), **table["Parameters"]}
        table["Parameters"].pop("DEPRECATED_BY_CRAWLER", None)
        self._metastore.update_table(database, table)
        self.updated += changed
        return table

    def _partitions(self, database: str, table: Entity, found: FoundTable) -> None:
        storage = table["StorageDescriptor"]
        registered = {tuple(part["Values"]): part for part in self._metastore.partitions(database, table["Name"])}
        fresh: list[Entity] = []
        seen: set[tuple[str, ...]] = set()
        for leaf in found.leaves:
            values = found.values(leaf)
            seen.add(tuple(values))
            own = storage if self._inherit else {**storage, "Columns": columns_of(leaf.columns)}
            partition = {
                "Values": values,
                "StorageDescriptor": {**own, "Location": f"s3://{leaf.folder}/"},
                "Parameters": statistics_of([leaf]),
            }
            if tuple(values) not in registered:
                fresh.append(partition)
            elif self._policy.get("UpdateBehavior", "UPDATE_IN_DATABASE") != "LOG":
                self._metastore.update_partition(database, table["Name"], values, partition)
        self._metastore.add_partitions(database, table["Name"], fresh)
        behaviour = self._policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE")
        if not self._new_only:
            for gone in registered.keys() - seen:
                self._drop_partition(database, table["Name"], registered[gone], behaviour)

    def _drop_partition(self, database: str, name: str, partition: Entity, behaviour: str) -> None:
        if behaviour == "DELETE_FROM_DATABASE":
            self._metastore.drop_partition(database, name, partition["Values"])
        elif behaviour == "DEPRECATE_IN_DATABASE":
            parameters = {**(partition.get("Parameters") or {}), "DEPRECATED_BY_CRAWLER": _millis()}
            given = {key: partition[key] for key in ("Values", "StorageDescriptor")}
            self._metastore.update_partition(
                database, name, partition["Values"], {**given, "Parameters": parameters}
            )

    def _drop_missing(self, database: str, root: PurePosixPath, kept: set[str]) -> None:
        """What this crawler made below a target and does not find any more."""
        behaviour = self._policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE")
        for table in self._metastore.tables(database):
            parameters = table.get("Parameters") or {}
            inside = f"{_location(table)}/".startswith(f"s3://{root}/")
            if (
                parameters.get("UPDATED_BY_CRAWLER") != self._crawler["Name"]
                or not inside
                or table["Name"] in kept
            ):
                continue
            if behaviour == "DELETE_FROM_DATABASE":
                self._metastore.drop_table(database, table["Name"])
                self.deleted += 1
            elif behaviour == "DEPRECATE_IN_DATABASE" and "DEPRECATED_BY_CRAWLER" not in parameters:
                given = {key: value for key, value in table.items() if key not in _KEPT_BY_GLUE}
                given["Parameters"] = {**parameters, "DEPRECATED_BY_CRAWLER": _millis()}
                self._metastore.update_table(database, given)

    def _free_name(self, found: FoundTable, location: str, tables: dict[str, Entity]) -> str:
        folder = re.sub(r"[^a-z0-9_]", "_", found.root.name.lower())
        name = f"{self._crawler.get('TablePrefix') or ''}{folder}".lower()
        if name in tables:
            name += f"_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"
        return name


_KEPT_BY_GLUE = frozenset(
    {"DatabaseName", "CreateTime", "UpdateTime", "VersionId", "CatalogId", "IsRegisteredWithLakeFormation"}
)


def _root(path: str) -> PurePosixPath:
    bucket, _, key = path.removeprefix("s3://").partition("/")
    if not path.startswith("s3://") or not is_bucket(bucket):
        raise ValueError(f"{path} is not a path like s3://bucket/prefix/")
    return PurePosixPath(bucket, *[part for part in key.split("/") if part not in ("", ".", "..")])


def _location(table: Entity) -> str:
    return str((table.get("StorageDescriptor") or {}).get("Location") or "").rstrip("/")


def _excluded(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern.replace("**", "*")) for pattern in patterns)


def _millis() -> str:
    return str(int(time.time() * 1000))


def main(lake: Path, state: Path, name: str) -> None:
    """Crawl, and print what became of it as JSON."""
    documents = open_documents(state)
    crawler = documents.get("crawler", "", name)
    if crawler is None:
        raise SystemExit(f"there is no crawler {name}")
    crawl = Crawl(lake, GlueMetastore(documents), crawler)
    answer: dict[str, Any] = {}
    try:
        crawl.run()
    except ImportError as problem:
        answer["failed"] = f"Crawling Parquet needs {problem.name}: pip install 'clickgen-aws[local]'"
    except (ServiceError, ValueError, OSError) as problem:
        answer["failed"] = str(problem)
    answer |= {"created": crawl.created, "updated": crawl.updated, "deleted": crawl.deleted}
    sys.stdout.write(orjson.dumps(answer).decode() + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
