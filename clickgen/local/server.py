"""The server: one event loop on the loopback interface, from the ready line to the last flush."""

import asyncio
import ctypes
import errno
import gc
import os
import resource
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.limits import DEFAULT_BUFFER_MB, DEFAULT_BUFFER_SECONDS
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.prefix import has_expression
from clickgen.local.platform.admin import Admin
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.door import Door
from clickgen.local.platform.endpoint import application
from clickgen.local.platform.errors import LocalProblem, ServiceError, WrongUse
from clickgen.local.platform.faults import FaultBoard, FaultSettings
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.limits import ACCOUNT, MEBIBYTE
from clickgen.local.platform.notices import say
from clickgen.local.platform.parent import Parent
from clickgen.local.platform.web import web
from clickgen.local.services import EmbeddedServices

_MALLOC = {-3: 32 * MEBIBYTE, -1: 256 * MEBIBYTE}  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD of malloc.h
_HOST = "127.0.0.1"
_REGION = "us-east-1"
_PARENT_POLL_SECONDS = 0.2
_LAST_ANSWERS_SECONDS = 1.0
_OPEN_FILES = 65_536  # far more than the streams of a pipeline have partitions


@dataclass(frozen=True)
class NewStreams:
    """Streams to create at the start where there are none of these names, all with the same settings."""

    names: tuple[str, ...] = ()
    bucket: str = "clickgen-lake"
    prefix: str | None = None
    buffer_mb: int = DEFAULT_BUFFER_MB
    buffer_seconds: int = DEFAULT_BUFFER_SECONDS
    compression: str = "UNCOMPRESSED"


@dataclass(frozen=True)
class ServeOptions:
    """How to serve: `port` 0 takes a free one; with `parent` the server ends when that process does.

    wait_seconds: how long to wait for another server to let go of the lake.
    speedup: how many times shorter than at AWS the services' durations are.
    """

    lake: Path
    port: int = 0
    parent: int | None = None
    wait_seconds: float = 0.0
    streams: NewStreams = field(default_factory=NewStreams)
    faults: FaultSettings = field(default_factory=FaultSettings)
    speedup: float = 1.0


def serve(options: ServeOptions) -> None:
    """Serve until SIGTERM, SIGINT (not with a parent: it decides) or the parent's death, then flush.

    Prints one line of JSON on stdout when ready: `endpoint_url`, `dir`, `pid`. LocalProblem if the port or the
    lake cannot be had, or if something could not be delivered at the end.
    """
    if options.parent is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    lake = Lake(options.lake.absolute())
    lake.hold(options.wait_seconds)
    with _listening(options.port) as listener:
        left = asyncio.run(_serve(options, lake, listener))
    lake.release()
    if left:
        raise LocalProblem(
            f"{left} buffers could not be delivered; their records stay in {lake.streams}.",
            f"When the cause is gone: clickgen local drain --dir {lake.root}",
        )


async def _serve(options: ServeOptions, lake: Lake, listener: socket.socket) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if options.parent is None:
        loop.add_signal_handler(signal.SIGINT, stop.set)
    faults = FaultBoard(options.faults)
    clock = ServiceClock(options.speedup)
    services = EmbeddedServices(lake, _endpoint(listener), faults, clock)
    _create(options.streams, services.pipeline)
    about = {"endpoint_url": _endpoint(listener), "lake": str(lake.root), "pid": os.getpid()}
    admin = Admin(services.all, faults, stop.set, about, services.logs)
    door = Door()
    runner = web.AppRunner(
        application(services.all, services.s3, admin, door),
        access_log=None,
        auto_decompress=False,
        shutdown_timeout=_LAST_ANSWERS_SECONDS,
        read_bufsize=MEBIBYTE,
    )
    await runner.setup()
    await web.SockSite(runner, listener, backlog=1024).start()
    _keep_memory()
    _raise_file_limit()
    _announce(lake, _endpoint(listener))
    await _until(stop, Parent(options.parent) if options.parent is not None else None)
    await door.close(_LAST_ANSWERS_SECONDS + options.faults.latency)
    left = await services.close()
    await runner.cleanup()
    return left


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as error:
        listener.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        raise LocalProblem(f"Port {port} of {_HOST} {reason}.", "--port 0 takes a free one.") from error
    return listener


def _raise_file_limit() -> None:
    """Let the server have as many files open as it may: a partitioned stream needs two for each partition."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(most, _OPEN_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _keep_memory() -> None:
    """Spare glibc mapping each request body anew, and the collector what stays: a quarter of the CPU."""
    gc.freeze()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, size in _MALLOC.items():
            mallopt(parameter, size)


def _create(wanted: NewStreams, pipeline: EmbeddedPipeline) -> None:
    body = {
        "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/clickgen-local",
        "BucketARN": f"arn:aws:s3:::{wanted.bucket}",
        "BufferingHints": {"SizeInMBs": wanted.buffer_mb, "IntervalInSeconds": wanted.buffer_seconds},
        "CompressionFormat": wanted.compression,
        "Prefix": wanted.prefix,
    }
    if has_expression(wanted.prefix or ""):
        body["ErrorOutputPrefix"] = "errors/!{firehose:error-output-type}/"
    for name in wanted.names:
        if name in pipeline.names:
            say(f"the stream {name} is there already and keeps its settings")
            continue
        try:
            request = {"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": body}
            pipeline.create(new_state(request, _REGION), at_once=True)
        except ServiceError as error:
            raise WrongUse(
                f"The stream {name} cannot be created: {error.message}", "see --stream, --bucket and --prefix"
            ) from error


def _endpoint(listener: socket.socket) -> str:
    return f"http://{_HOST}:{listener.getsockname()[1]}"


def _announce(lake: Lake, endpoint_url: str) -> None:
    ready = {"endpoint_url": endpoint_url, "dir": str(lake.root), "pid": os.getpid()}
    sys.stdout.write(orjson.dumps(ready).decode() + "\n")
    sys.stdout.flush()
    say(f"Firehose on {ready['endpoint_url']}, objects in {lake.root}/BUCKET/KEY; Ctrl-C flushes and stops")


async def _until(stop: asyncio.Event, parent: Parent | None) -> None:
    if parent is None:
        await stop.wait()
        return
    while parent.alive():
        try:
            await asyncio.wait_for(stop.wait(), _PARENT_POLL_SECONDS)
        except TimeoutError:
            continue
        return
