"""A clock that tests hold."""


class HeldClock:
    """A clock that moves only when told to wait."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """Seconds since the clock was made."""
        return self.seconds

    def wall_ms(self) -> int:
        """The same, as Unix time in milliseconds."""
        return round(self.seconds * 1000)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
