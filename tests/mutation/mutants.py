"""Comparisons of a module, each broken in the ways in which a slip of the hand would break it."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


class Mutant(NamedTuple):
    """One comparison broken: its place among its file's, its operator, and how.

    repeat: which of those it is that are written alike and broken alike in its file, from 1 on.
    """

    path: str
    module: str
    position: int
    operator: int
    kind: str
    first_line: int
    last_line: int
    text: str
    repeat: int

    @property
    def name(self) -> str:
        """What it is called on the command line and in the list of those that are equivalent."""
        which = f" {self.repeat}" if self.repeat > 1 else ""
        return f"{self.path}: {self.text} [{self.kind}{which}]"


def mutants_of(root: Path, path: Path) -> Iterator[Mutant]:
    """All mutants of a file: each comparison negated, and those of size with their boundary moved."""
    source = path.read_text(encoding="utf-8")
    relative = path.relative_to(root).as_posix()
    module = relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    alike: Counter[tuple[str, str]] = Counter()
    for position, node in enumerate(_comparisons(ast.parse(source))):
        text = " ".join(ast.unparse(node).split())
        end = node.end_lineno or node.lineno
        for operator, kind_of in enumerate(node.ops):
            for kind, table in (("negated", _NEGATED), ("boundary", _BOUNDARY)):
                if type(kind_of) in table:
                    alike[text, kind] += 1
                    repeat = alike[text, kind]
                    yield Mutant(relative, module, position, operator, kind, node.lineno, end, text, repeat)


def broken(source: str, position: int, operator: int, kind: str) -> ast.Module:
    """The module with that comparison broken."""
    tree = deepcopy(ast.parse(source))
    node = _comparisons(tree)[position]
    table = _NEGATED if kind == "negated" else _BOUNDARY
    node.ops[operator] = table[type(node.ops[operator])]()
    return tree


def _comparisons(tree: ast.Module) -> Sequence[ast.Compare]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))
