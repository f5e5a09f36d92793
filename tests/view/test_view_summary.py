"""The summary says how a run ended and what became of every event; its JSON has the documented keys."""

import io
import json
from dataclasses import replace

from rich.console import Console, Group

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.destination import FileDestination
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.line_breaks import between_words
from clickgen.model.outcome import Account
from clickgen.run.events import Finished
from clickgen.view.console import print_between_words
from clickgen.view.summary import render_summary, summary_json
from tests.support.snapshots import ON_AWS, RUN, a_finish, a_plan, a_replay, shown, some_figures

FOLDER = ".clickgen/runs/" + RUN
NEXT = "clickgen verify s3 delivery " + RUN


def summary(finished: Finished, width: int = 80) -> str:
    return shown(Group(*render_summary(finished, FOLDER, NEXT)), width, "ascii")


def test_the_json_has_the_documented_keys_in_their_order() -> None:
    assert summary_json(a_finish(a_plan(destination=ON_AWS))) == json.loads(
        """{"run": "68c1a2b3d4e5", "destination": "firehose:clicks", "account": "123456789012",
        "region": "eu-west-1", "planned": 15000, "accepted": 15000, "rejected": 0, "unknown": 0, "unsent": 0,
        "records": 5500, "batches": 11, "attempts": 11, "throttled": 0, "bytes": 2310000, "seconds": 30.0,
        "sending_seconds": 30.0, "rate": 500.0, "wanted_rate": 500.0,
        "lag_ms": {"p50": 0.1, "p99": 0.6, "max": 2.1},
        "answer_ms": {"p50": 4.0, "p99": 12.0, "max": 20.0},
        "latency_ms": {"p50": 512.0, "p99": 1020.0, "max": 1100.0}, "cost_usd": 0.00076,
        "cost_unpacked_usd": 0.00076}"""
    )
    assert " ".join(summary_json(a_finish())) == (
        "run destination account region planned accepted rejected unknown unsent records batches attempts"
        " throttled bytes seconds sending_seconds rate wanted_rate lag_ms answer_ms latency_ms cost_usd"
        " cost_unpacked_usd"
    )


def test_a_replay_adds_what_was_odd_in_its_input() -> None:
    document = summary_json(a_finish(a_replay(), some_figures(skipped=3, out_of_order=4)))
    assert list(document)[-3:] == ["cost_unpacked_usd", "skipped", "out_of_order"]
    assert (document["skipped"], document["out_of_order"]) == (3, 4)


def test_a_good_run_is_told_in_a_few_lines() -> None:
    assert summary(a_finish()).splitlines() == [
        f"run {RUN} finished after 30s",
        "account  planned 15,000 = accepted 15,000 + rejected 0 + unknown 0 + unsent 0",
        "rate     500.0/s, wanted 500/s, for 30s",
        "lag      p50 0.1 ms, p99 0.6 ms, max 2.1 ms, from due to on the wire",
        "answer   p50 4.0 ms, p99 12 ms, max 20 ms, the service alone, each call",
        "latency  p50 512 ms, p99 1.02 s, max 1.10 s, from due to answered",
        "sent     11 batches, 5,500 records, 2.2 MiB accepted",
        "bill     would cost $0.00076 on AWS; packing would save $0.0007 (92 %)",
        f"next     {NEXT}",
    ]


def test_what_was_not_accepted_is_explained() -> None:
    figures = some_figures(
        tally=SendCounts(8, 8, 2, 5, 3, 4, 1_000, 1), skipped=2, out_of_order=1_000, without_time=7
    )
    text = summary(a_finish(a_replay(), figures, Account(100, 70, 5, 15, 10), interrupted=True))
    for line in (
        "interrupted after 12s, before its planned work was done",
        "planned 100 = accepted 70 + rejected 5 + unknown 15 + unsent 10",
        "5 rejected: refused by the service",
        f"each with its reason: {FOLDER}/rejected.jsonl",
        "15 unknown: no answer on record; verification shows which arrived",
        "10 unsent: never attempted",
        "1,000 events came after a later one",
        "7 events without a time left with the event before",
        "2 batches in 5 attempts, 8 records, 1000 B accepted; 4 records throttled",
    ):
        assert line in " ".join(text.split()), line
    assert f"2 pieces of the input skipped, not JSON objects: {FOLDER}/skipped.jsonl" in " ".join(text.split())


def test_why_it_ended_early_is_the_first_line() -> None:
    endless = a_plan(planned=None, duration_s=None)
    ends = {
        "ended early after 30s: the endpoint could not be reached for 30 s: refused": a_finish(
            problem=EnvironmentProblem("the endpoint could not be reached\nfor 30 s: refused"), interrupted=True
        ),
        "ended after 30s: its budget (--max-usd) is spent": a_finish(budget_exhausted=True),
        "interrupted after 30s, before its planned work was done": a_finish(interrupted=True),
        "stopped after 30s": a_finish(endless, interrupted=True),
    }
    for words, finished in ends.items():
        assert summary(finished, 120).splitlines()[0] == f"run {RUN} {words}"


def test_full_speed_has_no_lag_to_tell() -> None:
    text = summary(a_finish(a_plan(rate=None)))
    assert "wanted as fast as it goes" in text
    assert "lag" not in text


def test_where_nothing_was_answered_no_time_of_an_answer_is_shown() -> None:
    finished = a_finish()
    none = {"p50": 0.0, "p99": 0.0, "max": 0.0}
    unanswered = replace(finished, facts=finished.facts | {"answer_ms": none, "latency_ms": none})
    assert "latency" in summary(finished)
    assert not {"latency", "answer"} & set(summary(unanswered).split())


def test_notices_and_the_next_command_stand_where_there_are_any() -> None:
    text = shown(Group(*render_summary(a_finish(notices=("a worker died",)), FOLDER, None)))
    assert "notice   a worker died" in text
    assert "next" not in text


def test_a_long_path_stays_whole_where_lines_are_not_wrapped() -> None:
    long = "/home/somebody/" + "very-long-folder-name/" * 6 + RUN
    finished = a_finish(account=Account(2, 1, 1, 0, 0))
    assert f"{long}/rejected.jsonl" in shown(Group(*render_summary(finished, long, None)), soft_wrap=True)


def test_what_resumes_the_run_is_named_before_what_verifies_it() -> None:
    lines = render_summary(a_finish(), FOLDER, NEXT, resume_hint="clickgen runs resume " + RUN)
    text = shown(Group(*lines), 80, "ascii")
    assert text.splitlines()[-2:] == [f"next     clickgen runs resume {RUN}", f"         {NEXT}"]


def test_a_file_has_no_batches_and_no_answers() -> None:
    text = summary(a_finish(a_plan(destination=FileDestination(stream="/tmp/clicks.jsonl"))))
    assert "sent     2.2 MiB written, a line an event" in text
    assert "written  p50 512 ms, p99 1.02 s, max 1.10 s, from due to written" in text
    assert "batch" not in text
    assert "answer" not in text


def test_a_narrow_terminal_gets_lines_broken_between_words_and_commands_whole() -> None:
    file = io.StringIO()
    console = Console(file=file, width=60, force_terminal=True, color_system=None)
    print_between_words(console, render_summary(a_finish(), FOLDER, NEXT + " --home a/path/that/is/long"))
    lines = file.getvalue().splitlines()
    assert "bill     would cost $0.00076 on AWS; packing would save" in lines
    assert "         $0.0007 (92 %)" in lines
    assert f"next     {NEXT} --home a/path/that/is/long" in lines
    assert all(len(line) <= 60 for line in lines if not line.startswith("next"))
    piped = io.StringIO()
    print_between_words(Console(file=piped, width=60), render_summary(a_finish(), FOLDER, NEXT))
    assert max(map(len, piped.getvalue().splitlines())) > 60


def test_words_that_are_wider_than_a_terminal_stay_whole() -> None:
    assert (
        between_words("a/long/path/of/40/columns and more words", 12)
        == "a/long/path/of/40/columns\nand more\nwords"
    )
    assert between_words("short", 12) == "short"
    assert between_words("  indented words that are long", 12) == "  indented\nwords that\nare long"
