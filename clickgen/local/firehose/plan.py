"""One version of a stream's settings at work: where records wait, what is made of them, and how they go."""

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.copies import Copies
from clickgen.local.firehose.delivery import Delivery
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.journal import Content, SpoolPlace
from clickgen.local.firehose.limits import ZERO_BUFFER_SECONDS
from clickgen.local.firehose.objects import Delivered
from clickgen.local.firehose.outgoing import Gathering
from clickgen.local.firehose.processing import Processed, Processing
from clickgen.local.firehose.routes import Routes
from clickgen.local.firehose.spool import Spool
from clickgen.local.platform.limits import MEBIBYTE

_STEP_MB = 1.0
_STEP_SECONDS = 1.0
"""How much waits for processing without a Lambda, which the service begins at once."""

_NOWHERE = SpoolPlace("incoming", "incoming")  # incoming spools do not become objects


class StreamPlan:
    """One version of the settings at work."""

    def __init__(
        self, context: StreamContext, version: str, destination: StreamDestination, copies: Copies
    ) -> None:
        self._delivery = Delivery(context, destination, copies)
        self.routes = Routes(context.stream.name, version, destination)
        self.incoming: Gathering | None = None
        self._processing = Processing(context, destination, self.routes)
        if is_processed(destination):
            transform = destination.transform
            megabytes, seconds = (
                (transform.buffer_mb, transform.buffer_seconds) if transform else (_STEP_MB, _STEP_SECONDS)
            )
            self.incoming = Gathering(
                (version,), "records", megabytes * MEBIBYTE, seconds or ZERO_BUFFER_SECONDS, lambda _at: _NOWHERE
            )
        self.partitioned = destination.partitioning is not None
        self.delimiter = b"" if self.incoming else destination.delimiter
        """What is put behind a record when it is acknowledged; processing appends it last."""

    async def process(self, spool: Spool, *, verify: bool) -> Processed:
        """What is made of an incoming spool; OSError if it is to be tried again."""
        return await self._processing.process(spool, verify=verify)

    async def deliver(self, spool: Spool, content: Content, *, verify: bool) -> Delivered:
        """Deliver a sealed spool; OSError if it is to be tried again."""
        return await self._delivery.deliver(spool, content, verify=verify)


def is_processed(destination: StreamDestination) -> bool:
    """Whether something happens to records before they gather for objects."""
    taken_apart = destination.decompress or destination.deaggregation is not None
    made_anew = destination.transform is not None or destination.partitioning is not None
    # a backup has the records as they came, so that the delimiter is to be appended later
    delimited = destination.append_delimiter and destination.backup is not None
    return taken_apart or made_anew or delimited
