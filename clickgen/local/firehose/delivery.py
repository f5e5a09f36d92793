"""How a sealed spool of a stream reaches its destination, by what the settings say that is."""

import asyncio
from dataclasses import replace

from clickgen.local.firehose.announcements import Announcements
from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.conversion.settings import Conversion
from clickgen.local.firehose.conversion.tables import converter_for
from clickgen.local.firehose.converted_objects import ConversionStep
from clickgen.local.firehose.copies import Copies, copy_for
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.drafts import Step
from clickgen.local.firehose.http_endpoint import HttpSender, failed_records
from clickgen.local.firehose.journal import Content
from clickgen.local.firehose.objects import Delivered, deliver
from clickgen.local.firehose.spool import Spool
from clickgen.local.platform.errors import ServiceError


class Delivery:
    """The destination of one version of a stream's settings."""

    def __init__(self, context: StreamContext, destination: StreamDestination, copies: Copies) -> None:
        self._copies = copies
        self._context = context
        self._destination = destination
        objects, http = context.surroundings.objects, destination.http
        self._announce = Announcements(objects, asyncio.get_running_loop()) if objects else None
        self._http = HttpSender(context, http) if http else None

    async def deliver(self, spool: Spool, content: Content, *, verify: bool) -> Delivered:
        """Deliver a sealed spool; OSError if it is to be tried again."""
        if content == "records" and self._http is not None:
            return await self._post(spool, self._http, verify=verify)
        if content == "records" and self._destination.conversion is not None:
            return await self._convert(spool, self._destination.conversion, verify=verify)
        if content == "records" and self._destination.redshift is not None:
            return await self._load(spool, verify=verify)
        return await self._make_objects(spool, None, verify=verify)

    async def _load(self, spool: Spool, *, verify: bool) -> Delivered:
        contents = await asyncio.to_thread(spool.read, verify=verify)
        place = contents.place
        if place is None or not contents.size:
            return await self._make_objects(spool, None, verify=verify)
        copy = copy_for(self._destination, place, contents)
        self._copies.announce(copy)
        delivered = await self._make_objects(spool, None, verify=verify)
        self._copies.add(copy)
        return delivered

    async def _post(self, spool: Spool, http: HttpSender, *, verify: bool) -> Delivered:
        contents = await asyncio.to_thread(spool.read, verify=verify)
        place, settings = contents.place, self._destination.http
        if place is None or not contents.puts or not spool.data.exists() or settings is None:
            return await self._make_objects(spool, None, verify=verify)
        failure = await http.send(spool, contents, place)
        if failure is not None:
            step = failed_records(failure, self._context.lake.aside, keep=settings.backs_up_all)
            return replace(await self._make_objects(spool, step, verify=verify), failed=contents.records)
        oldest = contents.puts[0].arrived
        self._context.counts.arrived_at("DeliveryToHttpEndpoint", contents.records, contents.size, oldest)
        if settings.backs_up_all:
            return await self._make_objects(spool, None, verify=verify)
        if contents.damage:
            spool.set_aside()
        else:
            spool.remove()
        return Delivered(0, contents.records, contents.damage)

    async def _convert(self, spool: Spool, conversion: Conversion, *, verify: bool) -> Delivered:
        context = self._context
        try:
            converter = converter_for(conversion, context.surroundings.catalogue)
        except ServiceError as problem:
            raise OSError(problem.message) from problem
        conversion_step = ConversionStep(conversion, converter, context.stream.region, context.lake.aside)
        delivered = await self._make_objects(spool, conversion_step.run, verify=verify)
        failed = conversion_step.failed
        context.counts.add("SucceedConversion.Records", delivered.records - failed)
        context.counts.add("FailedConversion.Records", failed)
        return replace(delivered, failed=failed)

    async def _make_objects(self, spool: Spool, step: Step | None, *, verify: bool) -> Delivered:
        return await asyncio.to_thread(
            deliver,
            spool,
            self._context.lake.root,
            self._context.lake.aside,
            verify=verify,
            step=step,
            announce=self._announce,
        )
