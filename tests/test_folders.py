"""Folders of clickgen import one way: a folder that needs another is never needed by it, however far around."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import grimp


def folder_imports() -> dict[str, set[str]]:
    """The folders that each folder imports from, without the root, whose version everything takes."""
    graph = grimp.build_graph("clickgen", cache_dir=None)
    packages = {module for module in graph.modules if graph.find_children(module)}

    def folder(module: str) -> str:
        return module if module in packages else module.rpartition(".")[0]

    imports: dict[str, set[str]] = defaultdict(set)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            if folder(module) != folder(imported) and "clickgen" not in (folder(module), folder(imported)):
                imports[folder(module)].add(folder(imported))
    return imports


def circles(imports: Mapping[str, Iterable[str]]) -> set[frozenset[str]]:
    """The groups of folders of which each imports from every other, directly or through others."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            fresh = set(imports.get(waiting.pop(), ())) - seen
            seen |= fresh
            waiting += fresh
        return seen

    all_reached = {folder: reached(folder) for folder in imports}
    return {
        frozenset(other for other in seen if folder in all_reached.get(other, ()))
        for folder, seen in all_reached.items()
        if folder in seen
    }


def test_a_circle_is_seen_however_long_it_is() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"d"}}) == set()
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == {frozenset("bc")}
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {frozenset("abc")}


def test_no_folder_imports_from_one_that_imports_from_it() -> None:
    imports = folder_imports()
    assert "clickgen.verify.proof.found" in imports["clickgen.verify.proof.scan"]
    assert circles(imports) == set()
