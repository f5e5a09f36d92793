"""Telling the lake's S3 of delivered objects from the threads that deliver them."""

import asyncio
from concurrent.futures import Future

from clickgen.local.platform.links import Objects


class Announcements:
    """Passes on to the event loop, where `objects` belongs, what a thread has to say of an object."""

    def __init__(self, objects: Objects, loop: asyncio.AbstractEventLoop) -> None:
        self._objects = objects
        self._loop = loop

    def describe(self, bucket: str, key: str, headers: dict[str, str]) -> None:
        """Have the headers of an object remembered before it appears."""
        done: Future[None] = Future()

        def remember() -> None:
            try:
                self._objects.describe(bucket, key, headers)
            except Exception as error:  # noqa: BLE001  # raised again in the thread that asked
                done.set_exception(error)
            else:
                done.set_result(None)

        self._loop.call_soon_threadsafe(remember)
        done.result()

    def created(self, bucket: str, key: str) -> None:
        """Tell that an object has appeared."""
        self._loop.call_soon_threadsafe(self._objects.created, bucket, key)
