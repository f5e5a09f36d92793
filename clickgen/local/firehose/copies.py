"""Redshift as the destination: objects in S3 are loaded by COPY, one at a time, until that works or is given up.

A COPY that is to be done is a file in the stream's folder, written before its object appears and removed when it
is loaded, or listed in a manifest of what was not: at least once, also when the server is killed.
"""

import asyncio
import os
import time
import uuid
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.deliveries import all_done
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.drafts import Draft
from clickgen.local.firehose.journal import SpoolPlace
from clickgen.local.firehose.objects import is_there, put_in_place
from clickgen.local.firehose.spool import Contents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import check_folder, open_file
from clickgen.local.platform.notices import say

_FOLDER = "copies"
_MAX_COPY_BYTES = 1024 * 1024  # a COPY with its options has a few hundred

_RETRY_SECONDS = 300.0
"""Between attempts of a COPY [developer guide, Redshift]."""


class Copy(BaseModel):
    """A COPY that is to be done."""

    model_config = ConfigDict(frozen=True)

    bucket: str
    key: str
    database: str
    statement: str
    manifest: str  # the key of the manifest that lists the object if it cannot be loaded
    records: int
    arrived: int  # when the oldest record did, in epoch milliseconds
    retry_seconds: int


class Copies:
    """What of one stream is to be loaded. Belongs to the running event loop."""

    def __init__(self, context: StreamContext) -> None:
        """Take up what an earlier process left."""
        self._context = context
        self._folder = context.folder / _FOLDER
        self._queued: set[Path] = set()
        self._queue: asyncio.Queue[tuple[Path, Copy]] = asyncio.Queue()
        for file in self._files():
            copy = _kept(file)
            # without its object, the spool is still to be delivered
            if copy is not None and is_there(context.lake.root, SpoolPlace(copy.bucket, copy.key)):
                self._add(file, copy)
        self._task = asyncio.create_task(self._load_all())

    def announce(self, copy: Copy) -> None:
        """Keep it, before its object appears. OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        check_folder(self._folder)
        file = self._file_of(copy)
        draft = file.with_suffix(".new")
        with os.fdopen(open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as kept:
            kept.write(copy.model_dump_json().encode())
        draft.replace(file)

    def add(self, copy: Copy) -> None:
        """Do it, now that its object is there."""
        self._add(self._file_of(copy), copy)

    async def settle(self) -> None:
        """Wait until all of them are done, or were tried once more after the patience ended."""
        await all_done(self._queue, self._task)

    def stop(self) -> int:
        """Load no more; how many are left."""
        self._task.cancel()
        return len(self._files())

    def _files(self) -> list[Path]:
        if not os.path.lexists(self._folder):
            return []
        check_folder(self._folder)
        return sorted(self._folder.glob("*.json"))

    def _file_of(self, copy: Copy) -> Path:
        return self._folder / f"{uuid.uuid5(uuid.NAMESPACE_URL, f'{copy.bucket}/{copy.key}')}.json"

    def _add(self, file: Path, copy: Copy) -> None:
        if file not in self._queued:
            self._queued.add(file)
            self._queue.put_nowait((file, copy))

    async def _load_all(self) -> None:
        while True:
            file, copy = await self._queue.get()
            if await self._load(copy, file):
                file.unlink(missing_ok=True)
                self._queued.discard(file)
            self._queue.task_done()

    async def _load(self, copy: Copy, file: Path) -> bool:
        """Whether that is settled: loaded, or given up."""
        context = self._context
        deadline = time.monotonic() + context.surroundings.clock.shortened(copy.retry_seconds)
        failing = False
        while True:
            problem = await self._attempt(copy)
            if problem is None:
                context.counts.arrived_at("DeliveryToRedshift", copy.records, 0, copy.arrived)
                if failing:
                    context.patience.last_error = None
                return True
            context.patience.last_error = problem
            if not failing:
                say(f"cannot load s3://{copy.bucket}/{copy.key} of {context.stream.name} yet: {problem}")
            failing = True
            if time.monotonic() >= deadline:
                return await context.patience.until_it_works(file, lambda: self._give_up(copy)) or False
            if await context.patience.closes_within(_RETRY_SECONDS):
                return False

    async def _attempt(self, copy: Copy) -> str | None:
        """None if it is loaded, else why not."""
        warehouse = self._context.surroundings.warehouse
        if warehouse is None:
            return "There is no Redshift here."
        try:
            await warehouse.copy(copy.database, copy.statement)
        except ServiceError as refusal:
            self._context.counts.sample("DeliveryToRedshift.Success", 0)
            return refusal.message
        return None

    async def _give_up(self, copy: Copy) -> bool:
        """List the object in a manifest, by which it can be loaded later."""
        entries = [{"url": f"s3://{copy.bucket}/{copy.key}", "mandatory": True}]
        content = orjson.dumps({"entries": entries})
        target = self._context.lake.aside / uuid.uuid4().hex
        target.write_bytes(content)
        put_in_place(Draft(copy.bucket, copy.manifest, target, len(content)), self._context.lake.root, None)
        self._context.counts.given_up(copy.records)
        return True


def copy_for(destination: StreamDestination, place: SpoolPlace, contents: Contents) -> Copy:
    """The COPY that loads the object of a spool."""
    settings = destination.redshift
    if settings is None:
        raise AssertionError("the stream has no Redshift destination")
    columns = f" ({settings.columns})" if settings.columns else ""
    url = f"s3://{place.bucket}/{place.key}".replace("'", "''")
    options = f" {settings.options}" if settings.options else ""
    return Copy(
        bucket=place.bucket,
        key=place.key,
        database=settings.database,
        statement=f"COPY {settings.table}{columns} FROM '{url}' "
        f"CREDENTIALS 'aws_iam_role={destination.role_arn}'{options};",
        manifest=place.failed_key or place.key + ".manifest",
        records=contents.records,
        arrived=contents.puts[0].arrived,
        retry_seconds=settings.retry_seconds,
    )


def _kept(file: Path) -> Copy | None:
    try:
        with os.fdopen(open_file(file, os.O_RDONLY), "rb") as kept:
            return Copy.model_validate_json(kept.read(_MAX_COPY_BYTES))
    except (OSError, ValidationError) as error:
        say(f"{file} does not say what is to be loaded: {error}")
        return None
