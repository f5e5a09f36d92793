"""Comparing totals: what counts as the same, and what is told where they are not."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clickgen.expect.answers import Answers, Row
from clickgen.model.errors import UsageProblem
from clickgen.verify.inspections.totals.columns import Columns, sort_columns
from clickgen.verify.inspections.totals.compare import (
    QueryResult,
    TotalsReport,
    TotalsVerdict,
    compare_totals,
    within_times,
)

RUN = "0a1b2c3d4e5f"


def answers(rows: list[tuple[Any, int]], *, live: bool = False, by: str = "day") -> Answers:
    """Hits by a dimension, as they should be."""
    told = [Row((word,), (hits,)) for word, hits in rows]
    return Answers(RUN, (by,), ("hits",), told, sum(hits for _, hits in rows), 0, 0, "UTC", "", live)


def compared(expected: Answers, rows: list[tuple[Any, Any]], tolerance: float = 0.0) -> TotalsReport:
    (by,) = expected.by
    return compare_totals(expected, QueryResult(rows), Columns({by: 0}, {"hits": 1}), tolerance=tolerance)


@pytest.mark.parametrize(
    "day",
    ["2026-03-01", date(2026, 3, 1), datetime(2026, 3, 1), "2026-03-01 00:00:00.000"],
)
def test_a_day_is_a_day_however_an_engine_writes_it(day: Any) -> None:
    assert compared(answers([("2026-03-01", 7)]), [(day, "7")]).verdict is TotalsVerdict.COUNTED


@pytest.mark.parametrize(
    ("by", "word", "written"),
    [
        ("hour", "7", "07"),
        ("hour", "7", 7),
        ("hour", "7h", "7h"),
        ("minute", "2026-03-01T12:30", datetime(2026, 3, 1, 12, 30)),
        ("minute", "2026-03-01T12:30", "2026-03-01 12:30:00.000"),
        ("page", "07", "07"),
        ("page", "2026-03-01", datetime(2026, 3, 1)),
        ("page", "2026-03-01T12:30:00", datetime(2026, 3, 1, 12, 30)),
        ("page", "2026-03-01 12:30", "2026-03-01 12:30"),
        ("page", "true", True),
        ("page", "2.5", Decimal("2.50")),
        ("page", "20", 20.0),
        ("page", None, ""),
        ("page", "", None),
    ],
)
def test_a_word_is_one_however_an_engine_writes_it(by: str, word: Any, written: Any) -> None:
    assert compared(answers([(word, 7)], by=by), [(written, 7)]).verdict is TotalsVerdict.COUNTED
    report = compared(answers([("else", 7)], by=by), [(written, 7)])
    assert (report.surplus, report.missing) == ([(word or None,)], [("else",)])


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_sum_of_nothing_is_zero(nothing: Any) -> None:
    assert compared(answers([("a", 0)]), [("a", nothing), ("b", nothing)]).verdict is TotalsVerdict.COUNTED
    (difference,) = compared(answers([("a", 2)]), [("a", nothing)]).differences
    assert difference.to_json(["day"])["got"] == 0


def test_figures_are_told_whole_where_they_are() -> None:
    (difference,) = compared(answers([("a", 2)]), [("a", "2.5")]).differences
    told = difference.to_json(["day"])
    assert [told[name] for name in ("expected", "got", "difference")] == [2, 2.5, 0.5]
    assert isinstance(told["expected"], int)


@given(
    expected=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5), max_size=6),
    got=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 5), max_size=6),
)
def test_totals_agree_exactly_when_every_group_does(expected: dict[str, int], got: dict[str, int]) -> None:
    report = compared(answers(list(expected.items())), list(got.items()))
    wrong = {group for group in expected | got if expected.get(group, 0) != got.get(group, 0)}
    assert (report.verdict is TotalsVerdict.COUNTED) == (not wrong)
    told = {each.group[0] for each in report.differences} | {
        group[0] for group in (*report.missing, *report.surplus)
    }
    assert told == wrong


@given(st.integers(1, 10**9), st.integers(-(10**9), 10**9))
@example(3000, 3)
@example(3000, -4)
def test_a_total_may_be_off_by_the_tolerance_and_no_more(expected: int, off: int) -> None:
    report = compared(answers([("a", expected)]), [("a", expected + off)], tolerance=0.001)
    assert (report.verdict is TotalsVerdict.COUNTED) == (abs(off) * 1000 <= expected)


def test_while_the_run_goes_on_totals_are_incomplete() -> None:
    assert compared(answers([("a", 2)], live=True), [("a", 1)]).verdict is TotalsVerdict.INCOMPLETE


def test_rows_that_cannot_be_compared_are_named() -> None:
    with pytest.raises(UsageProblem, match="two rows of day a"):
        compared(answers([("a", 2)]), [("a", 1), ("a", 1)])
    with pytest.raises(UsageProblem, match="'many', which is not a number"):
        compared(answers([("a", 2)]), [("a", "many")])
    with pytest.raises(UsageProblem, match="no orders to compare with"):
        compare_totals(answers([("a", 2)]), QueryResult([]), Columns({"day": 0}, {"orders": 1}))


def test_counts_of_other_times_are_those_of_other_traffic() -> None:
    expected = answers([("2026-03-01T12:30", 2), ("2026-03-01T12:31", 0)], by="minute")
    columns = Columns({"minute": 0}, {"hits": 1})
    rows = [("2026-03-01T12:30", 2), ("2026-03-01T12:31", 1), ("2026-03-01T12:32", 5)]
    assert within_times(expected, rows, columns) == rows[:2]
    by_page = answers([("/x", 2)], by="page")  # no time says whose they are
    assert within_times(by_page, [("/x", 2), ("/y", 1)], Columns({"page": 0}, {"hits": 1})) == [
        ("/x", 2),
        ("/y", 1),
    ]


def test_columns_are_what_their_names_say() -> None:
    known = {"day", "page"}.__contains__
    found = sort_columns(["DT", "Page", "CNT", "users"], {"hits": "cnt", "day": "dt"}, (), known)
    assert (found.by, found.measures) == ({"day": 0, "page": 1}, {"hits": 2, "users": 3})
    assert not found.has_steps
    assert sort_columns(["hits", "cart_users"], {}, (), known).has_steps
    assert list(sort_columns(["Page", "hits", "day"], {}, ("day", "page"), known).by) == ["day", "page"]
    for columns, named, by, words in [
        (["day", "cnt"], {}, (), "no column of the query is a measure"),
        (["day", "cnt", "hits"], {}, (), "cnt of the query is neither"),
        (["day", "hits"], {}, ("page",), "day of the query is neither"),
        (["hits"], {}, ("page",), "no column page, which --by names"),
        (["hits"], {"users": "u"}, (), "has no column u"),
    ]:
        with pytest.raises(UsageProblem, match=words):
            sort_columns(columns, named, by, known)
