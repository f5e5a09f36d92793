"""Content by regeneration: what a transform may change is named by rules, all else must be as it was sent."""

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.feed.regenerated_events import RegeneratedEvents
from clickgen.ledger.folder import Home, RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import parse_id
from clickgen.model.plan import Plan
from clickgen.verify.proof.content.expectations import Expectations
from clickgen.verify.proof.content.rules import Rules, parsed
from tests.conftest import CommandLine

SENT = {
    "id": "a",
    "n": 1,
    "page": {"path": "/a", "debug": True},
    "items": [{"price": 2.5, "sku": "x"}],
    "no": None,
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
EVENTS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


def compared(rules: Rules, sent: Any, landed: Any) -> str | None:
    """The difference, once it is certain that the digests say the same."""
    before, after = rules.sent(sent), rules.landed(landed)
    whole, *kept = rules.digests(before)
    landed_whole, *landed_kept = rules.digests(after)
    alike = [not values or a == b for values, a, b in zip(after.dropped, kept, landed_kept, strict=True)]
    difference = rules.difference(before, after)
    assert (difference is None) == (whole == landed_whole and all(alike))
    return difference


@given(EVENTS, EVENTS)
def test_events_are_equal_exactly_where_their_values_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return ["array", *map(plain, value)]
        return (type(value) is bool, value)  # True == 1 in Python only

    assert (compared(Rules(), one, other) is None) == (plain(one) == plain(other))


@given(EVENTS)
def test_order_white_space_and_ways_of_writing_numbers_are_free(event: dict[str, Any]) -> None:
    def rewritten(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: rewritten(value[name]) for name in reversed(value)}
        if isinstance(value, list):
            return [rewritten(inner) for inner in value]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53:
            return float(value)
        return value

    landed = parsed(json.dumps(rewritten(event), indent=3).encode())
    assert landed is not None
    assert compared(Rules(), event, landed) is None


@given(EVENTS, st.sampled_from("abcd"), JSON)
def test_a_field_that_may_be_added_says_nothing(event: dict[str, Any], name: str, value: Any) -> None:
    assert compared(Rules(added=(name,)), event, {**event, name: value}) is None


@given(EVENTS, st.sampled_from("abcd"))
def test_a_field_that_may_be_dropped_is_still_compared_where_it_is(event: dict[str, Any], name: str) -> None:
    rules = Rules(dropped=(name,))
    assert compared(rules, event, {key: value for key, value in event.items() if key != name}) is None
    assert compared(rules, event, event) is None
    assert compared(rules, event, {**event, name: [event.get(name), "else"]}) is not None


@pytest.mark.parametrize(
    ("rules", "landed", "difference"),
    [
        (Rules(), {**SENT, "n": 2}, "n: sent 1, landed 2"),
        (Rules(), {**SENT, "n": "1"}, 'n: sent 1, landed "1"'),
        (Rules(loose_types=True), {**SENT, "n": "1.0"}, None),
        (Rules(loose_types=True), {**SENT, "n": "01"}, 'n: sent 1, landed "01"'),
        (Rules(loose_types=True), {**SENT, "n": True}, "n: sent 1, landed true"),
        (Rules(), {**SENT, "seen": 3}, "seen: not sent, landed 3"),
        (Rules(added=("seen",)), {**SENT, "seen": 3}, None),
        (Rules(), {**SENT, "page": {"path": "/a"}}, "page.debug: sent true, absent"),
        (Rules(dropped=("page.debug",)), {**SENT, "page": {"path": "/a"}}, None),
        (
            Rules(dropped=("page.debug",)),
            {**SENT, "page": {"path": "/a", "debug": 0}},
            "page.debug: sent true, landed 0",
        ),
        (Rules(dropped=("items.sku",)), {**SENT, "items": [{"price": 2.5}]}, None),
        (Rules(), {**SENT, "items": [{"price": 2, "sku": "x"}]}, "items[0].price: sent 2.5, landed 2"),
        (Rules(renamed=(("n", "number"),)), {**SENT}, "n as number: sent 1, absent"),
        (Rules(), {key: value for key, value in SENT.items() if key != "no"}, "no: sent null, absent"),
        (Rules(), {**SENT, "items": []}, 'items: sent [{"price":2.5,"sku":"x"}], landed []'),
        (
            Rules(renamed=(("items.sku", "skus"),)),
            {**SENT, "skus": "y"},
            'items.sku as skus: sent "x", landed "y"',
        ),
        (Rules(), {**SENT, "id": "b" * 58}, f'id: sent "a", landed "{"b" * 58}"'),
        (Rules(), {**SENT, "id": "b" * 59}, f'id: sent "a", landed "{"b" * 58}…'),
    ],
)
def test_the_field_that_differs_is_named(rules: Rules, landed: dict[str, Any], difference: str | None) -> None:
    assert compared(rules, SENT, landed) == difference


@pytest.mark.parametrize(
    ("rules", "sent", "landed", "equal"),
    [
        (Rules(), -(1 << 63), -float(1 << 63), True),  # the least that every reader keeps exactly
        (Rules(), 1 << 64, float(1 << 64), False),  # the first that many do not
        (Rules(loose_types=True), 1, "1." + 57 * "0", True),
        (Rules(loose_types=True), 1, "1." + 58 * "0", False),  # longer than any number that is meant as one
        (Rules(loose_types=True), 1.5, "15e-1", True),
        (Rules(loose_types=True), True, "true", True),
    ],
)
def test_numbers_are_equal_as_far_as_readers_keep_them(rules: Rules, sent: Any, landed: Any, equal: bool) -> None:
    assert (compared(rules, {"n": sent}, {"n": landed}) is None) == equal


def test_several_values_of_a_renamed_field_are_shown_as_a_list() -> None:
    sent = {"items": [{"sku": "x"}, {"sku": "y"}]}
    difference = compared(Rules(renamed=(("items.sku", "skus"),)), sent, {"items": [{}, {}], "skus": "x"})
    assert difference == 'items.sku as skus: sent ["x","y"], landed "x"'


def test_a_field_below_an_empty_name_and_one_with_dots_in_its_name_are_found() -> None:
    assert compared(Rules(added=(".a",)), {"n": 1}, {"n": 1, "": {"a": 2}}) is None
    assert compared(Rules(added=("a.b.c",)), {"n": 1}, {"n": 1, "a.b": {"c": 2}}) is None


def test_nested_fields_may_be_flattened() -> None:
    rules = Rules(renamed=(("page.path", "page_path"), ("page.debug", "page.flags.debug")))
    flat = {key: value for key, value in SENT.items() if key != "page"}
    assert compared(rules, SENT, {**flat, "page_path": "/a", "page.flags.debug": True}) is None
    assert compared(rules, SENT, {**flat, "page_path": "/a", "page": {"flags": {"debug": True}}}) is None
    assert compared(rules, SENT, {**flat, "page_path": "/b", "page.flags.debug": True}) is not None


@pytest.mark.parametrize(
    "rules",
    [{"dropped": ("a", "a")}, {"added": ("b",), "renamed": (("a", "b"),)}, {"added": ("a",), "dropped": ("a",)}],
)
def test_rules_that_contradict_each_other_are_refused(rules: Any) -> None:
    with pytest.raises(UsageProblem, match="two rules"):
        Rules(**rules)


def test_numbers_that_readers_do_not_take_alike_are_never_equal() -> None:
    assert parsed(b'{"a":1e400}') is None
    assert parsed(b'{"a":NaN}') is None
    big = parsed(b'{"a":18446744073709551615}')
    assert compared(Rules(), big, {"a": 18446744073709551614}) is not None


@pytest.fixture
def replayed(clickgen: CommandLine, tmp_path: Path) -> Callable[[], tuple[RunFolder, Plan]]:
    def replay() -> tuple[RunFolder, Plan]:
        source = tmp_path / "recorded.jsonl"
        source.write_text("".join(f'{{"user": {number}, "t": "x"}}\n' for number in range(500)))
        assert clickgen.run("replay", str(source), "--rate", "5000").code == 0
        folder = Home(clickgen.home).find_run(None)
        return folder, folder.read_plan()

    return replay


def test_every_event_of_a_run_is_expected_in_any_process(clickgen: CommandLine) -> None:
    plant = ("--duplicate", "2%", "--drift", "page_number@0.05s")
    assert clickgen.run("send", "--events", "3000", "--rate", "30000", *plant).code in (0, 4)
    folder = Home(clickgen.home).find_run(None)
    plan = folder.read_plan()
    landed = dict(_landed(clickgen.home / "lake"))
    assert len(landed) == 3000
    expectations = Expectations(RegeneratedEvents(folder.path, plan), Rules(dropped=("language",)))
    expectations.expect(read_claims(folder, plan))
    content = pickle.loads(pickle.dumps(expectations.content))  # noqa: S301  # our own
    (lane, number), event = next(iter(landed.items()))
    assert not any(content.differs(*key, orjson.dumps(value)) for key, value in landed.items())
    without = {name: value for name, value in event.items() if name != "language"}
    assert content.differs(lane, number, orjson.dumps(without)) is None
    other = {**without, "path": "/elsewhere"}
    assert content.differs(lane, number, orjson.dumps(other)).endswith('landed "/elsewhere"')
    assert content.differs(lane, 10**6, orjson.dumps(event)) == "the run has sent no such event"
    assert content.differs(lane, number, b"[1]") == "differs from what was sent"


def test_recorded_events_are_read_again_and_a_recording_that_changed_shows(
    replayed: Callable[[], tuple[RunFolder, Plan]], clickgen: CommandLine
) -> None:
    folder, plan = replayed()
    sent = RegeneratedEvents(folder.path, plan)
    sent.check()
    landed = dict(_landed(clickgen.home / "lake"))
    expectations = Expectations(sent, Rules())
    expectations.expect(read_claims(folder, plan))
    differs = expectations.content.differs
    assert not any(differs(*key, json.dumps(value, indent=1).encode()) for key, value in landed.items())
    source = Path(plan.sources[0])
    source.write_text(source.read_text().replace('"x"', '"y"'))
    changed = Expectations(sent, Rules())
    changed.expect(read_claims(folder, plan))
    assert "clickgen_id: sent" in str(changed.content.differs(0, 7, orjson.dumps(landed[0, 7])))
    source.unlink()
    with pytest.raises(UsageProblem, match="cannot be read again"):
        sent.check()


def _landed(lake: Path) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    for path in lake.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(lake).parts):
            for line in path.read_bytes().splitlines():
                value = orjson.loads(line)
                event = parse_id(str(value.get("event_id") or value["clickgen_id"]).encode())
                assert event is not None
                yield (event.lane, event.number), value
