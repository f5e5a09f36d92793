"""Every door through which text from outside reaches people: what it holds is seen, and does nothing.

Each command runs twice, for a log and for a terminal with colours, with an `EVIL` text where others may write.
"""

import json
import os
import re
import socket
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clickgen.local.platform import notices
from tests.conftest import CREDENTIALS, CommandLine, Said
from tests.sink.test_checked_answers import FIREHOSE, S3
from tests.support.hostile_endpoint import Answering, hostile_endpoint, http
from tests.support.planted import RUN, Planted, event, events, lines

# clears the screen, blinks, sets the title, links, turns round, hides, begins a line, and asks Rich for markup
EVIL = (
    "évil\x1b[2J\x1b[5;7m\x1b]0;t\x07\x9b2J\u202eabc\u2066\u200b\u2028\r\nFORGED "
    "[red]r[/red][link=http://x]l[/link] :skull:"
)
_SEEN = ("évil\\x1b[2J", "[red]r[")
_ACTS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_OF_RICH = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[[12]?[AKJ]|\x1b\[\d+A|\r")
TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "200"}


def assert_harmless(text: str, *, colours: bool = False) -> None:
    """Nothing of an EVIL text acts; what Rich itself sends to a terminal may."""
    assert "\x1b[2J" not in text
    assert "\x1b[5;7m" not in text
    assert "\x1b]" not in text
    rest = _OF_RICH.sub("", text) if colours else text
    assert "\x1b" not in rest
    assert not _ACTS.search(rest)
    assert not re.search(r"^FORGED", rest, re.MULTILINE)


def assert_seen(text: str) -> None:
    """The EVIL text is there for people to read."""
    plain = _OF_RICH.sub("", text)
    for words in _SEEN:
        assert words in plain


Running = Callable[..., Said]


@pytest.fixture(params=["log", "terminal"])
def running(clickgen: CommandLine, request: pytest.FixtureRequest) -> Running:
    """Runs a command for a log or for a terminal; what it says must be harmless."""
    colours = request.param == "terminal"

    def run_it(*arguments: str, env: dict[str, str] | None = None) -> Said:
        terminal = TERMINAL if colours else {}
        said = clickgen.run(*arguments, env={**CREDENTIALS, **terminal, **(env or {})})
        assert "Traceback" not in said.err
        assert_harmless(said.err, colours=colours)
        assert_harmless(said.out, colours=colours)
        return said

    return run_it


def refusing(status: bytes = b"400 Bad Request") -> Answering:
    """A service that refuses every call in its own words."""
    body = json.dumps({"__type": EVIL, "message": EVIL, "Message": EVIL}).encode()
    return lambda connection, _: connection.sendall(http(body, status=status))


@pytest.mark.parametrize(
    "command",
    [
        ["send", "--stream", "clicks", "--events", "5"],
        ["send", "--to", "kinesis:clicks", "--events", "5"],
        ["verify", "glue", "table", "--table", "db.t"],
    ],
)
def test_errors_of_an_endpoint(running: Running, command: list[str]) -> None:
    with hostile_endpoint(refusing()) as url:
        said = running(*command, "--endpoint-url", url)
    assert said.code in (2, 3)
    assert_seen(said.err)


def _evil_stream(*, status: str = "ACTIVE", bucket: str = "lake") -> Answering:
    """A stream of which what has no form of its own is EVIL, and whose every call is refused in EVIL words."""
    names = {**S3, "BucketARN": f"arn:aws:s3:::{bucket}", "Prefix": EVIL, "ErrorOutputPrefix": EVIL}
    more = {"CompressionFormat": EVIL, "CustomTimeZone": EVIL}
    facts = {
        **FIREHOSE["DeliveryStreamDescription"],
        "DeliveryStreamARN": f"arn:aws:firehose:us-east-1:{EVIL}:x/{EVIL}",
        "DeliveryStreamStatus": status,
        "Destinations": [{"ExtendedS3DestinationDescription": names | more}],
    }

    def say(connection: socket.socket, request: bytes) -> None:
        if b"DescribeDeliveryStream" in request:
            connection.sendall(http(json.dumps({"DeliveryStreamDescription": facts}).encode()))
            return
        refused = {"__type": "InvalidArgumentException", "message": EVIL}
        connection.sendall(http(json.dumps(refused).encode(), status=b"400 Bad Request"))

    return say


def test_names_of_a_stream(running: Running) -> None:
    for stream in (_evil_stream(status=EVIL), _evil_stream(bucket=EVIL.replace(":", "|"))):
        with hostile_endpoint(stream) as url:
            said = running("send", "--stream", "clicks", "--endpoint-url", url, "--events", "5")
        assert said.code == 3
        assert "évil\\x1b[2J" in said.err


def test_a_run_at_a_stream_with_such_names(running: Running, tmp_path: Path) -> None:
    to = ["--stream", "clicks", "--rate", "max", "--events", "5"]
    with hostile_endpoint(_evil_stream()) as url:
        said = running("send", *to, "--endpoint-url", url)
    assert_seen(said.err)
    for command in (["runs", "show"], ["runs", "list"], ["runs", "show", "--json"]):
        running(*command)
    assert_seen(running("runs", "show").out)
    page = tmp_path / "report.html"
    running("report", "-o", str(page))
    assert_harmless(page.read_text())
    running("report", "--markdown")


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 100 events that were all accepted."""
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


@pytest.fixture
def evil_plan(run: Planted, clickgen: CommandLine) -> Planted:
    """A run whose plan somebody else wrote."""
    run.put("1", lines(events(0, 90)))
    path = run.run.path / "plan.json"
    plan = json.loads(path.read_text())
    plan |= {"profile": EVIL, "event_schema": EVIL, "sources": [EVIL], "time_field": EVIL}
    plan["destination"] |= {"stream": EVIL, "region": EVIL, "account": EVIL, "aws_profile": EVIL}
    path.write_text(json.dumps(plan))
    return run


def test_a_plan(running: Running, evil_plan: Planted, tmp_path: Path) -> None:
    home = ["--home", str(evil_plan.run.path.parent.parent)]
    assert_seen(running("runs", "show", RUN, *home).out)
    running("runs", "list", *home)
    assert json.loads(running("runs", "show", RUN, "--json", *home).out)["region"] == EVIL
    page = tmp_path / "report.html"
    assert running("report", RUN, "-o", str(page), *home).code == 0
    assert_harmless(page.read_text())
    assert_seen(page.read_text())
    running("report", RUN, "--markdown", *home)
    (evil_plan.run.path / "plan.json").write_text(json.dumps({EVIL: EVIL}))
    running("runs", "list", *home)
    running("runs", "show", RUN, *home)


def test_keys_ids_and_codes_in_a_lake(running: Running, run: Planted, tmp_path: Path) -> None:
    damaged = event(95).replace(b'"n":95', b'"n":96')
    run.put("1", lines(events(0, 90)))
    run.put(f"in {EVIL.replace('/', '|')}", lines([damaged, event(96)[:-20], b'{"' + EVIL.encode() + b'":1}']))
    home = ["--home", str(run.run.path.parent.parent)]
    files = {name: tmp_path / name for name in ("summary", "junit")}
    asked = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    said = running("verify", "s3", "delivery", RUN, "--at", str(run.lake), "--json", *asked, *home)
    assert said.code == 1
    assert_seen(said.err)
    assert "évil" in json.dumps(json.loads(said.out), ensure_ascii=False)
    for path in files.values():
        assert_harmless(path.read_text())
    ET.parse(files["junit"])
    assert "[red]" not in files["summary"].read_text()
    for command in ("schema", "layout"):
        running("verify", command, RUN, "--at", str(run.lake), *home)


def _toml(text: str) -> str:
    """A TOML string."""
    return json.dumps(text)


def test_files_that_describe(running: Running, tmp_path: Path) -> None:
    profile, pipeline = tmp_path / "p.toml", tmp_path / "pipeline.toml"
    profile.write_text(f"name = {_toml(EVIL)}\n{_toml(EVIL)} = {_toml(EVIL)}\n")
    said = running("profiles", "check", str(profile))
    assert said.code == 2
    assert_seen(said.err)
    running("profiles", "show", str(profile))
    pipeline.write_text(f"[[station]]\nname = {_toml(EVIL)}\nplace = {_toml(EVIL)}\n{_toml(EVIL)} = 1\n")
    said = running("verify", "all", "delivery", RUN, "--pipeline", str(pipeline))
    assert said.code in (2, 3)
    assert_seen(said.err)


def test_names_of_files(running: Running, tmp_path: Path) -> None:
    name = str(tmp_path / EVIL.replace("/", "|"))
    for command in (
        ["profiles", "check", name],
        ["replay", name],
        ["verify", "all", "delivery", "--pipeline", name],
    ):
        said = running(*command, name)
        assert said.code in (2, 3)
        assert_seen(said.err.replace("|", "/"))
    bytes_name = os.fsdecode(os.fsencode(str(tmp_path)) + b"/\xff\x1b[2J.toml")
    Path(bytes_name).write_text("x")
    assert "\\udcff\\x1b[2J" in running("profiles", "check", bytes_name).err


def test_words_and_variables_of_the_command(running: Running) -> None:
    for command, env in (
        (["send", "--rate", EVIL], {}),
        (["send", f"--{EVIL}"], {}),
        ([EVIL], {}),
        (["send"], {"CLICKGEN_SEND_RATE": EVIL}),
        (["send", "--stream", "clicks", "--endpoint-url", EVIL], {}),
        (["send", "--stream", "clicks"], {"AWS_PROFILE": EVIL}),
    ):
        said = running(*command, env=env)
        assert said.code in (2, 3)
        assert "évil\\x1b[2J" in said.err


def test_recorded_events(running: Running, clickgen: CommandLine, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text(json.dumps({"page": EVIL, "time": "2026-01-01T00:00:00Z", EVIL: EVIL}) + "\n")
    assert running("replay", str(recorded)).code == 0
    by = ["expect", "--by", "page", "--field", "page=page"]
    running(*by)
    shown = running(*by, "--json")
    assert shown.code in (0, 2)


def test_a_terminal_gets_csv_in_which_nothing_acts(clickgen: CommandLine, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text(json.dumps({"page": EVIL, "time": "2026-01-01T00:00:00Z"}) + "\n")
    clickgen.run("replay", str(recorded))
    ask = ["expect", "--by", "page", "--field", "page=page", "--csv"]
    piped = clickgen.run(*ask)
    assert piped.code == 0, piped.err
    assert EVIL.splitlines()[0] in piped.out  # a file gets the words as they are
    # a quoted field of CSV may have several lines
    assert_harmless(_at_terminal(clickgen, ask).replace("\nFORGED", " FORGED"))


def _at_terminal(clickgen: CommandLine, arguments: list[str]) -> str:
    """What a terminal gets of a command."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        command = clickgen.command(arguments)
        process = subprocess.Popen(command, env=clickgen.environment, stdout=theirs, stderr=subprocess.DEVNULL)
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = screen.read(1 << 16)
            except OSError:  # nobody writes any more
                break
            if not piece:
                break
            seen += piece
        process.wait()
    return seen.decode().replace("\r\n", "\n")


def test_what_the_embedded_pipeline_says(capsys: pytest.CaptureFixture[str]) -> None:
    notices.say(EVIL)
    told: Any = capsys.readouterr()
    assert_harmless(told.err)
    assert_seen(told.err)
