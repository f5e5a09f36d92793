"""`clickgen verify s3 schema`: what departs from the schema is named where it was first seen, and nothing else."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.ledger.reader import read_claims
from clickgen.model.disorder import Disorder, Drift
from clickgen.model.event_id import EventId
from clickgen.verify.inspections.shape.fold import PlantedDepartures
from clickgen.verify.inspections.shape.look import look_at_shapes
from clickgen.verify.inspections.shape.promise import Departure, ShapePromise, shape_of
from clickgen.verify.inspections.shape.report import ShapeReport
from clickgen.verify.landings.objects.place import FolderPlace
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.proof.content.rules import parsed
from tests.conftest import CommandLine
from tests.support.planted import LANDED_MS, OTHER_RUN, RUN, Planted, event, events, lines

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.just(0.5) | st.just("x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


def departures(promise: ShapePromise, event: Any) -> set[Departure]:
    return set(promise.departures(shape_of(event)))


def changed(number: int, **fields: Any) -> bytes:
    """An event whose fields are others; None takes one away."""
    value = {**orjson.loads(event(number)), **fields}
    return orjson.dumps({name: inner for name, inner in value.items() if inner is not None})


def looked_at(run: Planted, *, sample: int | None = None, learn: bool = True) -> ShapeReport:
    learned = ("the schema", ShapePromise(map(orjson.loads, events(0, 5)))) if learn else None
    where = SearchScope(FolderPlace(run.lake), None, 60)
    claims = read_claims(run.run, run.plan)
    planted = PlantedDepartures(run.plan, None)
    return look_at_shapes(run.plan, claims, where, learned, planted, now_ms=LANDED_MS, sample=sample)


@given(st.lists(EVENTS, min_size=1, max_size=6))
def test_nothing_departs_from_what_it_was_learned_from(learned: list[dict[str, Any]]) -> None:
    promise = ShapePromise(learned)
    assert not any(departures(promise, event) for event in learned)


@given(st.lists(EVENTS, min_size=1, max_size=6), st.sampled_from("abcd"))
def test_a_field_that_was_always_there_is_missed_and_one_that_never_was_is_new(
    learned: list[dict[str, Any]], name: str
) -> None:
    promise = ShapePromise(learned)
    whole = learned[0]
    without = {key: value for key, value in whole.items() if key != name}
    always = all(name in event for event in learned)
    assert departures(promise, without) == ({Departure(name, "missing")} if always else set())
    assert departures(promise, {**whole, "new": {"a": 1}}) == {Departure("new", "added", "object")}


@pytest.mark.parametrize(
    ("landed", "expected"),
    [
        ({"n": 1, "page": {"path": "x"}, "items": [{"price": 2}]}, set()),
        ({"n": 1.5, "page": {"path": "x"}, "items": []}, {Departure("n", "type", "number")}),
        ({"n": 1, "page": "x", "items": []}, {Departure("page", "type", "string")}),
        ({"n": 1, "page": {}, "items": []}, {Departure("page.path", "missing")}),
        ({"n": 1, "page": {"path": None}, "items": []}, {Departure("page.path", "type", "null")}),
        (
            {"n": 1, "page": {"path": "x"}, "items": [{"price": "2"}]},
            {Departure("items[].price", "type", "string")},
        ),
        ({"n": 1, "page": {"path": "x"}, "items": [7]}, {Departure("items[]", "type", "integer")}),
        ({"n": 1, "page": {"path": "x"}, "items": [{}]}, {Departure("items[].price", "missing")}),
    ],
)
def test_departures_are_named_by_field_and_kind(landed: Any, expected: set[Departure]) -> None:
    promise = ShapePromise([{"n": 1, "page": {"path": "x"}, "items": [{"price": 2.5}, {"price": 3.5}]}])
    assert departures(promise, landed) == expected


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


def test_drift_is_counted_and_told_where_it_was_first_seen(run: Planted) -> None:
    run.put("c", lines(changed(number, n=str(number)) for number in range(60, 80)), landed_ms=LANDED_MS + 900)
    run.put("a", lines([*events(0, 20), b'{"foreign":1}', event(1, run=OTHER_RUN), b"no json"]))
    run.put("b", lines([*events(20, 30), *(changed(n, n="x", page=None) for n in range(30, 35))]), packed=True)
    report = looked_at(run)
    assert (report.events, report.others, report.bad, report.objects) == (55, 2, 1, 3)
    assert not report.holds
    [page, kind] = sorted(report.drifts, key=lambda drift: drift.count)
    assert (page.departure, page.count) == (Departure("page", "missing"), 5)
    assert (kind.departure, kind.count, kind.promised) == (Departure("n", "type", "string"), 25, "integer")
    # by landing, not by name
    assert (kind.first.object, kind.first.landed_ms) == ("b", LANDED_MS)
    assert kind.first.id == orjson.loads(event(30))["event_id"]
    assert report.fields["page"].present == pytest.approx(50 / 55)


def test_a_sample_reads_the_first_events_of_each_object(run: Planted) -> None:
    run.put("a", lines([*events(0, 20), changed(20, n="x")]))
    assert looked_at(run, sample=20).holds
    assert not looked_at(run, sample=21).holds


def test_the_first_objects_stand_for_a_schema_that_is_not_known(run: Planted) -> None:
    run.put("a", lines(events(0, 2000)))
    run.put("b", lines([changed(2000, more=1)]))
    report = looked_at(run, learn=False)
    assert report.learned_from == "the first objects"
    assert [drift.departure for drift in report.drifts] == [Departure("more", "added", "integer")]


def test_a_field_that_never_has_a_value_is_told(run: Planted) -> None:
    values = [{**orjson.loads(event(number)), "ok": False} for number in range(150)]
    run.put("a", lines(orjson.dumps({**value, "page": {"path": None, "tags": []}}) for value in values))
    report = looked_at(run)
    assert [path for path, shares in report.fields.items() if shares.always_null] == ["page.path"]


@pytest.mark.parametrize(
    ("departure", "number", "explained"),
    [
        (Departure("n", "type", "string"), 100, True),
        (Departure("a.n", "type", "string"), 100, True),
        (Departure("n", "type", "string"), 99, False),
        (Departure("n", "missing"), 100, False),
        (Departure("old", "missing"), 200, True),
        (Departure("old", "missing"), 199, False),
        (Departure("new", "added", "string"), 200, True),
        (Departure("other", "added", "string"), 200, False),
    ],
)
def test_planted_drift_explains_what_it_does_from_when_it_does_it(
    run: Planted, departure: Departure, number: int, *, explained: bool
) -> None:
    drifts = (Drift(field="n", at_s=10), Drift(field="old", at_s=20, renamed="new"))
    plan = run.plan.model_copy(update={"disorder": Disorder(drift=drifts), "seed": 1})
    planted = PlantedDepartures(plan, lambda lane: lambda numbers: numbers / 10.0)
    assert planted.explains(departure, EventId(RUN, 0, number, 0)) is explained
    assert not PlantedDepartures(run.plan, None).explains(departure, EventId(RUN, 0, number, 0))


@pytest.mark.slow
def test_an_accident_is_told_from_planted_drift(clickgen: CommandLine) -> None:
    plant = ("--drift", "page_number@0.3s", "--drift", "page:url@0.5s", "--malformed", "5%")
    assert clickgen.run("send", "--events", "4000", "--rate", "5000", "--seed", "7", *plant).code == 0
    [landed, *_] = [path for path in (clickgen.home / "lake" / "clickgen-lake").rglob("*") if path.is_file()]
    whole = landed.read_bytes().splitlines(keepends=True)
    place = next(place for place, line in enumerate(whole) if parsed(line) is not None)  # not one of the damaged
    accident = whole[place].replace(b'"device":', b'"gadget":')
    landed.write_bytes(b"".join([*whole[:place], accident, *whole[place + 1 :]]))
    said = clickgen.run("verify", "s3", "schema", "--json")
    assert (said.code, said.json["holds"], said.json["learned_from"]) == (1, False, "the schema")
    planted, accidental = (
        [one for one in said.json["drift"] if one["planted"] is is_so] for is_so in (True, False)
    )
    events = {(one["field"], one["what"]): one["events"] for one in planted}
    assert events["url", "added"] == events["page", "missing"] > 0
    assert events["page_number", "type"] > events["url", "added"]
    assert {(one["field"], one["what"]) for one in accidental} == {("gadget", "added"), ("device", "missing")}
    assert {one["first"]["id"] for one in accidental} == {orjson.loads(accident)["event_id"]}
    assert "the schema does not hold: 2 departures; and planted drift" in said.err
    assert "gadget: added, string; in 1 of" in said.err


def test_a_replay_is_held_against_its_recording(clickgen: CommandLine, tmp_path: Path) -> None:
    source = tmp_path / "recorded.jsonl"
    whole = [{"user": number, "tag": "x"} if number % 7 else {"user": str(number)} for number in range(300)]
    source.write_bytes(lines(map(orjson.dumps, whole)))
    assert clickgen.run("replay", str(source), "--rate", "5000").code == 0
    said = clickgen.run("verify", "s3", "schema", "--json")
    assert (said.code, said.json["learned_from"], said.json["events"]) == (0, "the recording", 300)


def test_nothing_there_is_incomplete_and_text_has_no_fields(run: Planted, clickgen: CommandLine) -> None:
    run.run.write_plan(run.plan.model_copy(update={"event_schema": "combined"}))
    said = clickgen.run("verify", "s3", "schema", "--at", str(run.lake))
    assert said.code == 2
    assert "lines of text" in said.err
    run.run.write_plan(run.plan.model_copy(update={"command": "replay", "sources": ("-",)}))
    said = clickgen.run("verify", "s3", "schema", "--at", str(run.lake))
    assert said.code == 4
    assert "none of its events are there" in said.out
    assert "cannot be read again" in said.err
