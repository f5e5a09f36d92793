"""Threads that compute take turns.

Only one thread has the interpreter at a time, and every larger numpy operation, base64 text or hash releases it to
another. Threads that all compute then take it from one another thousands of times a second, and each finds the
processor's cache filled by the others: making events costs about twice as much. With turns a thread computes a
whole piece, a block of events or the body of a call, and waits for the network without its turn.
"""

import threading
import time

_PATIENCE_S = 0.0005


class GilTurn:
    """A lock for one thread at a time. Threads that send go before those that prepare what is due later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = threading.Lock()
        self._senders = 0
        self._holder = 0

    def take_to_send(self) -> None:
        """Wait for the turn, before any thread that prepares."""
        with self._count:
            self._senders += 1
        self._lock.acquire()
        self._holder = threading.get_ident()
        with self._count:
            self._senders -= 1

    def take_to_prepare(self) -> None:
        """Wait for the turn until no sender wants it."""
        while True:
            self._lock.acquire()
            if not self._senders:
                self._holder = threading.get_ident()
                return
            self._lock.release()
            time.sleep(_PATIENCE_S)

    def give(self) -> None:
        """Give the turn back, if this thread has it."""
        if self._holder == threading.get_ident():
            self._holder = 0
            self._lock.release()
