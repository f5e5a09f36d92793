"""Events that clickgen writes to a file and somebody else ships: delivered or lost, it shows."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CREDENTIALS, CommandLine
from tests.support.independent_s3 import serve_s3

SHIP = Path(__file__).resolve().parents[2] / "examples" / "ship.py"
GO_AGAIN = "    records += failed\n"


def written(clickgen: CommandLine, folder: Path) -> Path:
    """4,000 events of a run in a file."""
    file = folder / "clicks.jsonl"
    sent = clickgen.run("send", "--rate", "max", "--events", "4000", "--to", f"file:{file}", "--json")
    assert (sent.code, sent.json["accepted"]) == (0, 4000), sent.err
    return file


@pytest.mark.parametrize("loses", [False, True])
def test_a_shipper_that_forgets_what_failed_is_found(clickgen: CommandLine, tmp_path: Path, loses: bool) -> None:
    file, script = written(clickgen, tmp_path), tmp_path / "ship.py"
    text = SHIP.read_text()
    assert GO_AGAIN in text
    script.write_text(text.replace(GO_AGAIN, "") if loses else text)
    with clickgen.serving("--stream", "clicks", "--fail-records", "0.02") as endpoint:
        shipped = subprocess.run(
            [sys.executable, str(script), str(file), "clicks", endpoint],
            env={**clickgen.environment, **CREDENTIALS},
            capture_output=True,
            text=True,
            check=True,
        )
    assert not shipped.stdout.startswith("shipped, after 0 ")
    lake = ["--at", str(clickgen.home / "lake")]
    found = clickgen.run("verify", "s3", "delivery", *lake, "--wait", "0s", "--json")
    account = found.json
    # whoever ships may take as long as a stream buffers; the shipper that has ended is judged by the file itself
    assert (found.code, account["verdict"]) == ((4, "incomplete") if loses else (0, "verified")), found.err
    assert account["delivered"] + account["pending"] == 4000
    assert (account["pending"] > 20) is loses
    listed = clickgen.run(
        "verify", "s3", "delivery", *lake, "--ids", str(file), "--id-field", "event_id", "--json"
    )
    assert (listed.code, listed.json["verdict"]) == ((1, "anomalous") if loses else (0, "verified")), listed.err
    assert (listed.json["found"], listed.json["missing"]) == (account["delivered"], account["pending"])


@pytest.mark.parametrize("loses", [False, True])
def test_what_rclone_ships_is_proved_in_the_bucket(clickgen: CommandLine, tmp_path: Path, loses: bool) -> None:
    file = written(clickgen, tmp_path)
    spool, bucket = tmp_path / "spool", tmp_path / "buckets" / "lake"
    spool.mkdir()
    bucket.mkdir(parents=True)
    lines = file.read_bytes().splitlines(keepends=True)
    for part in range(4):
        (spool / f"part-{part}.jsonl").write_bytes(b"".join(lines[part * 1000 : (part + 1) * 1000]))
    with serve_s3(bucket.parent) as s3:
        rclone = shutil.which("rclone", path=str(Path(sys.executable).parent)) or "rclone"
        remote = f":s3,provider=Other,env_auth=true,endpoint='{s3.endpoint}':lake/in"
        filters = ["--exclude", "part-2.jsonl"] if loses else []
        subprocess.run(
            [rclone, "copy", "--config", "/dev/null", *filters, str(spool), remote],
            env={**clickgen.environment, **s3.environment},
            capture_output=True,
            check=True,
        )
        found = clickgen.run(
            "verify", "s3", "delivery", "--at", "s3://lake/in/", "--endpoint-url", s3.endpoint,
            "--wait", "0s", "--json", env=s3.environment,
        )  # fmt: skip
    assert (found.code, found.json["verdict"]) == ((4, "incomplete") if loses else (0, "verified")), found.err
    assert found.json["pending"] == (1000 if loses else 0)
