"""Imported by every Python process of a mutation run: breaks the one comparison that the environment names."""

import ast
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import CodeType, ModuleType


class _Breaker(Loader):
    """Loads the module from its source, broken."""

    def __init__(self, path: str, code: CodeType) -> None:
        self._path = path
        self._code = code

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self._path
        exec(self._code, module.__dict__)  # noqa: S102  # it is the module's own code but for one comparison


class _Finder(MetaPathFinder):
    def __init__(self, module: str, position: int, operator: int, kind: str, root: str) -> None:
        self._module = module
        self._how = position, operator, kind
        self._root = root

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        code = compile(self._tree(spec.origin), spec.origin, "exec")
        package = spec.submodule_search_locations is not None
        loader = _Breaker(spec.origin, code)
        return importlib.util.spec_from_loader(fullname, loader, origin=spec.origin, is_package=package)

    def _tree(self, origin: str) -> ast.Module:
        file = os.path.join(self._root, "tests", "mutation", "mutants.py")
        spec = importlib.util.spec_from_file_location("_mutants", file)
        assert spec is not None
        assert spec.loader is not None
        mutants = importlib.util.module_from_spec(spec)
        sys.modules["_mutants"] = mutants
        spec.loader.exec_module(mutants)
        with open(origin, encoding="utf-8") as source:
            tree: ast.Module = mutants.broken(source.read(), *self._how)
        return tree


if "MUTANT" in os.environ:
    _module, _position, _operator, _kind, _root = os.environ["MUTANT"].split("|")
    sys.meta_path.insert(0, _Finder(_module, int(_position), int(_operator), _kind, _root))


def _note_lines(folder: str) -> None:
    """Note at the end which lines of the verifier this process ran, and for which test."""
    import atexit
    import json

    import coverage

    measured = coverage.Coverage(data_file=None, source=["clickgen.verify"], config_file=False)
    measured.start()

    def note() -> None:
        measured.stop()
        data = measured.get_data()
        lines = {file: data.lines(file) or [] for file in data.measured_files()}
        with open(os.path.join(folder, str(os.getpid())), "w", encoding="utf-8") as file:
            json.dump({"test": os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0], "lines": lines}, file)

    atexit.register(note)


if "REACH_FOLDER" in os.environ and "PYTEST_CURRENT_TEST" in os.environ:
    _note_lines(os.environ["REACH_FOLDER"])
