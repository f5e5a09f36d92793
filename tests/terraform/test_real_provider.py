"""The examples by the real AWS provider, where this machine has it: applied, used and destroyed without AWS.

Services that events pass are in the embedded pipeline, the others (roles, logs, alarms, queues, networks) in moto.
A provider of another version than the examples ask for is tried all the same, with its version in a copy of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.conftest import CommandLine
from tests.support.local_server import LocalServer
from tests.terraform.core import EXAMPLES, NAMES, copied, running_core
from tests.terraform.real_provider import RealTerraform, find

FOUND = find()
EMBEDDED = (
    "athena", "dynamodb", "firehose", "glue", "kinesis", "lambda", "pipes", "redshiftdata", "redshiftserverless",
    "s3",
)  # fmt: skip
OTHERS = ("cloudwatch", "ec2", "iam", "logs", "secretsmanager", "sqs", "sts")
PLANNED_ONLY = ("dynamodb-redshift",)
"""Firehose finds a warehouse by the name that AWS gives it in a network, and the embedded Redshift has none."""
NOT_HERE = {
    "parquet-lake": """
module "convert" {
  layers = []
}

resource "aws_lambda_function_event_invoke_config" "convert" {
  destination_config {
    on_failure {
      destination = module.processed.arn
    }
  }
}
"""
}
"""What an example has of AWS's alone: layers that AWS shares, and failures in a queue, here kept in a bucket."""
ACCOUNT = "000000000000"  # of the embedded pipeline; moto is told to have the same

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(isinstance(FOUND, str), reason=str(FOUND)),
]


@contextmanager
def moto() -> Iterator[str]:
    """The endpoint of a moto server."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


def provider_override(embedded: str, others: str) -> str:
    """What makes the example's provider talk to these endpoints."""
    endpoints = {**dict.fromkeys(EMBEDDED, embedded), **dict.fromkeys(OTHERS, others)}
    lines = "\n".join(f'    {service} = "{endpoint}"' for service, endpoint in endpoints.items())
    return f"""
provider "aws" {{
  access_key                  = "test"
  secret_key                  = "test"
  max_retries                 = 2
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {{
{lines}
  }}
}}
"""


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_planned_applied_used_and_destroyed(
    name: str, tmp_path: Path, clickgen: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(FOUND, RealTerraform)
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    folder = copied(name, tmp_path)
    (folder / "example_override.tf").write_text(NOT_HERE.get(name, ""))
    variables = ["-input=false", "-var=force_destroy=true"]
    FOUND.allow_version(tmp_path)
    providers = FOUND.providers(tmp_path)
    environment = FOUND.environment(providers, tmp_path)
    server = LocalServer(tmp_path / "lake")
    try:
        with moto() as others, running_core(providers) as core:
            core.enter(folder)
            (folder / "endpoints_override.tf").write_text(provider_override(server.endpoint, others))

            def terraform(*arguments: str) -> None:
                done = FOUND.run(folder, environment, *arguments)
                assert done.returncode == 0, done.stdout[-2000:] + done.stderr

            terraform("init", "-input=false")
            if name in PLANNED_ONLY:
                terraform("plan", *variables)
                return
            terraform("apply", "-auto-approve", *variables)
            terraform("plan", "-detailed-exitcode", *variables)  # there is nothing to change
            _use(name, folder, server.endpoint, clickgen)
            terraform("destroy", "-auto-approve", *variables)
    finally:
        server.stop()


def _use(name: str, folder: Path, endpoint: str, clickgen: CommandLine) -> None:
    """Send events to what is deployed, and verify each station, by the names that its outputs say."""
    access = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    deployed = ["--pipeline", str(EXAMPLES / name), "--from-terraform", str(folder)]
    sent = clickgen.run("send", *deployed, "--events", "200", "--rate", "100", "--yes", env=access)
    assert sent.code == 0, sent.err
    verified = clickgen.run("verify", "all", "delivery", *deployed, "--wait", "5m", env=access, timeout=400)
    assert verified.code == 0, verified.out + verified.err
