"""The `clickgen` command and `python -m clickgen`: stopped while Python still imports, it ends without a word."""

import os
import signal

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130  # ExitCode.INTERRUPTED, which is not imported yet


def main() -> None:
    """Run the command line. What stops it before it can say anything finds nothing begun."""
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: os._exit(_INTERRUPTED))
    # to look for plugins pydantic reads the metadata of everything installed, and clickgen wants none
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from clickgen.cli.main import main as command_line  # noqa: PLC0415  # first a stop has to be answered

    command_line()


if __name__ == "__main__":
    main()
