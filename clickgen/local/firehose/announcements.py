"""Asking and telling the lake's S3 about delivered objects from the threads that deliver them."""

import asyncio

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.links import Objects


class Announcements:
    """Passes on to the event loop, where `objects` belongs, what a thread has to say of an object."""

    def __init__(self, objects: Objects, loop: asyncio.AbstractEventLoop) -> None:
        self._objects = objects
        self._loop = loop

    def prepare(self, bucket: str, key: str, headers: dict[str, str]) -> bool:
        """Have an object expected that is about to appear; whether a planted fault damages it.

        OSError if the bucket refuses it for now.
        """

        async def ask() -> bool:
            self._objects.admit(bucket)
            self._objects.expect(bucket, key)
            if headers:
                self._objects.describe(bucket, key, headers)
            return self._objects.poisons(bucket)

        try:
            return asyncio.run_coroutine_threadsafe(ask(), self._loop).result()
        except ServiceError as problem:
            raise OSError(f"s3://{bucket}/{key}: {problem.code}: {problem.message}") from problem

    def created(self, bucket: str, key: str) -> None:
        """Tell that an object has appeared."""
        self._loop.call_soon_threadsafe(self._objects.created, bucket, key)
