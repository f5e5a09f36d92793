"""Which files are one table: folders of like files become partitions, and unlike ones tables of their own.

The rules are as AWS documents them ("How does a crawler determine when to create partitions?", "Creating a single
schema for each S3 include path"): one table if format and compression agree, the folders have the same structure,
and more than 70 % of the folders have a similar schema, of at most five different ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from clickgen.local.glue.inference import UNKNOWN, FileShape, merged
from clickgen.local.platform.hive_types import HiveType

THRESHOLD = 0.7
MAX_SCHEMAS = 5


@dataclass
class Leaf:
    """A folder with files: the keys below the bucket, and what is in them."""

    folder: PurePosixPath
    files: list[tuple[PurePosixPath, FileShape, int]] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, HiveType]:
        """The columns of all files."""
        columns: dict[str, HiveType] = {}
        for _, shape, _ in self.files:
            for name, kind in shape.columns.items():
                columns[name] = merged(columns.get(name, UNKNOWN), kind)
        return columns

    @property
    def kind(self) -> tuple[str, str]:
        """Format and compression, `mixed` if the files differ."""
        kinds = {(shape.format, shape.compression) for _, shape, _ in self.files}
        return kinds.pop() if len(kinds) == 1 else ("mixed", "mixed")


@dataclass
class FoundTable:
    """Files that are one table. root: its folder, or the file that is one alone."""

    root: PurePosixPath
    leaves: list[Leaf]

    @property
    def keys(self) -> list[str]:
        """The names of its partition keys from the outermost folder on, by `key=value` or by their place."""
        depth = len(self.leaves[0].folder.parts) - len(self.root.parts)
        if depth <= 0:
            return []
        names = []
        for level in range(depth):
            folders = [leaf.folder.parts[len(self.root.parts) + level] for leaf in self.leaves]
            keys = {folder.partition("=")[0] if "=" in folder else "" for folder in folders}
            names.append(keys.pop().lower() if len(keys) == 1 and "" not in keys else f"partition_{level}")
        return names

    def values(self, leaf: Leaf) -> list[str]:
        """The values of a folder's partition keys."""
        parts = leaf.folder.parts[len(self.root.parts) :]
        return [
            part.partition("=")[2] if not key.startswith("partition_") or part.startswith(f"{key}=") else part
            for key, part in zip(self.keys, parts, strict=True)
        ]

    @property
    def columns(self) -> dict[str, HiveType]:
        """The columns of all folders."""
        columns: dict[str, HiveType] = {}
        for leaf in self.leaves:
            for name, kind in leaf.columns.items():
                columns[name] = merged(columns.get(name, UNKNOWN), kind)
        return columns


def tables_in(
    root: PurePosixPath, leaves: Sequence[Leaf], *, combine: bool, level: int | None
) -> Iterator[FoundTable]:
    """The tables below a folder.

    combine: one table for each format, however different the schemas are. level: the depth of the tables' folders
    where the caller says it, the bucket being 1.
    """
    if level is not None:
        for parts in sorted({leaf.folder.parts[: max(level, len(root.parts))] for leaf in leaves}):
            folder = PurePosixPath(*parts)
            yield from tables_in(folder, _below(leaves, folder), combine=True, level=None)
        return
    own = next((leaf for leaf in leaves if leaf.folder == root), None)
    below = [leaf for leaf in leaves if leaf.folder != root]
    if own is not None:
        yield from _files_of(own, alone=not below, combine=combine)
    if not below:
        return
    if _one_table(root, below, combine=combine):
        yield FoundTable(root, below)
        return
    children = sorted({leaf.folder.parts[: len(root.parts) + 1] for leaf in below})
    for child in children:
        folder = PurePosixPath(*child)
        yield from tables_in(folder, _below(below, folder), combine=combine, level=None)


def similar(left: dict[str, HiveType], right: dict[str, HiveType]) -> bool:
    """Whether two schemas are alike: most of their columns have the same name."""
    most = max(len(left), len(right))
    return most == 0 or len(left.keys() & right.keys()) / most > THRESHOLD


def _files_of(leaf: Leaf, *, alone: bool, combine: bool) -> Iterator[FoundTable]:
    """The files of a folder as one table, or each as one where they are unlike or have folders beside them."""
    shapes = [shape.columns for _, shape, _ in leaf.files]
    if alone and leaf.kind[0] != "mixed" and (combine or _agree(shapes)):
        yield FoundTable(leaf.folder, [leaf])
        return
    for key, shape, size in leaf.files:
        yield FoundTable(key, [Leaf(key, [(key, shape, size)])])


def _one_table(root: PurePosixPath, leaves: Sequence[Leaf], *, combine: bool) -> bool:
    depths = {len(leaf.folder.parts) for leaf in leaves}
    kinds = {leaf.kind for leaf in leaves}
    if len(depths) != 1 or len(kinds) != 1 or next(iter(kinds))[0] == "mixed":
        return False
    return combine or _agree(_by_folder(root, leaves))


def _by_folder(root: PurePosixPath, leaves: Sequence[Leaf]) -> list[dict[str, HiveType]]:
    """The schemas of the folders at the first level below a root."""
    schemas: dict[str, dict[str, HiveType]] = {}
    for leaf in leaves:
        columns = schemas.setdefault(leaf.folder.parts[len(root.parts)], {})
        for name, kind in leaf.columns.items():
            columns[name] = merged(columns.get(name, UNKNOWN), kind)
    return list(schemas.values())


def _agree(schemas: Sequence[dict[str, HiveType]]) -> bool:
    """Whether enough schemas are similar to the most common kind of them."""
    groups: list[list[dict[str, HiveType]]] = []
    for columns in schemas:
        group = next((group for group in groups if similar(group[0], columns)), None)
        if group is None:
            groups.append([columns])
        else:
            group.append(columns)
    return len(groups) <= MAX_SCHEMAS and max(map(len, groups)) / len(schemas) > THRESHOLD


def _below(leaves: Sequence[Leaf], folder: PurePosixPath) -> list[Leaf]:
    return [leaf for leaf in leaves if leaf.folder.parts[: len(folder.parts)] == folder.parts]
