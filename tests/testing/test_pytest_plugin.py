"""The pytest plugin, as pytest runs it in a process of its own: what it gives, and the words of what fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = ["-p", "clickgen.testing", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
CHECKOUT = Path(__file__).resolve().parents[2]

PRODUCER = """
import json

def produce(client, stream, count):
    ids = [f"click-{number}" for number in range(count)]
    records = [{"Data": json.dumps({"event_id": each}).encode() + b"\\n"} for each in ids]
    client.put_record_batch(DeliveryStreamName=stream, Records=records)
    return ids
"""

GOOD = """
import os
import boto3
import pytest
from producer import produce

def test_ids(clickgen_pipeline, assert_delivered, clickgen_environment):
    ids = produce(boto3.client("firehose"), clickgen_pipeline.stream, 20)
    report = assert_delivered(ids, id_field="event_id", exclusive=True)
    assert report.found == 20
    assert os.environ["AWS_ENDPOINT_URL"] == clickgen_pipeline.endpoint_url
    assert clickgen_pipeline.region == "us-east-1"
    assert list(clickgen_pipeline.lake.rglob("clicks-*"))

def test_nothing_is_left_in_the_environment():
    assert "AWS_ENDPOINT_URL" not in os.environ

@pytest.mark.parametrize("count", [3, 5])
def test_runs_share_a_pipeline(clickgen_session_pipeline, assert_delivered, count):
    run = clickgen_session_pipeline.send(rate="max", events=count)
    assert assert_delivered(run).delivered == assert_delivered(run.run).delivered == count
"""

DESCRIBED = """
import pytest
from producer import produce

@pytest.mark.parametrize("clickgen_pipeline", ["pipelines/two.toml"], indirect=True)
def test_a_producer(clickgen_pipeline, assert_delivered):
    ids = produce(clickgen_pipeline.client("firehose"), "orders", 20)
    assert_delivered(ids, id_field="event_id", at="lake/orders")
"""

TWO = """
[s3.lake]

[firehose.orders]
to = "s3:lake"
prefix = "orders/"
buffer = "1m"
"""

BAD = """
import pytest
from producer import produce

def test_lost(clickgen_session_pipeline, assert_delivered):
    ids = produce(clickgen_session_pipeline.client("firehose"), clickgen_session_pipeline.stream, 20)
    assert_delivered([*ids, "click-lost"], id_field="event_id", timeout=3)

def test_nothing_sent(clickgen_session_pipeline, assert_delivered):
    assert_delivered([], id_field="event_id")

def test_no_field(clickgen_session_pipeline, assert_delivered):
    assert_delivered(["a"])

def test_one_text(clickgen_session_pipeline, assert_delivered):
    assert_delivered("click-1", id_field="event_id")

def test_no_such_stream(clickgen_session_pipeline):
    clickgen_session_pipeline.send(events=5, stream="clcks")

@pytest.mark.clickgen_pipeline(fail_records=1.0)
def test_a_run_of_nothing(clickgen_pipeline, assert_delivered):
    run = clickgen_pipeline.send(rate="max", events=5, max_attempts=1)
    assert_delivered(run)

@pytest.mark.clickgen_pipeline("bad.toml")
def test_bad_description(clickgen_pipeline): ...

@pytest.mark.clickgen_pipeline(buffer_secnds=2)
def test_no_such_option(clickgen_pipeline): ...

@pytest.mark.clickgen_pipeline("a.toml")
@pytest.mark.clickgen_pipeline("b.toml")
def test_two_marks(clickgen_pipeline): ...

def test_two_pipelines(clickgen_pipeline, clickgen_session_pipeline, assert_delivered):
    assert_delivered(["a"], id_field="x")

def test_no_pipeline(assert_delivered):
    assert_delivered(["a"], id_field="x")
"""

SAID = {
    "test_lost": ["not delivered", "anomalous: 1 missing", "missing  1 id", "click-lost"],
    "test_nothing_sent": ["the list of ids is empty: the producer sent nothing"],
    "test_no_field": ["assert_delivered(ids) without id_field", "hint: name the field"],
    "test_one_text": ["assert_delivered('click-1'): neither a run nor a list of ids"],
    "test_no_such_stream": ["there is no stream 'clcks'", "hint: check its name"],
    "test_a_run_of_nothing": ["has no accepted events, so none can arrive", "5 rejected"],
    "test_bad_description": ["the pipeline of this test cannot start", "bad.toml: stream: unknown key", "hint: "],
    "test_no_such_option": ["clickgen local serve has no option --buffer-secnds", "did you mean --buffer-seconds"],
    "test_two_marks": ["names several pipelines: 'a.toml', 'b.toml'", "keep one mark"],
    "test_two_pipelines": ["uses both clickgen_pipeline and clickgen_session_pipeline", "say which"],
    "test_no_pipeline": ["assert_delivered in a test without a pipeline"],
}
_SCREEN = 40  # lines


def run_pytest(folder: Path, *arguments: str) -> str:
    """What pytest says of the tests in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGIN, *arguments, "--rootdir", folder, folder],
        env={**kept, "PYTHONPATH": str(CHECKOUT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "producer.py").write_text(PRODUCER)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return tmp_path


@pytest.mark.walks
def test_what_a_producer_and_a_run_send_is_proved(folder: Path) -> None:
    (folder / "test_good.py").write_text(GOOD)
    assert "4 passed" in (said := run_pytest(folder, "-n", "2")), said


def test_a_parameter_describes_a_pipeline(folder: Path) -> None:
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "two.toml").write_text(TWO)
    (folder / "test_described.py").write_text(DESCRIBED)
    (folder / "conftest.py").write_text("")
    said = run_pytest(folder)
    assert "1 passed" in said, said


def test_what_fails_is_said_on_one_screen(folder: Path) -> None:
    (folder / "bad.toml").write_text("[stream.x]\nbucket = 5\n")
    (folder / "test_bad.py").write_text(BAD)
    said = run_pytest(folder)
    assert "8 failed, 3 errors" in said, said
    parts = {name: _part(said, name) for name in SAID}
    for name, words in SAID.items():
        assert [each for each in words if each not in parts[name]] == [], parts[name]
        assert len(parts[name].splitlines()) <= _SCREEN, parts[name]
        assert "clickgen/api/" not in parts[name]


def _part(said: str, test: str) -> str:
    """What pytest says of one test."""
    begins = [line for line in said.splitlines() if line.startswith("_") and line.strip("_ ").endswith(test)]
    return said.split(begins[0], 1)[1].split("\n____", 1)[0].split("\n====", 1)[0]


def test_the_plugin_imports_nothing_until_it_is_used(folder: Path) -> None:
    (folder / "test_light.py").write_text(
        "import sys\ndef test_light(request):\n"
        "    assert request.config.pluginmanager.has_plugin('clickgen.testing')\n"
        "    assert [name for name in sys.modules if name.split('.')[0] in ('clickgen', 'boto3', 'numpy')]"
        " == ['clickgen', 'clickgen.testing']\n"
    )
    assert "1 passed" in (said := run_pytest(folder)), said
