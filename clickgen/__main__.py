"""The `clickgen` command and `python -m clickgen`: stopped while Python still imports, it ends without a word."""

import gc
import os
import signal

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130  # ExitCode.INTERRUPTED, which is not imported yet
_COLLECT_AFTER = 50_000  # new objects; Python's 700 make the collector a tenth of what imports cost


def main() -> None:
    """Run the command line. What stops it before it can say anything finds nothing begun."""
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: os._exit(_INTERRUPTED))
    # to look for plugins pydantic reads the metadata of everything installed, and clickgen wants none
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # numpy's threads for matrices spin at their start, and nothing here multiplies matrices
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(_COLLECT_AFTER)
    from clickgen.cli.main import main as command_line  # noqa: PLC0415  # first a stop has to be answered

    command_line()


if __name__ == "__main__":
    main()
