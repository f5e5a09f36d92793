"""What stops the command becomes a KeyboardInterrupt, wherever Python would show or lose one: a moment later."""

import signal
import sys
from types import FrameType

_AGAIN_S = 0.02
_IMPORTING = "<frozen importlib"


def raise_interrupts() -> None:
    """Let SIGINT, SIGTERM and a closed terminal raise KeyboardInterrupt in the main thread."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _interrupt)
    sys.unraisablehook = _unraisable


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise it, but not in the middle of an import: there Python shows it with a traceback, or swallows it."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            _send_again(number)
            return
        frame = frame.f_back
    raise KeyboardInterrupt


def _send_again(number: int) -> None:
    """Let the signal come once more in a moment; whoever answers it by then gets it."""
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """An interrupt that met a finaliser, which cannot raise it, is sent again; all else is Python's to show."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _send_again(signal.SIGINT)
    else:
        sys.__unraisablehook__(unraisable)
