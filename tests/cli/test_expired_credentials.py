"""Credentials that expire in mid-run: the run pauses and goes on with fresh ones; without any it ends closed."""

import json
import time
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.wire import wire

OLD, NEW = "AKIAOLD", "AKIANEW"
EXPIRED = (400, b'{"__type":"ExpiredTokenException","message":"the token is expired"}')


def keep(file: Path, key: str) -> None:
    """Put a profile's credentials there, whole at once."""
    aside = file.with_suffix(".new")
    aside.write_text(f"[dev]\naws_access_key_id = {key}\naws_secret_access_key = secret\n")
    aside.replace(file)


def accepted(body: bytes) -> tuple[int, bytes]:
    """Everything is taken; nothing is described."""
    records = json.loads(body).get("Records")
    if records is None:
        return 400, b'{"__type":"AccessDeniedException","message":"no"}'
    entries = [{"RecordId": str(n)} for n in range(len(records))]
    return 200, json.dumps({"FailedPutCount": 0, "RequestResponses": entries}).encode()


@pytest.fixture
def credentials(clickgen: CommandLine, tmp_path: Path) -> Path:
    """A profile `dev` whose credentials are still good."""
    file = tmp_path / "credentials"
    clickgen.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(file)
    keep(file, OLD)
    return file


def to(url: str) -> list[str]:
    """The options of a run there."""
    stream = ["--stream", "clicks", "--endpoint-url", url, "--region", "us-east-1", "--aws-profile", "dev"]
    return ["send", *stream, "--rate", "500", "--events", "3000", "--max-attempts", "1", "--json"]


def test_fresh_credentials_are_taken_up(clickgen: CommandLine, credentials: Path) -> None:
    with wire(accepted) as server:
        began = time.monotonic()

        def answer(body: bytes) -> tuple[int, bytes]:
            key = server.headers[-1]["Authorization"]
            if OLD not in key or time.monotonic() < began + 4:
                return accepted(body)
            keep(credentials, NEW)  # somebody logs in
            return EXPIRED

        server.respond = answer
        sent = clickgen.run(*to(server.url))
    account = sent.json
    assert sent.code == 0, sent.err
    assert account["accepted"] == 3000
    assert account["attempts"] > account["batches"]
    assert any(NEW in headers["Authorization"] for headers in server.headers)


def test_a_run_that_nobody_logs_in_for_ends_with_its_account_closed(
    clickgen: CommandLine, credentials: Path
) -> None:
    with wire(lambda body: EXPIRED if b'"Records"' in body else accepted(body)) as server:
        sent = clickgen.run(*to(server.url), "--give-up-after", "1s")
    account = sent.json
    assert sent.code == 3
    assert "the credentials have expired" in sent.err
    assert "aws sso login --profile dev" in sent.err
    assert account["accepted"] == 0
    assert account["planned"] == sum(account[state] for state in ("accepted", "rejected", "unknown", "unsent"))


def test_a_login_that_expired_before_the_run_is_told_from_an_endpoint_out_of_reach(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Sender\n"
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n"
    )
    clickgen.environment["AWS_CONFIG_FILE"] = str(config)
    with wire(accepted) as server:
        sent = clickgen.run(*to(server.url))
    assert sent.code == 3
    assert "aws sso login --profile dev" in sent.err
    assert not server.bodies
