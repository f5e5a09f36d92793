"""What a look at the fields adds up, where it stops adding, and which objects and events it is about."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from clickgen.ledger.claims import CLOCKS_DIFFER_MS
from clickgen.ledger.reader import read_claims
from clickgen.model.disorder import Disorder
from clickgen.model.event_id import EventId
from clickgen.model.plan import Place
from clickgen.traffic.disorder.decisions import Decisions
from clickgen.verify.inspections.shape.fold import PlantedDepartures, ShapeFold
from clickgen.verify.inspections.shape.look import look_at_shapes
from clickgen.verify.inspections.shape.promise import Departure, ShapePromise
from clickgen.verify.inspections.shape.report import First, ShapeReport
from clickgen.verify.landings.objects.place import FolderPlace
from clickgen.verify.landings.objects.search_scope import SearchScope
from tests.support.planted import CREATED_MS, LANDED_MS, RUN, Planted, events, lines

HOURLY = "raw/!{timestamp:yyyy/MM/dd/HH/}"
FIRST = First("a", LANDED_MS, None)


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


def looked_at(run: Planted, stream: Place | None = None) -> ShapeReport:
    learned = ("the schema", ShapePromise(map(orjson.loads, events(0, 5))))
    where = SearchScope(FolderPlace(run.lake), stream, 60)
    claims = read_claims(run.run, run.plan)
    return look_at_shapes(run.plan, claims, where, learned, PlantedDepartures(run.plan, None), now_ms=LANDED_MS)


def folded(run: Planted, promised: dict[str, Any], *landed: dict[str, Any]) -> ShapeFold:
    fold = ShapeFold(ShapePromise([promised]), PlantedDepartures(run.plan, None))
    for value in landed:
        fold.take(value)
    return fold


@pytest.mark.parametrize(("events", "told"), [(100, True), (99, False)])
def test_a_hundred_events_are_enough_to_say_that_a_field_is_always_null(
    run: Planted, events: int, *, told: bool
) -> None:
    shares = folded(run, {"a": 1, "b": None}, *[{"a": None, "b": None, "c": None}] * events).shares()
    assert {path for path, share in shares.items() if share.always_null} == ({"a"} if told else set())
    assert shares["a"].null == 1
    once = folded(run, {"a": 1}, *[{"a": None}] * events, {"a": 2}).shares()
    assert not once["a"].always_null


def test_a_thousand_departures_are_kept_apart_and_further_ones_counted(run: Planted) -> None:
    fold = folded(run, {"a": 1})
    departures = tuple(Departure(f"f{number}", "added", "string") for number in range(1002))
    for _ in range(2):
        fold.depart(departures, None, FIRST)
    assert len(fold.drifts()) == 1000
    assert {drift.count for drift in fold.drifts()} == {2}
    assert fold.more == 4


def test_of_more_than_ten_thousand_fields_no_further_objects_are_added_up(run: Planted) -> None:
    wide: dict[str, Any] = {f"f{number}": number for number in range(10_000)}
    shares = folded(run, {"a": 1}, wide, {"x": 1}, {"y": 1}).shares()
    assert shares["x"].present == round(1 / 2, 6)
    assert "y" not in shares


def test_words_of_a_promise_are_told_and_none_of_what_was_not_promised(run: Planted) -> None:
    fold = ShapeFold(ShapePromise([{"a": "x"}, {"a": None}, {"a": 1}]), PlantedDepartures(run.plan, None))
    fold.depart((Departure("a", "type", "array"), Departure("b", "added", "string")), None, FIRST)
    promised = {drift.departure.path: drift.promised for drift in fold.drifts()}
    assert promised == {"a": "integer or string or null", "b": ""}


def test_what_landed_before_the_clocks_can_have_differed_is_older_than_the_run(run: Planted) -> None:
    run.put("a", lines(events(0, 3)), landed_ms=CREATED_MS - CLOCKS_DIFFER_MS)
    run.put("b", lines(events(3, 7)), landed_ms=CREATED_MS - CLOCKS_DIFFER_MS - 1)
    assert looked_at(run).events == 3


def test_the_error_output_of_a_stream_has_no_fields_of_the_schema(run: Planted) -> None:
    run.put("raw/2026/01/01/00/a", lines(events(0, 3)))
    run.put("raw/processing-failed/2026/01/01/00/b", lines([b'{"rawData":"eA=="}']))
    run.put("elsewhere/a", lines(events(0, 3)))
    report = looked_at(run, Place(bucket="", prefix="raw/", time_zone="UTC"))
    assert (report.objects, report.events, report.others) == (1, 3, 0)


def test_an_error_record_is_no_event_though_it_holds_one(run: Planted) -> None:
    value = orjson.loads(events(0, 1)[0]) | {"rawData": "eA=="}
    run.put("a", lines([*events(1, 3), orjson.dumps(value)]))
    report = looked_at(run)
    assert (report.events, report.others, report.holds) == (2, 1, True)


@pytest.mark.parametrize(("command", "found"), [("generate", 3), ("send", 2)])
def test_a_generated_run_lies_where_its_events_happened(run: Planted, command: str, found: int) -> None:
    start_ms = CREATED_MS - 100 * 86_400_000  # 2025-09-23
    run.plan = run.plan.model_copy(update={"command": command, "start_ms": start_ms, "duration_s": 3600.0})
    run.put("raw/2025/09/23/00/a", lines(events(0, 3)))
    run.put("raw/2026/01/01/00/b", lines(events(3, 5)))
    assert looked_at(run, Place(bucket="", prefix=HOURLY, time_zone="UTC")).events == found


@pytest.mark.parametrize(
    ("disorder", "seed", "departure", "explained"),
    [
        (Disorder(malformed=0.5), 7, Departure("n", "type", "string"), True),
        (Disorder(malformed=0.5), 7, Departure("n", "type", "integer"), False),
        (Disorder(malformed=0.5), 7, Departure("n", "added", "string"), False),
        (Disorder(malformed=0.5), None, Departure("n", "type", "string"), False),
        (Disorder(late=0.5), 7, Departure("n", "type", "string"), False),
    ],
)
@pytest.mark.parametrize("planned", [None, 100])
def test_a_wrong_type_is_explained_where_the_run_damaged_the_event(
    run: Planted,
    disorder: Disorder,
    seed: int | None,
    departure: Departure,
    planned: int | None,
    *,
    explained: bool,
) -> None:
    plan = run.plan.model_copy(update={"disorder": disorder, "seed": seed, "planned": planned})
    planted = PlantedDepartures(plan, None)
    told = [planted.explains(departure, EventId(RUN, 0, number, 0)) for number in range(100)]
    damaged = Decisions(disorder, seed=7, lane=0, count=planned).malformed(np.arange(100)).tolist()
    assert told == (damaged if explained else [False] * 100)
    assert not planted.explains(departure, None)
