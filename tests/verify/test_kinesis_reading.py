"""How a Kinesis stream is read: each record of each shard once, up to now, within the limits of a shard."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.ledger.claims import CLOCKS_DIFFER_MS
from clickgen.sink.aws import Access
from clickgen.verify.landings.aws_reads import pages_of
from clickgen.verify.landings.kinesis.stream_landing import (
    KinesisLanding,
    RecordPlaces,
    StreamSource,
    as_text,
    find_stream,
)
from clickgen.verify.landings.objects.object_landing import Reader
from clickgen.verify.proof.found.findings import ObjectFindings
from tests.conftest import CREDENTIALS
from tests.support.kinesis_landing import opened, verified
from tests.support.kinesis_stand_in import StandIn, records, serving
from tests.support.planted import (
    AFTER_DEADLINE_MS,
    CREATED_MS,
    LANDED_MS,
    OTHER_RUN,
    HeldClock,
    Planted,
    event,
    events,
    found,
)

pytestmark = pytest.mark.usefixtures("credentials")


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    return Planted(tmp_path)


def test_what_came_before_the_run_is_not_read(run: Planted) -> None:
    run.claim(0, 5)
    old = records(events(5, 25, run=OTHER_RUN), CREATED_MS - 3_600_000)
    stand_in = StandIn({"shard-0": [*old, *records(events(0, 5), LANDED_MS)]})
    assert found(verified(run, stand_in)) == {"delivered": 5}
    assert stand_in.given == 5


def test_a_second_look_reads_only_what_is_new(run: Planted) -> None:
    stand_in = StandIn({"shard-0": records(events(0, 5), LANDED_MS), "shard-1": []})
    run.claim(0, 20)
    with opened(run, stand_in) as landing:
        assert _numbers(landing.look(AFTER_DEADLINE_MS)) == list(range(5))
        stand_in.shards["shard-0"] += records(events(5, 9), LANDED_MS + 70)
        stand_in.shards["shard-1"] += records(events(9, 12), LANDED_MS + 70)
        assert _numbers(landing.look(AFTER_DEADLINE_MS)) == list(range(12))
        assert stand_in.given == 12


def test_a_stream_that_is_split_meanwhile_is_read_to_its_last_shard(run: Planted) -> None:
    stand_in = StandIn({"shard-0": records(events(0, 5), LANDED_MS)}, shards_a_page=1)
    run.claim(0, 12)
    with opened(run, stand_in) as landing:
        assert _numbers(landing.look(AFTER_DEADLINE_MS)) == list(range(5))
        stand_in.closed = {"shard-0"}
        stand_in.shards["shard-0"] += records(events(5, 7), LANDED_MS)
        stand_in.shards |= {
            "shard-1": records(events(7, 10), LANDED_MS),
            "shard-2": records(events(10, 12), LANDED_MS),
        }
        assert _numbers(landing.look(AFTER_DEADLINE_MS)) == list(range(12))
        assert _numbers(landing.look(AFTER_DEADLINE_MS)) == list(range(12))
        assert stand_in.given == 12


def test_a_stream_that_grows_faster_than_it_is_read_has_an_end(run: Planted) -> None:
    run.claim(0, 4)
    later = records(events(4, 5, run=OTHER_RUN), AFTER_DEADLINE_MS + 300_000)
    stand_in = StandIn({"shard-0": [*records(events(0, 4), LANDED_MS), *later]}, behind_ms=500)
    assert found(verified(run, stand_in)) == {"delivered": 4, "other_runs": 1}


def test_a_reading_ends_with_the_first_record_that_came_after_it_began(run: Planted) -> None:
    until_ms = AFTER_DEADLINE_MS + CLOCKS_DIFFER_MS
    arrived = [until_ms - 1, until_ms, until_ms + 1]
    stand_in = StandIn({"shard-0": list(zip(arrived, events(0, 3), strict=True))}, page=1, behind_ms=500)
    run.claim(0, 3)
    with opened(run, stand_in) as landing:
        assert _numbers(landing.look(AFTER_DEADLINE_MS)) == [0, 1]
    assert stand_in.given == 2


def test_a_shard_is_read_five_times_and_two_megabytes_a_second_at_most(run: Planted) -> None:
    run.claim(0, 12)
    stand_in = StandIn({"shard-0": records([*events(0, 9), b"x" * 800_000, *events(9, 12)], LANDED_MS)}, page=3)
    with serving(stand_in) as url:
        clock = HeldClock(AFTER_DEADLINE_MS)
        source = find_stream(run.plan, "clicks", Access(endpoint_url=url))
        KinesisLanding(run.run, run.plan, source, Reader(), clock, lambda _: None).look(AFTER_DEADLINE_MS)
    assert clock.slept == pytest.approx(0.2 + 0.2 + 0.2 + 0.4, abs=0.005)


def test_shards_that_come_while_it_is_read_are_read_too(run: Planted) -> None:
    run.claim(0, 9)
    born = {"shard-1": records(events(5, 9), LANDED_MS)}
    stand_in = StandIn({"shard-0": records(events(0, 5), LANDED_MS)}, closed={"shard-0"}, born=born)
    with opened(run, stand_in) as landing:
        assert _numbers(landing.look(AFTER_DEADLINE_MS)) == list(range(9))


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandIn, StreamSource]]:
    """A stand-in that is filled anew for each example, and its stream as it was found."""
    stand_in = StandIn({})
    with pytest.MonkeyPatch.context() as patch, serving(stand_in) as url:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        plan = Planted(tmp_path_factory.mktemp("line")).plan
        yield stand_in, find_stream(plan, "clicks", Access(endpoint_url=url))


@given(
    parts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=25),
    page=st.integers(1, 9),
    trouble=st.lists(st.sampled_from(["ProvisionedThroughputExceededException", "InternalFailure"]), max_size=1),
    expired=st.booleans(),
)
@settings(max_examples=12)
def test_every_record_is_read_once_whatever_the_pages_and_the_trouble(
    line: tuple[StandIn, StreamSource],
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[tuple[int, int, bool]],
    page: int,
    trouble: list[str],
    expired: bool,
) -> None:
    run = Planted(tmp_path_factory.mktemp("run"))
    run.claim(0, 30)
    shards: dict[str, list[tuple[int, bytes]]] = {f"shard-{shard}": [] for shard in range(4)}
    for number, (shard, wait, ended) in enumerate(parts):
        held = shards[f"shard-{shard}"]
        arrived_ms = (held[-1][0] if held else LANDED_MS) + wait * 60
        held.append((arrived_ms, event(number) + b"\n" * ended))
    stand_in, source = line
    stand_in.shards, stand_in.closed, stand_in.page, stand_in.given = shards, {"shard-1"}, page, 0
    stand_in.trouble = [*trouble, *["ExpiredIteratorException"] * expired]
    landing = KinesisLanding(run.run, run.plan, source, Reader(), HeldClock(AFTER_DEADLINE_MS), lambda _: None)
    assert _numbers(landing.look(AFTER_DEADLINE_MS)) == list(range(len(parts)))
    assert stand_in.given == len(parts)


@given(st.lists(st.binary(min_size=0, max_size=20), min_size=1), st.data())
def test_a_place_in_the_text_is_in_the_record_that_has_its_byte(parts: list[bytes], data: st.DataObject) -> None:
    texts = [as_text(part) for part in parts]
    starts = [sum(map(len, texts[:position])) for position in range(len(texts))]
    places = RecordPlaces(starts, [str(position) for position in range(len(texts))])
    offset = data.draw(st.integers(0, sum(map(len, texts)) - 1))
    name, inner = places.spot(offset)
    assert inner is not None
    assert texts[int(name)][inner] == b"".join(texts)[offset]


def test_no_more_records_are_read_again_than_an_event_stands_among(run: Planted) -> None:
    stand_in = StandIn({"shard-0": [*records(events(0, 3), LANDED_MS), *records(events(3, 9), LANDED_MS + 5_000)]})
    with opened(run, stand_in) as landing:
        list(landing.look(AFTER_DEADLINE_MS))
        before = stand_in.given
        assert landing.spots([(0, 1)]) == {(0, 1): [("shard-0/2", 0)]}
    assert stand_in.given - before == 3


@dataclass
class Numbered:
    """A part of a place that has one page."""

    number: int
    done: bool = False


def test_no_more_pages_are_held_than_may_be_under_way() -> None:
    second_read = Event()

    def read(part: Numbered) -> int:
        part.done = True
        if part.number == 1:
            second_read.set()
        return part.number

    pages = pages_of([Numbered(0), Numbered(1)], read, 1)
    assert next(pages)[1] == 0
    assert not second_read.wait(0.05)
    assert [page for _, page in pages] == [1]


def _numbers(landed: Iterator[ObjectFindings]) -> list[int]:
    """The numbers of the events found, each as often as it was."""
    return sorted(number for found in landed for copies in found.lanes.values() for number in copies.once)
