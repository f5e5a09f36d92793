"""`clickgen bench send`: what it promises to print, that its stub bears witness, and that nothing stays behind."""

import os
import shutil
import signal
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from clickgen.bench.against_stub import SendSample
from clickgen.bench.client import run_client
from clickgen.bench.figures import arrived_rate, figures
from clickgen.bench.send import Measured
from clickgen.bench.stub_process import running_stub
from clickgen.bench.ways import NAMES, WAYS
from clickgen.model.errors import EnvironmentProblem, ExitCode
from clickgen.view.bench import bench_lines
from tests.conftest import CommandLine
from tests.support.local_server import until

WITH_OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
WITH_PROC = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")


def sample(events: int, cpu: float, parent_cpu: float | None = 1.0) -> SendSample:
    said: dict[str, object] = {"rate": 49_990.0, "lag_ms": {"p50": 0.1, "p99": 1.5, "max": 12.0}}
    arrivals = [(0.1 * call, 5000) for call in range(20)]
    return SendSample(events, cpu, parent_cpu, cpu, 390.0, arrivals, said)


def measured(parent_cpu: float | None = 1.0) -> Measured:
    """Two rounds on a machine that is twice as slow in the second; start-up takes 1 s, 1.5 s for two workers."""
    seconds = dict.fromkeys(WAYS, 11.0) | {"baseline": 5.0, "baseline_tls": 10.0, "two_workers": 21.5}
    ways = {
        name: [sample(round(1_000_500 * way.share), seconds[name] * slow, parent_cpu and 1.25) for slow in (1, 2)]
        for name, way in WAYS.items()
    }
    start = {1: [sample(500, 1.0, parent_cpu)] * 2, 2: [sample(1000, 1.5, parent_cpu)] * 2}
    per_event = dict.fromkeys(("simulate_encode", "cut", "body_sign", "network", "answer", "ledger"), 1e-6)
    return Measured(ways, start, sample(100_000, 1.5), per_event)


def test_the_promised_keys_hold_the_figures_of_the_whole_command() -> None:
    found = figures(measured())
    assert found["baseline"]["events_per_core_second"] == round((20_010 + 10_005) / 2)
    # the ratio is of the same round, whatever the machine did between two
    assert found["packed"]["ratio"] == round(1_000_500 / 11 / (100_050 / 5), 3)
    assert found["unpacked_tls"]["ratio"] == round(500_250 / 11 / (100_050 / 5), 3)
    assert found["unpacked_tls"]["ratio_to_baseline_tls"] == round(500_250 / 11 / (100_050 / 10), 3)
    assert found["http"]["ratio_to_packed"] == 1.0
    assert found["two_workers"]["ratio"] == round(2_001_000 / 21.5 / (1_000_500 / 11), 3)
    for name in ("packed", "unpacked", "packed_tls", "unpacked_tls"):
        assert found[name]["events_per_core_second"] > 0
        assert found[name]["ratio"] > 0


def test_start_up_is_taken_out_only_where_it_is_named_so() -> None:
    found = figures(measured())
    assert found["packed"]["start_cpu_seconds"] == 1.0
    assert found["packed"]["steady"]["events_per_core_second"] == round((1_000_000 / 10 + 1_000_000 / 21) / 2)
    assert found["two_workers"]["steady"]["events_per_core_second"] == round((2e6 / 20 + 2e6 / 41.5) / 2)


def test_a_run_that_is_mostly_start_up_has_no_steady_figure() -> None:
    short = measured()
    short.ways["packed"] = [sample(3000, 1.9)] * 2
    assert figures(short)["packed"]["steady"] is None
    assert figures(short)["two_workers"]["steady"]["ratio"] is None


def test_shares_by_stage_add_up_and_are_left_out_without_proc() -> None:
    stages = figures(measured())["stages"]
    assert sum(stages["shares"].values()) == pytest.approx(1, abs=1e-3)
    assert stages["shares"]["start"] == round(1 / 16.5, 4)
    assert stages["shares"]["parent"] == round(0.25 / 16.5, 4)
    unknown = figures(measured(parent_cpu=None))
    assert unknown["stages"] is None
    assert "CPU time by stage: not known, this system has no /proc" in bench_lines(unknown)


def test_the_held_rate_is_told_by_the_run_and_by_what_arrived() -> None:
    held = figures(measured())["held_rate"]
    assert held["rate_error"] == pytest.approx(0.0002)
    assert held["arrived_rate"] == pytest.approx(50_000)
    assert held["core_share"] == 0.75
    assert held["core_share_steady"] == 0.25
    assert arrived_rate([(3.0, 500)]) is None


def test_the_table_fits_eighty_columns_and_names_everything() -> None:
    lines = bench_lines(figures(measured()))
    assert max(map(len, lines)) <= 80
    shown = "\n".join(lines)
    for words in ("baseline_tls", "unpacked_tls", "two workers:", "held rate:", "by stage", "start-up"):
        assert words in shown


def test_what_was_not_run_is_not_compared_to() -> None:
    alone = measured()
    del alone.ways["baseline"], alone.ways["two_workers"]
    found = figures(alone)
    assert found["packed"]["ratio"] is None
    assert "two_workers" not in found
    assert max(map(len, bench_lines(found))) <= 80


def test_the_stub_counts_what_it_received_and_gives_every_record_an_id_of_its_own(
    credentials: None,
) -> None:
    with running_stub(tls=False) as stub:
        client = boto3.client("firehose", endpoint_url=stub.http)
        blobs = [b'{"n":1}\n', b'{"n":2}\n{"n":3}\n', b'{"n":4}\n' * 40_000]
        ids = set()
        for _ in range(2):
            answer = client.put_record_batch(DeliveryStreamName="a", Records=[{"Data": blob} for blob in blobs])
            ids |= {entry["RecordId"] for entry in answer["RequestResponses"]}
        client.put_record_batch(DeliveryStreamName="b", Records=[{"Data": blobs[0]}])
        assert len(ids) == 6
        seen = stub.tally("a")
        assert (seen.records, seen.events, seen.bytes) == (6, 2 * 40_003, 2 * 40_003 * 8)
        assert [events for _, events in seen.arrivals] == [40_003, 40_003]
        assert stub.tally("b").records == 1
        assert stub.tally("nothing").records == 0
        with pytest.raises(ClientError, match="does not describe"):
            client.describe_delivery_stream(DeliveryStreamName="a")
        client.close()
        with urlopen(Request(f"{stub.http}/collect/c", data=b'[{"n":1},{"n":2}]', method="POST")) as answer:
            assert answer.status == 200
        assert (stub.tally("c").events, stub.tally("c").bytes) == (2, 16)


@WITH_PROC
def test_a_client_is_charged_for_a_process_that_it_leaves_behind() -> None:
    burn = "import time\nwhile time.process_time() < 0.4: pass"
    leave = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burn!r}]); print('left')"
    spent = run_client([sys.executable, "-c", leave], os.environ)
    assert spent.out == b"left\n"
    assert spent.parent_cpu is not None
    assert spent.cpu > spent.parent_cpu + 0.35


def test_a_client_that_fails_says_why() -> None:
    with pytest.raises(EnvironmentProblem, match=r"ended with 3: no such thing"):
        run_client([sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"], {})


@pytest.mark.slow
@WITH_PROC
def test_it_compares_and_leaves_nothing_behind(clickgen: CommandLine) -> None:
    mark = _mark()
    said = clickgen.run(
        *("bench", "send", "--events", "3000", "--rounds", "1", "--json"),
        *("--only", "baseline,packed,held_rate,stages"),
        env=mark,
    )
    assert said.code == ExitCode.OK, said.err
    found = said.json
    assert set(found) == {"baseline", "packed", "held_rate", "stages", "event_bytes", "rounds"}
    assert found["baseline"]["events"] == 300
    assert found["packed"]["events"] == 3000
    assert found["packed"]["ratio"] > 0
    # the same events: only how JSON libraries write a number like 34.90 differs
    assert found["event_bytes"]["baseline"] == pytest.approx(found["event_bytes"]["packed"], rel=0.03)
    assert all(found["stages"]["microseconds_per_event"].values())
    assert not _alive(mark)
    assert not list(clickgen.home.glob("bench-*"))


@pytest.mark.slow
@WITH_OPENSSL
def test_it_speaks_tls_for_people_too(clickgen: CommandLine) -> None:
    said = clickgen.run("bench", "send", "--events", "3000", "--rounds", "1", "--only", "baseline_tls,packed_tls")
    assert said.code == ExitCode.OK, said.err
    rows = [line.split()[0] for line in said.out.splitlines() if line]
    assert {"baseline_tls", "packed_tls"} <= set(rows)
    assert "round 1 of 1: packed_tls" in said.err


@WITH_PROC
def test_an_interrupt_ends_every_process(clickgen: CommandLine) -> None:
    mark = _mark()
    bench = clickgen.start(
        "bench", "send", "--events", "50000000", "--rounds", "1", "--only", "packed,held_rate", env=mark
    )
    assert bench.stderr is not None
    while b"packed" not in (line := bench.stderr.readline()):
        assert line, "it ended before its run began"
    until(lambda: len(_alive(mark)) >= 4, 30)  # itself, the stub, a run and its worker
    bench.send_signal(signal.SIGINT)
    _, err = bench.communicate(timeout=30)
    assert bench.returncode == ExitCode.INTERRUPTED, err
    until(lambda: not _alive(mark))
    assert not list(clickgen.home.glob("bench-*"))


def test_without_openssl_it_says_how_to_go_on(clickgen: CommandLine, tmp_path: Path) -> None:
    said = clickgen.run("bench", "send", "--only", "packed_tls", env={"PATH": str(tmp_path)})
    assert said.code == ExitCode.ENVIRONMENT
    assert "no openssl" in said.err
    assert "--only baseline," in said.err


def test_a_name_that_is_none_is_a_usage_error(clickgen: CommandLine) -> None:
    said = clickgen.run("bench", "send", "--only", "packed,fast")
    assert said.code == ExitCode.USAGE
    assert "'fast' cannot be measured" in said.err


@pytest.mark.slow
@WITH_OPENSSL
def test_all_of_it(clickgen: CommandLine) -> None:
    said = clickgen.run("bench", "send", "--events", "3000", "--rounds", "1", "--json")
    assert said.code == ExitCode.OK, said.err
    assert set(said.json) == {*NAMES, "event_bytes", "rounds"}


def _mark() -> dict[str, str]:
    """A variable by which every process of one benchmark is known: the environment is passed on."""
    return {"TEST_MARK": uuid.uuid4().hex}


def _alive(mark: Mapping[str, str]) -> list[int]:
    """The processes with that mark."""
    needle = mark["TEST_MARK"].encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if needle in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it ended, or is somebody else's
            continue
    return found
