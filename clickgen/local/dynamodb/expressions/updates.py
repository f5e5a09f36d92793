"""UpdateExpression: SET, REMOVE, ADD and DELETE on an item. All of it sees the item as it was before."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from clickgen.local.dynamodb.expressions.lexer import Parser, Path
from clickgen.local.dynamodb.expressions.scope import Scope, value_at
from clickgen.local.dynamodb.items.numbers import sum_of
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import Item, Value, comparable
from clickgen.local.platform.errors import ServiceError

_KIND = "UpdateExpression"
Operand = Callable[[Scope, Item], Value]


@dataclass(frozen=True)
class Action:
    """One change. What it changes to is found in the item as it was; None for REMOVE."""

    clause: str
    path: Path
    value: Operand | None


@lru_cache(maxsize=1024)
def parse_update(text: str) -> tuple[tuple[Action, ...], frozenset[str]]:
    """The changes of an update and its placeholders; ServiceError if it is not valid."""
    parser = _UpdateParser(text, _KIND)
    return parser.actions(), frozenset(parser.placeholders)


def apply_update(
    actions: Iterable[Action], scope: Scope, item: Item, keys: Iterable[str]
) -> tuple[Item, list[Path]]:
    """The item as it is after the changes, and the paths they name; ServiceError if one cannot be made."""
    actions = list(actions)
    paths = [scope.path(action.path) for action in actions]
    _check_paths(paths, set(keys))
    changed = copy.deepcopy(item)
    for action, path in zip(actions, paths, strict=True):
        value = None if action.value is None else action.value(scope, item)
        if action.clause == "SET" and value is not None:
            _put(changed, path, copy.deepcopy(value))
        elif action.clause == "ADD" and value is not None:
            _add(changed, path, value)
        elif action.clause == "DELETE" and value is not None:
            _take_out(changed, path, value)
    # indexes are those of the list before: from the last to the first, none moves
    removed = [path for action, path in zip(actions, paths, strict=True) if action.clause == "REMOVE"]
    for path in sorted(removed, key=lambda one: [(isinstance(step, str), step) for step in one], reverse=True):
        _remove(changed, path)
    return changed, paths


class _UpdateParser(Parser):
    def actions(self) -> tuple[Action, ...]:
        """All clauses, each at most once."""
        found: list[Action] = []
        clauses: set[str] = set()
        while not self.at_end():
            clause = self.takes("SET", "REMOVE", "ADD", "DELETE")
            if clause is None:
                raise self.unexpected()
            if clause in clauses:
                raise self.invalid(f'The "{clause}" section can only be used once in an update expression;')
            clauses.add(clause)
            found.append(self._action(clause))
            while self.takes(","):
                found.append(self._action(clause))
        return tuple(found)

    def _action(self, clause: str) -> Action:
        path = self.path()
        if clause == "REMOVE":
            return Action(clause, path, None)
        if clause == "SET":
            self.expect("=")
            return Action(clause, path, self._sum())
        if self.peek().kind != "value":
            raise self.unexpected()
        name = self.value()
        return Action(clause, path, lambda scope, _item: scope.value(name))

    def _sum(self) -> Operand:
        first = self._operand()
        sign = self.takes("+", "-")
        if sign is None:
            return first
        second = self._operand()
        factor = 1 if sign == "+" else -1

        def total(scope: Scope, item: Item) -> Value:
            left, right = first(scope, item), second(scope, item)
            for one in (left, right):
                if "N" not in one:
                    raise _wrong_operand(sign, one)
            return {"N": sum_of(left["N"], right["N"], factor)}

        return total

    def _operand(self) -> Operand:
        token = self.peek()
        if token.kind == "value":
            name = self.value()
            return lambda scope, _item: scope.value(name)
        if token.kind == "sign" and self.takes("("):
            inner = self._sum()
            self.expect(")")
            return inner
        if token.kind == "name" and token.text in {"if_not_exists", "list_append"}:
            self.take()
            self.expect("(")
            return self._if_not_exists() if token.text == "if_not_exists" else self._list_append()
        path = self.path()
        if self.peek().text == "(":
            raise self.invalid(f"Invalid function name; function: {path[0]}")
        return lambda scope, item: _required(scope.find(path, item))

    def _if_not_exists(self) -> Operand:
        path = self.path()
        self.expect(",")
        otherwise = self._operand()
        self.expect(")")

        def found(scope: Scope, item: Item) -> Value:
            value = scope.find(path, item)
            return value if value is not None else otherwise(scope, item)

        return found

    def _list_append(self) -> Operand:
        first = self._operand()
        self.expect(",")
        second = self._operand()
        self.expect(")")

        def joined(scope: Scope, item: Item) -> Value:
            left, right = first(scope, item), second(scope, item)
            for one in (left, right):
                if "L" not in one:
                    raise _wrong_operand("list_append", one)
            return {"L": [*left["L"], *right["L"]]}

        return joined


def _wrong_operand(function: str, value: Value) -> ServiceError:
    return refused(
        "An operand in the update expression has an incorrect data type; operator or function:"
        f" {function}, operand type: {next(iter(value))}"
    )


def _required(value: Value | None) -> Value:
    if value is None:
        raise refused("The provided expression refers to an attribute that does not exist in the item")
    return value


def _check_paths(paths: list[Path], keys: set[str]) -> None:
    for path in paths:
        if path[0] in keys:
            raise refused(
                "One or more parameter values were invalid: Cannot update attribute"
                f" {path[0]}. This attribute is part of the key"
            )
    ordered = sorted(paths, key=lambda path: [(isinstance(step, int), str(step)) for step in path])
    for first, second in pairwise(ordered):
        if second[: len(first)] == first:
            raise refused(
                "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one"
                f" of these paths; path one: {_shown(first)}, path two: {_shown(second)}"
            )


def _shown(path: Path) -> str:
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in path)}]"


def _holder(item: Item, path: Path) -> Any:
    """The map or list that has the last step of a path."""
    if len(path) == 1:
        return item
    value = value_at(path[:-1], item)
    wanted = "M" if isinstance(path[-1], str) else "L"
    if value is None or wanted not in value:
        raise refused("The document path provided in the update expression is invalid for update")
    return value[wanted]


def _put(item: Item, path: Path, value: Value) -> None:
    holder, last = _holder(item, path), path[-1]
    if isinstance(last, int) and last >= len(holder):
        holder.append(value)
    else:
        holder[last] = value


def _remove(item: Item, path: Path) -> None:
    holder, last = _holder(item, path), path[-1]
    if isinstance(last, int):
        if last < len(holder):
            del holder[last]
    else:
        holder.pop(last, None)


def _add(item: Item, path: Path, value: Value) -> None:
    [(kind, content)] = value.items()
    if kind not in {"N", "SS", "NS", "BS"}:
        raise _wrong_type("ADD", kind, path)
    before = value_at(path, item)
    if before is None:
        _put(item, path, copy.deepcopy(value))
        return
    if kind not in before:
        raise _wrong_operand("ADD", before)
    if kind == "N":
        _put(item, path, {"N": sum_of(before["N"], content, 1)})
    else:
        known = {comparable({kind[0]: element}) for element in before[kind]}
        before[kind].extend(one for one in content if comparable({kind[0]: one}) not in known)


def _take_out(item: Item, path: Path, value: Value) -> None:
    [(kind, content)] = value.items()
    if kind not in {"SS", "NS", "BS"}:
        raise _wrong_type("DELETE", kind, path)
    before = value_at(path, item)
    if before is None:
        return
    if kind not in before:
        raise _wrong_operand("DELETE", before)
    gone = {comparable({kind[0]: element}) for element in content}
    left = [element for element in before[kind] if comparable({kind[0]: element}) not in gone]
    if left:
        before[kind] = left
    else:
        _remove(item, path)  # a set is never empty


def _wrong_type(clause: str, kind: str, path: Path) -> ServiceError:
    return refused(
        "Invalid UpdateExpression: Incorrect operand type for operator or function; operator:"
        f" {clause}, operand type: {kind}, typeSet: ALLOWED_FOR_{clause}_OPERAND, path: {_shown(path)}"
    )
