"""What analytics should say of a run: compared with counting its events one by one."""

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.expect.expected import recorded_answers
from clickgen.expect.question import Question
from clickgen.expect.simulated import simulated_answers
from clickgen.expect.tally import Distinct
from clickgen.ledger.folder import RunFolder
from clickgen.model.destination import FirehoseDestination
from clickgen.model.disorder import Disorder
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.event_id import checksum, parse_id
from clickgen.model.plan import Plan
from tests.support.counted import LANES, START_MS, claimed, events_of, generated, made, sent
from tests.support.simulated import RUN, shop

Events = dict[tuple[int, int], dict[str, Any]]


@cache
def some_events() -> Events:
    return events_of(made(sent(400)).lines)


def counted_one_by_one(
    events: list[dict[str, Any]], by: tuple[str, ...]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Hits, users, sessions, orders and revenue in cents of events of the schema flat, by groups."""
    groups = defaultdict(list)
    for event in events:
        time = event["event_time"]
        words = {"day": time[:10], "hour": int(time[11:13]), "minute": time[:16]}
        groups[tuple(words.get(name, event.get(name)) for name in by)].append(event)
    if not by and not groups:
        groups[()] = []
    return {
        group: (
            len(found),
            len({event["visitor_id"] for event in found}),
            len({event["session_id"] for event in found}),
            len({event["order_id"] for event in found if "order_id" in event}),
            sum(round(event["cart_value"] * 100) for event in found if "order_id" in event),
        )
        for group, found in groups.items()
    }


def said(plan: Plan, claims: Any, question: Question) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    answers = simulated_answers(plan, shop(), claims, question)
    assert answers.measures == ("hits", "users", "sessions", "orders", "revenue")
    return {row.words: (*row.figures[:4], int(row.figures[4] * 100)) for row in answers.rows}


@settings(max_examples=12)
@given(
    by=st.lists(
        st.sampled_from(
            ["day", "hour", "minute", "page", "event_type", "country", "device", "search_term", "returning"]
        ),
        unique=True,
        max_size=3,
    ).map(tuple),
    seed=st.integers(0, 1000),
    share=st.sampled_from([0.0, 0.02, 0.6, 1.0]),
)
def test_any_accepted_events_are_counted_as_one_by_one(by: tuple[str, ...], seed: int, share: float) -> None:
    draw = np.random.default_rng(seed)
    chosen = [place for place in some_events() if draw.random() < share]
    numbers = {lane: [number for of, number in chosen if of == lane] for lane in range(LANES)}
    found = said(sent(400), claimed(dict(numbers)), Question(by))
    assert found == counted_one_by_one([some_events()[place] for place in chosen], by)
    assert sum(figures[0] for figures in found.values()) == len(chosen)


def test_of_disordered_traffic_each_sound_event_counts_once_at_its_own_time() -> None:
    wrong = Disorder(late=0.2, late_s=7200, duplicate=0.1, malformed=0.1, reorder=0.2)
    plan = sent(2000, disorder=wrong)
    run = made(plan)
    sound = [line for line in run.lines if is_sound(line)]
    events = list(events_of(sound).values())
    answers = simulated_answers(plan, shop(), run.claims, Question(("day", "hour")))
    assert len(sound) > len(events)
    assert answers.accepted == 2000
    assert answers.malformed == 2000 - len(events)
    figures = {row.words: (*row.figures[:4], int(row.figures[4] * 100)) for row in answers.rows}
    assert figures == counted_one_by_one(events, ("day", "hour"))
    assert len(figures) > 1


def is_sound(line: bytes) -> bool:
    """Whether an event is as it was made, by the check bits of its id."""
    at = line.find(b'"event_id":"') + len(b'"event_id":"')
    place = parse_id(line[at : at + 36])
    try:
        return place is not None and place.check == checksum(line, at) and bool(orjson.loads(line))
    except orjson.JSONDecodeError:
        return False


def test_events_of_unknown_fate_count_only_when_they_are_asked_for() -> None:
    claims = claimed({0: range(50)}, unknown={1: range(30)})
    left_out = simulated_answers(sent(400), shop(), claims, Question())
    included = simulated_answers(sent(400), shop(), claims, Question(unknown=True))
    assert (left_out.rows[0].figures[0], left_out.unknown) == (50, 0)
    assert (included.rows[0].figures[0], included.unknown) == (80, 30)


def test_days_and_hours_are_those_of_the_zone() -> None:
    plan = generated("flat")
    claims = made(plan).claims
    berlin = simulated_answers(plan, shop(), claims, Question(("day", "hour"), zone="Europe/Berlin"))
    assert [row.words for row in berlin.rows] == [("2026-03-01", 23), ("2026-03-02", 0)]
    kolkata = simulated_answers(plan, shop(), claims, Question(("day", "hour"), zone="Asia/Kolkata"))
    assert [row.words for row in kolkata.rows] == [("2026-03-02", 4)]
    minutes = simulated_answers(plan, shop(), claims, Question(("minute",), zone="Asia/Kolkata"))
    assert all(str(row.words[0]).startswith("2026-03-02T04:") for row in minutes.rows)


def test_the_steps_of_a_funnel_are_the_pages_of_a_shop() -> None:
    events = some_events()
    answers = simulated_answers(sent(400), shop(), made(sent(400)).claims, Question(funnel=True))
    figures = dict(zip(answers.measures, answers.rows[0].figures, strict=True))
    for step, event_type in {
        "view": "product_view",
        "cart": "add_to_cart",
        "checkout": "checkout_start",
        "purchase": "purchase",
    }.items():
        there = [event for event in events.values() if event["event_type"] == event_type]
        assert figures[f"{step}_sessions"] == len({event["session_id"] for event in there})
        assert figures[f"{step}_users"] == len({event["visitor_id"] for event in there})


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question(("cuontry",)), 'did you mean "country"'),
        (Question(("event_id",)), "different for nearly every event"),
        (Question(steps=("buy",)), "no page has the event type 'buy'"),
        (Question(("day", "page", "title", "url", "product_id", "product_name", "price")), "too many dimensions"),
    ],
)
def test_what_cannot_be_asked_is_said(question: Question, words: str) -> None:
    with pytest.raises(UsageProblem, match=words):
        simulated_answers(sent(10), shop(), claimed({0: range(5)}), question)


def test_a_question_has_a_zone_and_dimensions_that_can_be() -> None:
    with pytest.raises(UsageProblem, match="no time zone 'Berlin'"):
        Question(zone="Berlin")
    with pytest.raises(UsageProblem, match="names day twice"):
        Question(("day", "page", "day"))


@settings(max_examples=30)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2**64 - 1) | st.integers(0, 3)), max_size=30),
        max_size=5,
    )
)
def test_different_ids_are_counted_by_group(stretches: list[list[tuple[int, int]]]) -> None:
    counter = Distinct()
    for rows in stretches:
        groups, ids = [group for group, _ in rows], [number for _, number in rows]
        counter.take(np.array(groups, dtype=np.int64), np.array(ids, dtype=np.uint64))
    pairs = {pair for rows in stretches for pair in rows}
    assert counter.result(6) == [sum(group == of for of, _ in pairs) for group in range(6)]


def test_many_ids_are_counted_in_steps() -> None:
    counter = Distinct()
    ids = np.arange(1_500_000, dtype=np.uint64)
    for _ in range(3):
        counter.take((ids % np.uint64(2)).astype(np.int64), ids)
    assert counter.result(2) == [750_000, 750_000]


RECORDED = b"""{"ts":"2026-01-01T23:30:00Z","u":{"id":"a"},"p":"/x","type":"view"}
{"ts":"2026-01-01T23:40:00Z","u":{"id":"b"},"p":"/x","type":"buy","amt":12.30,"oid":7}
no json
{"ts":1767227999,"u":{"id":"a"},"p":"/y","type":"buy","amt":"2.5","oid":8}
{"u":{},"p":"/y","type":"view","amt":99}
"""
FIELDS = {"visitor": "u.id", "revenue": "amt", "order": "oid", "event_type": "type"}


def replayed(path: Path) -> Plan:
    return Plan(
        run=RUN,
        command="replay",
        created_ms=START_MS,
        start_ms=START_MS,
        lanes=1,
        sources=(str(path),),
        destination=FirehoseDestination(stream="clicks"),
    )


def test_a_replay_is_counted_from_its_files(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl"
    path.write_bytes(RECORDED)
    question = Question(("day", "p"), steps=("view", "buy"))
    answers = recorded_answers(RunFolder(Path()), replayed(path), claimed({0: [0, 1, 3]}), question, FIELDS)
    assert answers.measures == ("hits", "users", "orders", "revenue", "view_users", "buy_users")
    assert [(row.words, tuple(map(float, row.figures))) for row in answers.rows] == [
        ((None, "/y"), (1, 0, 0, 0, 0, 0)),
        (("2026-01-01", "/x"), (2, 2, 1, 12.3, 1, 1)),
    ]
    later = recorded_answers(
        RunFolder(Path()), replayed(path), claimed({0: [2]}), Question(("day", "hour")), {"revenue": "amt"}
    )
    assert [row.words for row in later.rows] == [("2026-01-01", 0)]
    assert float(later.rows[0].figures[1]) == 2.5
    at = recorded_answers(
        RunFolder(Path()), replayed(path), claimed({0: [2]}), Question(("minute",)), {"revenue": "amt"}
    )
    assert [str(row.words[0])[:14] for row in at.rows] == ["2026-01-01T00:"]


def test_a_replay_that_cannot_be_counted_says_why(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl"
    path.write_bytes(RECORDED)
    with pytest.raises(EnvironmentProblem, match="4 events, but 7 were sent"):
        recorded_answers(RunFolder(Path()), replayed(path), claimed({0: range(7)}), Question(), {})
    with pytest.raises(UsageProblem, match="standard input"):
        recorded_answers(RunFolder(Path()), replayed(Path("-")), claimed({0: range(3)}), Question(), {})
    with pytest.raises(UsageProblem, match="where events have their type"):
        recorded_answers(RunFolder(Path()), replayed(path), claimed({0: range(3)}), Question(steps=("view",)), {})


def test_a_breakdown_by_a_field_that_no_event_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl"
    path.write_bytes(b'{"ts":"2026-01-01T23:40:00Z","page":"/x","place":null}\n')
    folder, plan, claims = RunFolder(Path()), replayed(path), claimed({0: [0]})
    with pytest.raises(UsageProblem, match='no event has a field pagee; did you mean "page"'):
        recorded_answers(folder, plan, claims, Question(("pagee",)), {})
    nowhere = recorded_answers(folder, plan, claims, Question(("place",)), {})
    assert [row.words for row in nowhere.rows] == [(None,)]
