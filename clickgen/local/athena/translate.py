"""Athena's SQL as DuckDB's: what sqlglot translates, and what it leaves with another meaning.

The tree that is rewritten here still is Athena's; functions that differ become macros (macros.py).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from clickgen.local.athena.failures import failed

Kinds = Mapping[str, str]
"""Kinds of columns by name in lower case: `date`, `timestamp`, `varchar`, `number`, `boolean` or another."""

_NUMBERS = frozenset(
    {exp.DType.INT, exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.TINYINT, exp.DType.DOUBLE, exp.DType.FLOAT,
     exp.DType.DECIMAL}
)  # fmt: skip
_TEXTS = frozenset({exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.TEXT})
_DAYS_OR_MORE = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_COMPARISONS = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "y": "%Y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S",
    "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "EEEE": "%A", "EEE": "%a", "E": "%a", "a": "%p", "D": "%-j",
    "DDD": "%j", "Z": "%z",
}  # fmt: skip
_LETTERS = re.compile(r"'(?P<quoted>[^']*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z']+)")


def rewritten(tree: exp.Expr, kinds_at: Callable[[exp.Expr], Kinds]) -> exp.Expr:
    """The tree with Athena's meaning in DuckDB's functions; QueryFailed for what Athena refuses.

    kinds_at: the kinds of the columns that an expression can see.
    """
    for node in reversed(list(tree.walk(bfs=False))):  # what is within an expression first
        for kind, rewrite in _REWRITES.items():
            if isinstance(node, kind):
                changed = rewrite(node, kinds_at(node))
                if changed is not node:
                    node.replace(changed)
                break
    return tree


def kind_of(node: exp.Expr | None, kinds: Kinds) -> str:
    """The kind of an expression as far as it shows; `` if it does not."""
    if isinstance(node, exp.Paren | exp.Neg):
        kind = kind_of(node.this, kinds)
    elif isinstance(node, exp.Literal):
        kind = "varchar" if node.is_string else "number"
    elif isinstance(node, exp.Cast | exp.TryCast):
        kind = _kind_of_type(node.to.this)
    elif isinstance(node, exp.Column):
        kind = kinds.get(node.name.lower(), "") if len(node.parts) <= _QUALIFIED else ""
    elif isinstance(node, exp.Anonymous):
        kind = _MACRO_KINDS.get(node.name, "")
    elif isinstance(node, exp.CurrentDate | exp.Date | exp.FromISO8601Date | exp.LastDay):
        kind = "date"
    elif isinstance(node, exp.DateAdd | exp.TimestampTrunc | exp.DateTrunc | exp.Add | exp.Sub):
        kind = "date" if kind_of(node.this, kinds) == "date" else ""
    else:
        kind = ""
    return kind


def _kind_of_type(kind: exp.DType) -> str:
    if kind in _NUMBERS or kind in _TEXTS:
        return "number" if kind in _NUMBERS else "varchar"
    return "date" if kind == exp.DType.DATE else "timestamp" if kind == exp.DType.TIMESTAMP else ""


_MACRO_KINDS = {
    "athena_date": "date", "athena_timestamp": "timestamp", "athena_try_timestamp": "timestamp",
    "athena_varchar": "varchar", "athena_substr": "varchar", "athena_substr_length": "varchar",
    "athena_regexp_extract": "varchar",
}  # fmt: skip
_QUALIFIED = 2  # table and column; more parts are fields of a struct


def place_of(node: exp.Expr, text: str = "") -> tuple[int, int]:
    """Line and column where an identifier begins, from 1."""
    line, end = node.meta.get("line", 1), node.meta.get("col", 1)
    return line, max(1, end - len(text) + 1)


def _call(name: str, *arguments: exp.Expr | str | None) -> exp.Expr:
    given = [
        exp.Literal.string(part) if isinstance(part, str) else part.copy()
        for part in arguments
        if part is not None
    ]
    return exp.Anonymous(this=name, expressions=given)


def _cast(node: Any, kinds: Kinds) -> Any:
    """Texts become times only in Athena's own form; times and doubles become texts as Athena writes them."""
    to, inner, trying = node.to.this, node.this, isinstance(node, exp.TryCast)
    kind = kind_of(inner, kinds)
    if to == exp.DType.DECIMAL and not node.to.expressions:
        return _bare_decimal(node)
    if to == exp.DType.TIMESTAMP:
        return _call("athena_try_timestamp" if trying else "athena_timestamp", inner)
    if to == exp.DType.DATE and kind == "varchar" and not trying:
        return _call("athena_date", inner)
    if to in _TEXTS and kind not in ("varchar", "date"):
        text = _call("athena_varchar", inner)
        if not node.to.expressions:
            return text
        return exp.Substring(this=text, start=exp.Literal.number(1), length=node.to.expressions[0].this.copy())
    return node


def _bare_decimal(node: Any) -> Any:
    """`DECIMAL '1.50'` has the digits that it is written with; a cast to `decimal` has none after the point."""
    digits = node.name if isinstance(node.this, exp.Literal) and node.this.is_string else ""
    scale = len(digits.partition(".")[2])
    copy = node.copy()
    copy.set("to", exp.DataType.build(f"decimal(38, {scale})"))
    return copy


def _literal(node: Any, _kinds: Kinds) -> Any:
    """Athena reads a number with a point as a double."""
    if (
        node.is_string
        or not set(".eE") & set(str(node.this))
        or isinstance(node.parent, exp.TableSample | exp.DataTypeParam)
    ):
        return node
    return exp.Cast(this=node.copy(), to=exp.DataType.build("double"))


def _date_add(node: Any, kinds: Kinds) -> Any:
    unit = str(node.args["unit"].this).upper()
    if kind_of(node.this, kinds) == "date" and unit in _DAYS_OR_MORE:
        return exp.Cast(this=node.copy(), to=exp.DataType.build("date"))
    return node


def _date_trunc(node: Any, kinds: Kinds) -> Any:
    if kind_of(node.this, kinds) == "date":
        return exp.Cast(this=node.copy(), to=exp.DataType.build("date"))
    return node


def _plus_interval(node: Any, kinds: Kinds) -> Any:
    """A date and an interval of days is a date."""
    sides = [node.this, node.expression]
    interval = next((side for side in sides if isinstance(side, exp.Interval)), None)
    other = sides[0] if interval is sides[1] else sides[1]
    if interval is not None and kind_of(other, kinds) == "date" and str(interval.unit).upper() in _DAYS_OR_MORE:
        return exp.Cast(this=exp.Paren(this=node.copy()), to=exp.DataType.build("date"))
    return node


def _date_diff(node: Any, _kinds: Kinds) -> Any:
    """Whole units that have passed, not how many boundaries were crossed."""
    return _call("date_sub", str(node.args["unit"].this).lower(), node.expression, node.this)


def _regexp_extract(node: Any, _kinds: Kinds) -> Any:
    return _call(
        "athena_regexp_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0)
    )


def _substring(node: Any, _kinds: Kinds) -> Any:
    start, length = node.args.get("start"), node.args.get("length")
    name = "athena_substr_length" if length is not None else "athena_substr"
    return _call(name, node.this, start or exp.Literal.number(1), length)


def _bracket(node: Any, _kinds: Kinds) -> Any:
    """A subscript beyond an array is an error; `element_at` gives NULL."""
    index = node.expressions[0] if len(node.expressions) == 1 else None
    if node.args.get("safe") or not isinstance(index, exp.Literal) or index.is_string:
        return node
    return _call(
        "athena_at", node.this, exp.Literal.number(int(index.this) + 1 - int(node.args.get("offset") or 0))
    )


def _compare(node: Any, kinds: Kinds) -> Any:
    """Athena compares no text with a number."""
    if isinstance(node, exp.In):
        others, sign = node.expressions, "="
    elif isinstance(node, exp.Between):
        others, sign = [node.args["low"], node.args["high"]], "<="
    else:
        others, sign = (
            [node.expression],
            next(text for kind, text in _COMPARISONS.items() if isinstance(node, kind)),
        )
    left = kind_of(node.this, kinds)
    for other in others:
        right = kind_of(other, kinds)
        if {left, right} == {"varchar", "number"}:
            names = [{"number": "integer"}.get(kind, kind) for kind in (left, right)]
            column = next((part for part in (node.this, other) if isinstance(part, exp.Column)), None)
            place = place_of(column.this, column.name) if column is not None else (1, 1)
            raise failed("TYPE_MISMATCH", f"Cannot apply operator: {names[0]} {sign} {names[1]}", place)
    return node


def _anonymous(node: Any, _kinds: Kinds) -> Any:
    name, arguments = node.name.lower(), node.expressions
    if name == "format_datetime" and len(arguments) == 2:
        return exp.Anonymous(this="strftime", expressions=[arguments[0].copy(), _pattern(arguments[1])])
    if name == "to_iso8601":
        return _call("athena_iso8601", *arguments)
    return node


def _parse_datetime(node: Any, _kinds: Kinds) -> Any:
    return exp.Anonymous(this="strptime", expressions=[node.this.copy(), _pattern(node.args["format"])])


def _pattern(node: exp.Expr) -> exp.Expr:
    """A date pattern of Joda's as DuckDB's."""
    if not isinstance(node, exp.Literal):
        raise failed("NOT_SUPPORTED", "the embedded pipeline takes date patterns as literals only")
    parts = []
    for found in _LETTERS.finditer(node.name):
        letters = found["letters"]
        if letters is not None and letters not in _JODA:
            raise failed("INVALID_FUNCTION_ARGUMENT", f"Illegal pattern component: {letters}")
        parts.append(
            _JODA[letters]
            if letters is not None
            else (found["other"] or found["quoted"] or "'").replace("%", "%%")
        )
    return exp.Literal.string("".join(parts))


def _from_base(node: Any, _kinds: Kinds) -> Any:
    return _call("athena_from_base", node.this, node.expression)


_REWRITES: dict[type[exp.Expr], Callable[[Any, Kinds], Any]] = {
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Literal: _literal,
    exp.DateAdd: _date_add,
    exp.TimestampTrunc: _date_trunc,
    exp.DateTrunc: _date_trunc,
    exp.DateDiff: _date_diff,
    exp.Add: _plus_interval,
    exp.Sub: _plus_interval,
    exp.RegexpExtract: _regexp_extract,
    exp.Substring: _substring,
    exp.Bracket: _bracket,
    exp.ParseDatetime: _parse_datetime,
    exp.FromBase: _from_base,
    exp.In: _compare,
    exp.Between: _compare,
    **dict.fromkeys(_COMPARISONS, _compare),
    exp.Anonymous: _anonymous,
}
"""What becomes of which node; the first that fits."""
