"""What a --threshold is written like: a figure's name, an operator and a bound. The idea is k6's."""

import difflib
import operator
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from clickgen.model.errors import UsageProblem

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_FORM = re.compile(r"(\w+)\s*(<=|>=|==|!=|<|>)\s*([^\s<>=!]+)", re.ASCII)


class Bounded(NamedTuple):
    """The parts of an expression."""

    expression: str  # without white space around it
    name: str
    sign: str
    bound: str


def parse_bounded(text: str, names: Sequence[str], of: str, examples: str) -> Bounded:
    """The parts of an expression about one of the figures with these names.

    of: what has the figures, for the error. Raises UsageProblem with the right form, or with the names there are.
    """
    expression = text.strip()
    form = _FORM.fullmatch(expression)
    if form is None:
        raise UsageProblem(
            f"--threshold {text!r} cannot be read",
            f"write NAME, one of < <= > >= == !=, and a value: {examples}",
        )
    name, sign, bound = form.groups()
    if name not in names:
        lower = name.lower()
        near = [one for one in names if one.endswith(f"_{lower}")] or difflib.get_close_matches(lower, names, n=1)
        raise UsageProblem(
            f"--threshold {text!r}: {of} has no figure {name!r}",
            (f"did you mean {' or '.join(near)}? " if near else "") + f"the figures are {', '.join(names)}",
        )
    return Bounded(expression, name, sign, bound)
