"""What a start must not import: every command would pay for it, most of all the small ones."""

import subprocess
import sys

import pytest

SERVICES = "boto3 botocore urllib3 tenacity asyncio aiohttp"
OTHERS = "clickgen.local.athena.service clickgen.local.dynamodb.service clickgen.local.glue.service"


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        # a worker loads the tables that its parent drew
        ("clickgen.run.worker", f"{SERVICES} faker sqlite3 clickgen.profile.model"),
        ("clickgen.run.session clickgen.run.targets.file", f"{SERVICES} faker clickgen.run.worker"),
        ("clickgen.profile.load clickgen.profile.tables", f"{SERVICES} faker"),
        ("clickgen.view.runs", f"{SERVICES} clickgen.schema.registry clickgen.profile.tables"),
        ("clickgen.local.server", f"{OTHERS} boto3 numpy duckdb"),
    ],
)
def test_a_start_leaves_out_what_it_does_not_use(modules: str, heavy: str) -> None:
    look = f"import sys, {', '.join(modules.split())}\nprint(*(set({heavy.split()!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
