"""Forks `clickgen` for the tests: each command is a process of its own, with everything imported already.

As after `python -m clickgen`, but for the seed of Python's hashes, which all forks of a server have in common.
"""

import atexit
import gc
import importlib
import json
import multiprocessing.process
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import Any, NoReturn

import clickgen

REQUEST_BYTES = 100_000
# imported by functions of clickgen, when they are called
_LATER = (
    "boto3.session", "botocore.client", "duckdb", "faker", "jinja2", "matplotlib.backends.backend_svg",
    "matplotlib.figure", "pyarrow.parquet", "rich.live", "rich.progress", "rich.table",
)  # fmt: skip
_ENDING = 0  # standard input, which is never read
_NOT_WARM = ("__main__", "bench")  # run by being imported; starts processes of its own, which is what it measures


def _warm_up() -> None:
    for module in pkgutil.walk_packages(clickgen.__path__, "clickgen."):
        if not set(_NOT_WARM) & set(module.name.split(".")):
            with suppress(ImportError):
                importlib.import_module(module.name)
    importlib.import_module("tests.support.forked_pipeline")
    for name in _LATER:
        with suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is shared by all is not copied by looking at it


def _serve(listener: socket.socket) -> None:
    """Fork for each connection, and say there how it ended, until who started this closes its standard input."""
    running: dict[int, tuple[int, socket.socket]] = {}
    address = listener.getsockname()
    while True:
        ready, _, _ = select.select([_ENDING, listener.fileno(), *running], [], [])
        if _ENDING in ready:
            return
        for ended in running.keys() & set(ready):
            child, asked = running.pop(ended)
            _, status = os.waitpid(child, 0)
            os.close(ended)
            with asked, suppress(OSError):  # who asked has given up
                asked.send(str(os.waitstatus_to_exitcode(status)).encode())
        if listener.fileno() in ready:
            connection, _ = listener.accept()
            text, streams, _, _ = socket.recv_fds(connection, REQUEST_BYTES, 3)
            child = os.fork()
            if child == 0:
                for other in (listener, connection, *(asked for _, asked in running.values())):
                    other.close()
                _become(json.loads(text), streams, address)
            for stream in streams:
                os.close(stream)
            connection.send(str(child).encode())
            running[os.pidfd_open(child)] = child, connection


def _become(request: dict[str, Any], streams: list[int], address: str) -> NoReturn:
    """What `python -m clickgen` does."""
    from tests.support.forked_pipeline import start_pipelines_at  # noqa: PLC0415  # it asks this server

    code: object = 1
    try:
        if request.get("session"):
            os.setsid()
        start_pipelines_at(address)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        sys.path[0] = request["folder"]
        vars(multiprocessing.process)["ORIGINAL_DIR"] = request["folder"]  # where what it starts begins
        sys.argv = ["clickgen", *request["words"]]
        runpy.run_module("clickgen", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  # nothing may come back into the server
        traceback.print_exc()
    # as Python ends, but for taking down every module, which would copy all that is shared
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


def main() -> NoReturn:
    """Import everything, then serve at the listening socket whose number is given."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    _warm_up()
    _serve(listener)
    sys.exit()


if __name__ == "__main__":
    main()
