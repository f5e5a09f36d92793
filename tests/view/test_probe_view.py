"""What a probe says: a table that fits a terminal, one sentence, and one JSON object."""

import json
from typing import Any

import pytest

from clickgen.model.destination import Destination
from clickgen.model.histogram import Percentiles
from clickgen.run.probe import Offer, ProbeStep, Search, Trouble
from clickgen.run.probing import Probed
from clickgen.view.probe import probe_json, probe_lines, probe_words, step_line
from tests.support.snapshots import ON_AWS, RUN

QUOTA = 5 * 1024 * 1024


def a_step(rate: float, trouble: Trouble | None = None) -> ProbeStep:
    """A step at that rate, with events of 400 bytes."""
    throttled = 0.25 if trouble == "throttled" else 0.0
    return ProbeStep(
        Offer(rate, 10), RUN, 0.999 * rate, throttled, 0.0, Percentiles(0.0712, 1.04, 1.2), 400.0, trouble
    )


def probed(*steps: ProbeStep, destination: Destination = ON_AWS, **changes: Any) -> Probed:
    """A probe that has seen these steps."""
    search = Search(500, 100_000, 10)
    search.hear(steps)
    return Probed(search, destination, (RUN,), **{"quota": None, "cost_usd": 0.25, **changes})


def test_the_answer_names_both_rates() -> None:
    found = probed(a_step(4_000), a_step(8_000, "throttled"), a_step(5_000), a_step(5_500, "throttled"))
    assert probe_words(found) == "holds 5,000/s (1.9 MiB/s); throttled from 5,500/s"


@pytest.mark.parametrize(
    ("steps", "cut", "words"),
    [
        ([a_step(100_000)], None, "holds 100,000/s (38.1 MiB/s), the highest rate tried; go higher with --most"),
        ([a_step(500, "latency")], None, "does not hold even 500/s: too slow; begin lower with --from"),
        ([a_step(500)], "interrupted", "held 500/s (195.3 KiB/s) so far; no answer yet: interrupted"),
        ([], "budget", "no rate has held so far; no answer yet: its budget (--max-usd) is spent"),
    ],
)
def test_every_end_has_its_words(steps: list[ProbeStep], cut: Any, words: str) -> None:
    assert probe_words(probed(*steps, cut=cut)) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (13_000, "99.2 % of the default quota of 5.0 MiB/s in eu-west-1"),
        (26_000, "198.4 % of the default quota of 5.0 MiB/s in eu-west-1: this stream has a higher quota"),
        (
            5_000,
            "38.1 % of the default quota of 5.0 MiB/s in eu-west-1: does anyone else send to this stream?",
        ),
    ],
)
def test_what_holds_is_held_against_the_default_quota(rate: float, words: str) -> None:
    found = probed(a_step(rate), a_step(1.1 * rate, "throttled"), quota=QUOTA)
    assert probe_lines(found)[-1] == words


def test_the_table_fits_80_columns_with_the_longest_figures() -> None:
    widest = ProbeStep(
        Offer(6_400_000, 10), RUN, 6_399_999.9, 1.0, 0.999, Percentiles(0.9951, 59.99, 60), 401.5, "behind"
    )
    lines = probe_lines(probed(a_step(1_234_567.8), widest, quota=QUOTA))
    assert max(len(line) for line in lines[:-1]) <= 80
    assert lines[3].split() == [
        "6,400,000",
        "6,400,000",
        "100.0",
        "%",
        "99.9",
        "%",
        "995",
        "ms",
        "59.99",
        "s",
        *FELL,
    ]


FELL = ["fell", "behind"]


def test_a_step_is_told_in_a_line() -> None:
    held = "4,000/s held: accepted 3,996.0/s, latency p99 1.04 s"
    assert step_line(a_step(4_000), 3, 17) == f"step 3 of at most 17: {held}"
    assert step_line(a_step(4_000), 17, 17) == f"step 17 of 17: {held}"


def test_the_document_has_the_answer_and_every_step() -> None:
    document = json.loads(json.dumps(probe_json(probed(a_step(4_000), a_step(4_400, "throttled"), quota=QUOTA))))
    step = document["steps"][1]
    assert {
        name: document[name] for name in ("ended", "holds", "holds_bytes", "fails", "trouble", "quota_bytes")
    } == {
        "ended": "found",
        "holds": 4_000,
        "holds_bytes": 1_600_000,
        "fails": 4_400,
        "trouble": "throttled",
        "quota_bytes": QUOTA,
    }
    assert (step["run"], step["held"], step["throttled"]) == (RUN, False, 0.25)
    assert step["latency_ms"] == {"p50": 71.2, "p99": 1040.0}
