"""`--to https://…`: a run posts to a collector that knows nothing of clickgen, whose events are its account."""

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.conftest import CommandLine, Said
from tests.support.collector import OK, Arrived, Collector, Reply, collector
from tests.support.fault_proxy import Break, Weather, fault_proxy
from tests.support.snowplow_micro import asked, snowplow_micro
from tests.support.under_way import until_accepted

ID = re.compile(rb'"(?:event_id|eid|messageId|clickgen_id)":"([0-9a-f-]{36})"')
QUICK = ["--rate", "max", "--events", "3000", "--lanes", "2", "--workers", "1"]
PAGE = Reply(body=b"<html><title>Sign in</title></html>", headers={"Content-Type": "text/html"})
SECRET = "t0ken-that-nobody-sees"


def ids(requests: Iterable[Arrived]) -> Counter[bytes]:
    """How often each event's id is in the bodies."""
    return Counter(found for request in requests for found in ID.findall(request.body))


def send(clickgen: CommandLine, server: Collector, *more: str, path: str = "") -> Said:
    """Send 3,000 events there, unless `more` says otherwise."""
    return clickgen.run("send", "--to", server.url + path, *QUICK, "--json", *more)


def proved(clickgen: CommandLine, server: Collector, folder: Path) -> Said:
    """Verification of what the collector has, written to a file by the test."""
    file = folder / "collected.jsonl"
    file.write_bytes(b"".join(request.body for request in server.taken))
    return clickgen.run("verify", "file", "delivery", "--at", str(file), "--json")


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("flat", "/"),
        ("ga4", "/mp/collect"),
    ],
)
def test_the_collector_has_every_accepted_event_once(clickgen: CommandLine, schema: str, path: str) -> None:
    query = ["--http-query", "measurement_id=G-1", "--http-query", "api_secret=@KEY"] if schema == "ga4" else []
    count = ["--events", "300"] if schema == "ga4" else []
    clickgen.environment["KEY"] = SECRET
    with collector() as server:
        sent = send(clickgen, server, "--schema", schema, *query, *count)
        assert sent.code == 0, sent.err
        found = ids(server.taken)
        assert len(found) == sent.json["accepted"] == sent.json["planned"]
        assert set(found.values()) == {1}
        assert {request.path for request in server.arrived} == {path}
        # connections are kept alive
        assert len({request.connection for request in server.arrived}) <= 8
    assert sent.json["cost_usd"] is None
    assert "nothing is known of what it charges" in sent.err
    assert "verify s3 delivery" in sent.err


def test_snowplows_own_counts_are_the_account(clickgen: CommandLine) -> None:
    with snowplow_micro() as micro:
        sent = clickgen.run("send", "--to", micro, *QUICK, "--schema", "snowplow", "--json")
        assert sent.code == 0, sent.err
        assert asked(micro, "all") == {"total": 3000, "good": sent.json["accepted"], "bad": 0}, asked(
            micro, "bad"
        )[:1]
        good = [event["rawEvent"]["parameters"]["eid"] for event in asked(micro, "good")]
    assert len(set(good)) == len(good) == 3000


def test_lines_of_text_and_small_compressed_bodies_arrive(clickgen: CommandLine) -> None:
    with collector() as server:
        sent = send(clickgen, server, "--schema", "combined", "--http-gzip", "--http-batch", "100")
        assert sent.code == 0, sent.err
        assert sum(len(request.lines) for request in server.taken) == 3000
        assert max(len(request.lines) for request in server.taken) == 100
        sent = send(clickgen, server, "--http-bytes", "4096")
        assert sent.code == 0, sent.err
    assert len(ids(server.taken)) == 3000
    assert max(len(request.body) for request in server.taken if ID.search(request.body)) <= 4096


def test_what_is_throttled_comes_later_and_no_sooner_than_the_collector_says(clickgen: CommandLine) -> None:
    at: list[tuple[float, int]] = []

    def respond(request: Arrived) -> Reply:
        status = 429 if request.number == 2 else 200
        at.append((time.monotonic(), status))
        return Reply(status, headers={"Retry-After": "1"} if status == 429 else {})

    with collector(respond) as server:
        sent = send(clickgen, server)
    assert sent.code == 0, sent.err
    assert sent.json["throttled"] > 0
    assert set(ids(server.taken).values()) == {1}
    refused = next(moment for moment, status in at if status == 429)
    # requests that were on their way already arrive at once
    assert not [moment for moment, _ in at if refused + 0.3 < moment < refused + 0.95]
    assert at[-1][0] > refused + 0.95


def test_resets_errors_and_silence_lose_nothing(clickgen: CommandLine, tmp_path: Path) -> None:
    replies = {3: Reply(reset=True), 5: Reply(500), 8: Reply(502), 9: Reply(503)}
    with collector(lambda request: replies.get(request.number, OK)) as server:
        sent = send(clickgen, server, "--http-body", "ndjson", "--http-batch", "100")
        assert sent.code == 0, sent.err
        account = sent.json
        assert account["planned"] == account["accepted"] == len(ids(server.taken)) == 3000
        assert account["attempts"] > account["batches"]
        proof = proved(clickgen, server, tmp_path)
    assert (proof.code, proof.json["verdict"]) == (0, "verified"), proof.out


def test_connections_that_break_within_a_body_lose_nothing(clickgen: CommandLine) -> None:
    weather = Weather(Break.RESET_REQUEST, share=0.5, within=40_000, seed=3)
    with collector() as server, fault_proxy(server.url, weather) as proxy:
        sent = clickgen.run("send", "--to", proxy.url, *QUICK, "--json")
        assert proxy.injected > 0
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == len(ids(server.taken)) == 3000
    # what broke within a body never reached the collector
    assert set(ids(server.taken).values()) == {1}


def test_events_that_a_batch_interface_refuses_are_rejected_and_only_they(clickgen: CommandLine) -> None:
    seen: set[bytes] = set()

    def respond(request: Arrived) -> Reply:
        events = [json.dumps(event).encode() for event in request.document]
        # every hundredth event is refused for good, every fiftieth is told to come again
        entries = []
        for event in events:
            own = json.loads(event)["event_id"].encode()
            bad, again = own[-1:] == b"0" and own[-2:-1] in b"01234567", own[-1:] == b"1" and own not in seen
            seen.add(own)
            entries.append({"status": 422 if bad else 503 if again else 200})
        return Reply(207, json.dumps({"results": entries}).encode())

    with collector(respond) as server:
        sent = send(clickgen, server)
    account = sent.json
    assert sent.code == 1
    assert account["rejected"] > 0
    assert account["planned"] == account["accepted"] + account["rejected"]
    assert account["throttled"] > 0
    rejected = next(clickgen.home.glob("runs/*/rejected.jsonl")).read_text().splitlines()
    assert len(rejected) == account["rejected"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (PAGE, "answers with a page"),
        (Reply(302, headers={"Location": "https://login.example.com/?next=x"}), "redirects to https://login.example.com/"),
        (Reply(404, b"<html><title>Nothing here</title></html>"), "HTTP 404 Not Found: a page of HTML"),
    ],
)  # fmt: skip
def test_what_is_no_collector_ends_the_run_in_words(clickgen: CommandLine, reply: Reply, words: str) -> None:
    with collector(lambda _: reply) as server:
        sent = send(clickgen, server)
    assert sent.code == 3
    assert words in sent.err
    account = sent.json
    assert account["accepted"] == 0
    # what a page says of the events is not known; a refusal is one
    assert (account["unknown"] > 0) is (reply is PAGE)
    assert account["planned"] == sum(account[state] for state in ("rejected", "unknown", "unsent"))


def test_a_collector_that_answers_with_pages_is_taken_at_its_word_if_the_user_says_so(
    clickgen: CommandLine,
) -> None:
    with collector(lambda _: PAGE) as server:
        assert send(clickgen, server, "--http-html").code == 0


def test_after_a_kill_the_run_goes_on_and_no_event_is_lost(clickgen: CommandLine, tmp_path: Path) -> None:
    with collector() as server:
        given = ["--http-body", "ndjson", "--http-header", f"X-Api-Key: {SECRET}"]
        arguments = ["--to", server.url, "--rate", "3000", "--events", "9000", "--workers", "2", "--lanes", "2"]
        running = clickgen.start("send", *arguments, *given)
        until_accepted(clickgen, 1500, running)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        before = len(server.arrived)
        refused = clickgen.run("runs", "resume", "--unknown")
        assert refused.code == 2
        assert "X-Api-Key" in refused.err
        assert len(server.arrived) == before
        resumed = clickgen.run("runs", "resume", "--unknown", "--json", "--http-header", f"X-Api-Key: {SECRET}")
        assert resumed.code == 0, resumed.err
        assert {request.headers["Content-Type"] for request in server.arrived} == {"application/x-ndjson"}
        assert {request.headers["X-Api-Key"] for request in server.arrived} == {SECRET}
        assert len(ids(server.taken)) == 9000
        proof = proved(clickgen, server, tmp_path)
    assert (proof.code, proof.json["verdict"]) == (0, "verified"), proof.out


def test_recorded_events_are_replayed_into_a_collector(clickgen: CommandLine, tmp_path: Path) -> None:
    recording = tmp_path / "recorded.json"
    recording.write_text("".join(json.dumps({"page": f"/{n}"}, indent=1) for n in range(50)))
    with collector() as server:
        sent = clickgen.run("replay", str(recording), "--rate", "max", "--to", server.url, "--json")
        assert (sent.code, sent.json["accepted"]) == (0, 50), sent.err
    assert sorted(event["page"] for request in server.taken for event in request.document) == sorted(
        f"/{n}" for n in range(50)
    )


def test_a_probe_finds_what_a_collector_takes(clickgen: CommandLine) -> None:
    with collector() as server:
        probed = clickgen.run(
            "probe", "--to", server.url, "--from", "100", "--most", "100", "--step", "2s", "--json", timeout=60
        )
    assert probed.code == 0, probed.err
    assert probed.json["cost_usd"] is None
    assert len(ids(server.taken)) >= 200
