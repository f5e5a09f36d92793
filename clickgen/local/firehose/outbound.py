"""What leaves a stream: the spools that gather for objects, and the sealed ones on their way to them.

What a backup or an error output takes has a way of its own, so that it does not wait for the destination.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.deliveries import Deliveries
from clickgen.local.firehose.journal import Content
from clickgen.local.firehose.objects import Delivered
from clickgen.local.firehose.outgoing import Addition, GatheringName, OpenSpool, OpenSpools, Waiting
from clickgen.local.firehose.plan import StreamPlan
from clickgen.local.firehose.spool import Contents, Spool, spools_in


class Outbound:
    """The outgoing spools of one stream. Belongs to the running event loop.

    first: the number of the next spool. plans: by the version of the settings.
    """

    def __init__(self, context: StreamContext, first: int, plans: Mapping[str, StreamPlan]) -> None:
        self._context = context
        self._plans = plans
        clock, name, patience = context.surroundings.clock, context.stream.name, context.patience
        self._gathering = OpenSpools(context.folder, first, clock, self._deliver_sealed, self._is_behind)
        self._records = Deliveries(name, patience)
        self._others = Deliveries(name, patience)
        self._sealed: dict[Path, Waiting] = {}
        self._waiting: Counter[GatheringName] = Counter()  # spools in `_sealed`

    @property
    def active(self) -> set[GatheringName]:
        """What gathers for objects, or waits for its delivery to them: the active partitions, if there are any."""
        return {waiting.name for waiting in self.waiting}

    @property
    def waiting(self) -> list[Waiting]:
        """The records that are to be delivered, by spool."""
        everything = [*self._sealed.values(), *(one.waiting for one in self._gathering.open.values())]
        return [one for one in everything if one.content == "records"]

    def append(self, addition: Addition) -> None:
        """Keep records durably. On OSError nothing of them is kept."""
        self._gathering.append(addition)

    def append_all(self, additions: Sequence[Addition], origin: int, commit: Callable[[], None]) -> None:
        """Keep all of these, made from the incoming spool `origin` if that is not 0, then `commit`; or nothing."""
        self._gathering.append_all(additions, origin, commit)

    def take_up(self, spool: Spool, contents: Contents, plan: StreamPlan) -> None:
        """Deliver what an earlier process left."""
        content: Content = contents.place.content if contents.place else "errors"
        arrived = contents.puts[0].arrived if contents.puts else 0
        self._deliver(spool, Waiting(("left over",), content, contents.records, arrived), plan, verify=True)

    def seal_all(self) -> None:
        """Deliver what gathers now."""
        self._gathering.seal_all()

    async def settle(self) -> None:
        """Wait until all that was sealed is delivered."""
        await asyncio.gather(self._records.settle(), self._others.settle())

    def stop(self) -> int:
        """Deliver no more; how many spools are left."""
        self._records.stop()
        self._others.stop()
        return len(spools_in(self._context.folder))

    def _deliver_sealed(self, sealed: OpenSpool) -> None:
        plan = self._plans[sealed.gathering.version]
        self._deliver(sealed.writer.spool, sealed.waiting, plan, verify=False)

    def _is_behind(self, name: GatheringName) -> bool:
        return self._waiting[name] > 0

    def _deliver(self, spool: Spool, waiting: Waiting, plan: StreamPlan, *, verify: bool) -> None:
        self._sealed[spool.journal] = waiting
        self._waiting[waiting.name] += 1

        async def deliver() -> Delivered:
            delivered = await plan.deliver(spool, waiting.content, verify=verify)
            del self._sealed[spool.journal]
            self._waiting -= Counter([waiting.name])  # which forgets names without any
            self._gathering.seal_overdue(waiting.name)
            self._context.counts.delivered(waiting, delivered)
            return delivered

        (self._records if waiting.content == "records" else self._others).add(spool, deliver)
