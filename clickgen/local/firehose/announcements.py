"""Telling the lake's S3 of delivered objects from the threads that deliver them."""

import asyncio

from clickgen.local.platform.links import Objects


class Announcements:
    """Passes on to the event loop, where `objects` belongs, what a thread has to say of an object."""

    def __init__(self, objects: Objects, loop: asyncio.AbstractEventLoop) -> None:
        self._objects = objects
        self._loop = loop

    def describe(self, bucket: str, key: str, headers: dict[str, str]) -> None:
        """Have the headers of an object remembered before it appears."""

        async def remember() -> None:
            self._objects.describe(bucket, key, headers)

        asyncio.run_coroutine_threadsafe(remember(), self._loop).result()

    def created(self, bucket: str, key: str) -> None:
        """Tell that an object has appeared."""
        self._loop.call_soon_threadsafe(self._objects.created, bucket, key)
