"""What is said of a collector: options, secrets, certificates, proxies and signatures, and what is refused."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from clickgen.cli.http_options import BODIES
from clickgen.sink.http_bodies import FORMS
from tests.conftest import CREDENTIALS, CommandLine, Said
from tests.support.collector import OK, Collector, Reply, collector
from tests.support.under_way import until_accepted

QUICK = ["--rate", "max", "--events", "300", "--lanes", "1", "--workers", "1"]
SECRET = "t0ken-that-nobody-sees"


def send(clickgen: CommandLine, server: Collector, *more: str) -> Said:
    """Send 300 events there."""
    return clickgen.run("send", "--to", server.url, *QUICK, "--json", *more)


def test_values_are_in_requests_and_nowhere_else(clickgen: CommandLine, tmp_path: Path) -> None:
    clickgen.environment["COLLECTOR_KEY"] = SECRET
    bad = Reply(400, f"what is {SECRET}? Bearer {SECRET}".encode())
    with collector(lambda request: bad if request.number == 2 else OK) as server:
        running = clickgen.start(
            "send", "--to", server.url, "--rate", "200", "--duration", "4s", "--workers", "1", "--yes",
            "--http-header", "X-Api-Key=@COLLECTOR_KEY", "--http-query", "key=@COLLECTOR_KEY",
        )  # fmt: skip
        until_accepted(clickgen, 100, running)
        processes = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in group_of(running.pid)]
        out, err = running.communicate(timeout=60)
        assert {request.headers["X-Api-Key"] for request in server.arrived} == {SECRET}
        assert {request.query["key"] for request in server.arrived} == {SECRET}
    assert running.returncode == 1
    assert len(processes) > 1
    shown = clickgen.run("runs", "show")
    written = [path.read_bytes() for path in clickgen.home.rglob("*") if path.is_file()]
    for text in (*processes, *written, out, err, shown.out.encode(), shown.err.encode()):
        assert SECRET.encode() not in text
    assert "X-Api-Key=@COLLECTOR_KEY" in shown.out


def group_of(leader: int) -> list[int]:
    """The processes of a process group."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, group in map(str.split, listed.splitlines()) if int(group) == leader]


def test_requests_are_signed_for_aws_when_asked(clickgen: CommandLine) -> None:
    with collector() as server:
        unsigned = send(clickgen, server, "--region", "eu-west-1")
        assert unsigned.code == 2
        nobody = send(clickgen, server, "--http-sigv4", "execute-api", "--region", "eu-west-1")
        assert (nobody.code, "no AWS credentials" in nobody.err) == (3, True), nobody.err
        clickgen.environment.update(CREDENTIALS)
        signed = send(clickgen, server, "--http-sigv4", "execute-api", "--region", "eu-west-1")
        assert signed.code == 0, signed.err
    scope = f"/{time.strftime('%Y%m%d', time.gmtime())}/eu-west-1/execute-api/aws4_request"
    assert all(scope in request.headers["Authorization"] for request in server.arrived)


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    """A key and its certificate for 127.0.0.1, of an authority that nobody trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, made, both = tmp_path / "key.pem", tmp_path / "made.pem", tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
         "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(made)],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return str(both)


def test_a_certificate_that_is_not_trusted_ends_the_run_before_an_event_leaves(
    clickgen: CommandLine, certificate: str
) -> None:
    with collector(certificate=certificate) as server:
        sent = send(clickgen, server)
        assert sent.code == 3
        assert "certificate that is not trusted: self-signed certificate" in sent.err
        assert not list(clickgen.home.glob("runs/*"))
        trusted = clickgen.run("send", "--to", server.url, *QUICK, "--json", env={"SSL_CERT_FILE": certificate})
        assert trusted.code == 0, trusted.err
    assert sum(len(request.document) for request in server.taken) == 300


def test_the_proxy_of_the_environment_is_used_and_named(clickgen: CommandLine) -> None:
    with collector() as proxy:
        # to a proxy, a request names the whole URL
        there = {"HTTP_PROXY": proxy.url.replace("://", "://me:pa55word@"), "http_proxy": "", "NO_PROXY": ""}
        there["http_proxy"] = there["HTTP_PROXY"]
        sent = clickgen.run(
            "send", "--to", "http://collector.example/in", *QUICK, "--yes", "--json", env=there | {"no_proxy": ""}
        )
        assert sent.code == 0, sent.err
        assert f"by the proxy {proxy.url}" in sent.err
        assert "pa55word" not in sent.err
        assert {request.target for request in proxy.arrived} == {"http://collector.example/in"}


def test_somebody_elses_collector_is_asked_about_first(clickgen: CommandLine) -> None:
    with collector() as proxy:
        there = {"http_proxy": proxy.url, "no_proxy": "", "NO_PROXY": ""}
        sent = clickgen.run("send", "--to", "http://collector.example/in", *QUICK, env=there)
    assert sent.code == 2
    assert "sending to collector.example without a terminal" in sent.err
    assert not proxy.arrived


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--http-header", "X"], "not a header"),
        (["--http-header", "X=@NOT_THERE"], "NOT_THERE"),
        (["--max-usd", "1"], "nothing is known of what it charges"),
        (["--threshold", "cost_usd<1"], "nothing is known of what it charges"),
        (["--endpoint-url", "http://127.0.0.1:9"], "--endpoint-url"),
        (["--pack"], "a request holds many events already"),
        (["--schema", "combined", "--http-body", "json"], "lines of text"),
        (["--schema", "flat", "--http-body", "snowplow"], "--schema snowplow"),
        (["--schema", "ga4"], "measurement_id and api_secret"),
        (["--schema", "segment", "--http-bytes", "600000"], "a Segment batch has at most 500,000"),
        (["--malformed", "1%"], "--http-body ndjson"),
        (["--http-stream", "clicks"], "put-record-batch"),
    ],
)
def test_what_cannot_be_meant_is_refused(clickgen: CommandLine, arguments: list[str], words: str) -> None:
    with collector() as server:
        sent = send(clickgen, server, *arguments)
        assert sent.code == 2
        assert words in sent.err
        assert not server.arrived


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("https://me:pa55word@127.0.0.1/", "password"),
        ("https://127.0.0.1/?api_secret=pa55word", "--http-query api_secret=@VARIABLE"),
        ("http://", "does not name a collector"),
        ("https://a b/", "does not name a collector"),
        ("https://127.0.0.1:99999/", "does not name a collector"),
    ],
)
def test_addresses_that_are_none_or_hold_secrets_are_refused(clickgen: CommandLine, to: str, words: str) -> None:
    refused = clickgen.run("send", "--to", to, "--events", "5")
    assert refused.code == 2
    assert words in refused.err
    assert "pa55word" not in refused.err


def test_help_names_the_forms_there_are() -> None:
    assert set(BODIES) == set(FORMS)
