"""What a run shows if nothing is wanted."""


class Silence:
    """Takes in events, and shows nothing."""

    def start(self) -> None:
        """There is nothing to get ready."""

    def handle(self, event: object) -> None:
        """Leave it unsaid."""

    def close(self) -> None:
        """There is nothing to let go of."""
