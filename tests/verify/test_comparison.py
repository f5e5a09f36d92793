"""The verdict on claims and findings: a number is judged by the sets that it is in, a copy by attempts."""

import pytest

from clickgen.verify.proof.compare.comparison import ComparisonTerms, compare
from clickgen.verify.proof.compare.report import Verdict
from tests.support.notation import claims, findings
from tests.support.planted import RUN, found

OVERDUE, EARLY = ComparisonTerms(RUN, overdue=True), ComparisonTerms(RUN, overdue=False)
VERIFIED, INCOMPLETE, ANOMALOUS = Verdict.VERIFIED, Verdict.INCOMPLETE, Verdict.ANOMALOUS


@pytest.mark.parametrize(
    ("claimed", "landed", "verdict", "counts"),
    [
        ("lane 0: 0-9 accepted", ["lane 0: 0-9 found"], VERIFIED, "10 delivered"),
        ("lane 0: 0-9 accepted", ["lane 0: 0-3 found", "lane 0: 4-9 found"], VERIFIED, "10 delivered"),
        ("lane 0: 0-9 accepted", ["lane 0: 0-8 found"], ANOMALOUS, "9 delivered, 1 missing"),
        ("lane 0: 0-9 unknown", ["lane 0: 2-4 found"], INCOMPLETE, "3 recovered"),
        ("lane 0: 0 accepted, 1 rejected", ["lane 0: 0-1 found"], VERIFIED, "1 delivered, 1 recovered"),
        ("lane 0: 0-9 accepted; lane 1: 0-9 accepted", ["lane 0: 0-9 found"],
         ANOMALOUS, "10 delivered, 10 missing"),
        # extra copies: one an attempt is explained, wherever the copies are
        ("lane 0: 0 accepted", ["lane 0: 0 twice"], ANOMALOUS, "1 delivered, 1 unexplained"),
        ("lane 0: 0 accepted, 0 twice", ["lane 0: 0 twice"], VERIFIED, "1 delivered, 1 explained"),
        ("lane 0: 0 accepted, 0 twice",
         ["lane 0: 0 found"] * 3, ANOMALOUS, "1 delivered, 1 explained, 1 unexplained"),
        ("lane 0: 0 accepted, 0 5 times", ["lane 0: 0 3 times", "lane 0: 0 twice"],
         VERIFIED, "1 delivered, 4 explained"),
        ("lane 0: 0 accepted, 1 leased", ["lane 0: 0 found, 1 4 times"],
         VERIFIED, "1 delivered, 1 recovered, 3 explained"),
        # what the ledger never sent conflicts with it, each copy by itself
        ("lane 0: 0 accepted, 1-2 unsent", ["lane 0: 0-1 found"], ANOMALOUS, "1 delivered, 1 conflicting"),
        ("lane 0: 0 accepted", ["lane 7: 3 twice; lane 0: 0 found"], ANOMALOUS, "1 delivered, 2 conflicting"),
        # error output and places that do not keep everything explain an absence, unless the event is there too
        ("lane 0: 0-2 accepted", ["lane 0: 0 found, 1 failed"], ANOMALOUS, "1 delivered, 1 failed, 1 missing"),
        ("lane 0: 0-1 accepted", ["lane 0: 0-1 found, 1 failed"], VERIFIED, "2 delivered"),
        ("lane 0: 0-1 accepted", ["lane 0: 0 found, 1 dropped"], VERIFIED, "1 delivered, 1 dropped"),
        ("lane 0: 0-1 accepted", ["lane 0: 0 found, 1 failed, 1 dropped"], ANOMALOUS, "1 delivered, 1 failed"),
        # others spoil nothing unless the place is exclusive; damage does
        ("lane 0: 0 accepted", ["lane 0: 0 found; 3 foreign; 2 of another run"],
         VERIFIED, "1 delivered, 3 foreign, 2 other_runs"),
        ("lane 0: 0-1 accepted", ["lane 0: 0 found, 1 cut"], ANOMALOUS, "1 delivered, 1 missing, 1 truncated"),
        ("lane 0: 0-1 accepted", ["lane 0: 0-1 found, 1 corrupt"], ANOMALOUS, "2 delivered, 1 corrupt"),
        # the example in the module's own description
        ("lane 0: 1-5 accepted, 3 twice, 6 unknown, 7-9 unsent",
         ["lane 0: 1 found, 2 3 times, 3 twice, 5-6 8 found"],
         ANOMALOUS, "4 delivered, 1 missing, 1 recovered, 1 explained, 2 unexplained, 1 conflicting"),
    ],
)  # fmt: skip
def test_each_number_is_judged_by_the_sets_that_it_is_in(
    claimed: str, landed: list[str], verdict: Verdict, counts: str
) -> None:
    objects = [findings(text, str(position)) for position, text in enumerate(landed)]
    report = compare(claims(claimed), objects, OVERDUE).report
    assert found(report) == {name: int(count) for count, name in map(str.split, counts.split(", "))}
    assert report.verdict is verdict


def test_before_the_deadline_what_is_absent_is_pending() -> None:
    claimed, landed = claims("lane 0: 0-9 accepted"), findings("lane 0: 0-3 found")
    report = compare(claimed, [landed], EARLY).report
    assert (report.verdict, found(report)) == (INCOMPLETE, {"delivered": 4, "pending": 6})


def test_what_may_be_in_an_object_that_could_not_be_read_is_pending_after_the_deadline_too() -> None:
    unread = findings("", "2")
    unread.unread, unread.lasting = "no permission", True
    compared = compare(claims("lane 0: 0-9 accepted"), [findings("lane 0: 0-3 found"), unread], OVERDUE)
    assert (compared.report.verdict, found(compared.report)) == (INCOMPLETE, {"delivered": 4, "pending": 6})
    assert compared.unmendable


def test_where_nobody_else_should_be_others_are_an_anomaly() -> None:
    terms = ComparisonTerms(RUN, overdue=True, exclusive=True)
    report = compare(claims("lane 0: 0 accepted"), [findings("lane 0: 0 found; 1 foreign")], terms).report
    assert report.verdict is ANOMALOUS


def test_the_sets_behind_a_report_are_those_of_its_counts() -> None:
    landed = findings("lane 0: 0-1 4 8 found, 5 dropped")
    compared = compare(claims("lane 0: 0-5 accepted, 8 unknown"), [landed], OVERDUE)
    assert {lane: list(numbers) for lane, numbers in compared.found.items()} == {0: [0, 1, 4, 8]}
    assert {lane: list(numbers) for lane, numbers in compared.absent.items()} == {0: [2, 3]}
    assert {lane: list(numbers) for lane, numbers in compared.dropped.items()} == {0: [5]}
