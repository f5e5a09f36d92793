"""A pipeline on this machine for as long as a test or a session lasts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickgen.api.command import carry_out
from clickgen.api.sending import send
from clickgen.api.words import Value, option_words
from clickgen.cli.embedded import BUCKET, STREAM, local_server
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.run.run_report import RunReport

REGION = "us-east-1"
QUICK_BUFFER_S = 1  # what a test sends is in the lake a second later, or sooner if it asks for 0
QUICK_SPEEDUP = 60  # the same for a description: its buffer of a minute lasts a second


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline that runs on this machine: an embedded Firehose, or what a pipeline.toml describes."""

    endpoint_url: str  # of all its services
    entry: str  # where events enter it, like firehose:clicks
    lake: Path  # the folder that stands for S3: objects are at lake/BUCKET/KEY
    home: Path  # the folder of its runs
    file: Path | None = None  # that describes it, if one does
    region: str = REGION

    @property
    def stream(self) -> str:
        """The name of the stream, or of what else events enter at."""
        return self.entry.partition(":")[2]

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead an SDK here, and clickgen to this home."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "CLICKGEN_HOME": str(self.home),
        }

    def client(self, service: str) -> Any:
        """A boto3 client for a service of this pipeline."""
        import boto3  # noqa: PLC0415  # a producer may use another SDK

        return boto3.client(
            service,  # type: ignore[call-overload]  # any service
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",  # noqa: S106  # signatures are not checked
        )

    def send(self, **options: Any) -> RunReport:
        """`clickgen.send` into this pipeline; with stream= or to=, to another place of it."""
        __tracebackhide__ = True
        if self.file is not None and not options.keys() & {"stream", "to"}:
            target: dict[str, Any] = {"pipeline": self.file}
        else:
            target = {"endpoint_url": self.endpoint_url, "region": self.region}
            target |= {} if options.keys() & {"stream", "to"} else {"to": self.entry}
        try:
            return send(**{"home": self.home, "environment": self.environment, **target, **options})
        except ClickgenError as problem:
            raise problem.with_traceback(None) from None


@contextmanager
def running_pipeline(folder: Path, description: Path | None = None, **options: Value) -> Iterator[Pipeline]:
    """Run a pipeline in this folder; at its end what it holds is delivered and it is stopped.

    description: a pipeline.toml or the folder with it; without it, one Firehose stream that delivers to the lake.
    options: those of `clickgen local up`, or of `clickgen local serve` if there is no description, by their names
    with _ for -. Buffers are quick unless they say otherwise. Raises ClickgenError if the pipeline cannot start.
    """
    home = folder / "home"
    if description is not None:
        with _described(description, home, options) as pipeline:
            yield pipeline
        return
    settings = {"stream": STREAM, "bucket": BUCKET, "buffer_seconds": QUICK_BUFFER_S, **options}
    with local_server([*option_words(settings), f"--home={home}"]) as endpoint:
        # Firehose makes it with the first object; until then there is nowhere to look
        (home / "lake" / str(settings["bucket"])).mkdir(exist_ok=True)
        yield Pipeline(endpoint, f"firehose:{settings['stream']}", home / "lake", home)


@contextmanager
def _described(description: Path, home: Path, options: dict[str, Value]) -> Iterator[Pipeline]:
    settings = {"speedup": QUICK_SPEEDUP, "parent": os.getpid(), "home": home, "json": True, **options}
    started = carry_out(["local", "up", *option_words(settings), "--", str(description)])
    if (problem := started.problem()) is not None:
        raise problem
    about = started.document or {}
    try:
        yield Pipeline(about["endpoint_url"], about["entry"], Path(about["lake"]), home, Path(about["file"]))
    finally:
        stopped = carry_out(["local", "down", f"--home={home}", "--", about["file"]])
        if stopped.code:
            raise EnvironmentProblem(f"the pipeline of {about['file']} did not stop: {stopped.text}")
