"""How much may still be billed, shared by the senders of a worker."""

import threading


class BilledBytesCap:
    """A number of billed bytes that is never exceeded. None is no bound."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._spent = 0
        self._lock = threading.Lock()
        self.exhausted = False

    @property
    def spent(self) -> int:
        """Billed bytes so far: what was accepted, and what got no answer and may have been."""
        return self._spent

    def take(self, size: int) -> bool:
        """Reserve billed bytes before they leave; False, and for good, where that would pass the bound."""
        with self._lock:
            if self._most is not None and self._spent + size > self._most:
                self.exhausted = True
                return False
            self._spent += size
            return True

    def give_back(self, size: int) -> None:
        """Return what the service refused and so does not bill."""
        with self._lock:
            self._spent -= size
