"""Which columns of a user's query are dimensions, and which are measures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clickgen.expect.question import MEASURES, OF_STEPS
from clickgen.model.errors import UsageProblem


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that are compared, as names with their places in a row."""

    by: Mapping[str, int]
    measures: Mapping[str, int]

    @property
    def has_steps(self) -> bool:
        """Whether one of the measures is of a step of a funnel."""
        return any(name not in MEASURES for name in self.measures)


def sort_columns(
    columns: Sequence[str], named: Mapping[str, str], by: Sequence[str], is_dimension: Callable[[str], bool]
) -> Columns:
    """Tell dimensions from measures.

    named: columns that have another name, by what they are: {"hits": "cnt"}. by: the dimensions, if they were
    given; otherwise every column that is one. Case does not matter, as in most engines. Raises UsageProblem if a
    column is neither, a column is missing, or no column is a measure.
    """
    place_of = {column.lower(): place for place, column in enumerate(columns)}
    for name, column in named.items():
        if column.lower() not in place_of:
            raise UsageProblem(f"--column {name}={column}: the query has no column {column}", _there(columns))
    called = {column.lower(): name for name, column in named.items()}
    names = {called.get(column.lower(), column): place_of[column.lower()] for column in columns}
    measures = {name.lower(): place for name, place in names.items() if is_measure(name.lower())}
    rest = {name: place for name, place in names.items() if not is_measure(name.lower())}
    if not measures:
        raise UsageProblem(
            f"no column of the query is a measure: {', '.join(MEASURES)}",
            f"say which one is: --column hits=COLUMN; {_there(columns)}",
        )
    known = {name.lower(): name for name in by}
    found = {}
    for name, place in rest.items():
        dimension = known.get(name.lower()) if by else next(filter(is_dimension, (name, name.lower())), None)
        if dimension is None:
            raise UsageProblem(
                f"the column {name} of the query is neither a dimension nor a measure",
                f"say what it is (--column hits={name}), or leave it out of the query",
            )
        found[dimension] = place
    absent = [name for name in by if name not in found]
    if absent:
        raise UsageProblem(f"the query has no column {absent[0]}, which --by names", _there(columns))
    return Columns({name: found[name] for name in by or found}, measures)


def is_measure(name: str) -> bool:
    """Whether this name is a count: hits, users, …, or visitors or sessions at a step."""
    return name in MEASURES or any(name.endswith(f"_{what}") for what in OF_STEPS)


def _there(columns: Sequence[str]) -> str:
    return f"it has: {', '.join(columns)}"
