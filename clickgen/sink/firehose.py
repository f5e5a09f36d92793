"""Amazon Data Firehose: PutRecordBatch through boto3, one attempt a call.

Limits: Firehose Developer Guide, "Quotas", and the API reference of PutRecordBatch: 500 records or 4 MiB a
call, 1,000 KiB a record before base64. Whether the 4 MiB are counted before or after base64 is not documented, so
the larger, encoded length is counted here. Direct PUT bills each record rounded up to 5 KB (pricing page).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from clickgen.model.batch import Answer, Batch, CallResult, SinkLimits
from clickgen.model.destination import FirehoseDestination
from clickgen.sink.answers import attempt, read_entries
from clickgen.sink.aws import READ_TIMEOUT_S, access_to, make_client
from clickgen.sink.express import Express
from clickgen.sink.firehose_wire import Wire
from clickgen.sink.gil_turn import GilTurn
from clickgen.sink.interface import Gate, Leave, at_once
from clickgen.sink.kind import Opening, SinkKind, name_reader

if TYPE_CHECKING:
    import socket

    from types_boto3_firehose import FirehoseClient

BILL_UNIT = 5 * 1024
MAX_EVENTS_PER_RECORD = 500  # Firehose de-aggregates no more
LIMITS = SinkLimits(
    records=500,
    record_bytes=1_024_000,
    call_bytes=4 * 1024 * 1024,
    bill_unit=BILL_UNIT,
    base64=True,
    pack_bytes=BILL_UNIT,
    pack_events=MAX_EVENTS_PER_RECORD,
)


class Quota(NamedTuple):
    """What a direct-put stream takes in a second before it is scaled up (Developer Guide, "Quotas")."""

    calls: int
    bytes: int


_LARGE_QUOTA_REGIONS = frozenset(["us-east-1", "us-west-2", "eu-west-1"])
_LARGE_QUOTA, _SMALL_QUOTA = Quota(2000, 5 * 1024 * 1024), Quota(1000, 1024 * 1024)

_HINTS = {
    "ResourceNotFoundException": "check the stream's name, the region and the account",
    "AccessDeniedException": "sending needs the permission firehose:PutRecordBatch on the stream",
    "InvalidKMSResourceException": "the stream's KMS key cannot be used; see the stream's encryption settings",
}


def quota_of(region: str | None) -> Quota:
    """The default quota of a stream in that region."""
    return _LARGE_QUOTA if region in _LARGE_QUOTA_REGIONS else _SMALL_QUOTA


class FirehoseSink:
    """One stream. `client` must have botocore's own retries off, so that every attempt is in the ledger.

    plain: let boto3 build the body from a list of records, the readable reference of what goes on the wire.
    turn: shared by the threads of this process that compute; by default there are no others.
    """

    limits = LIMITS

    def __init__(
        self, client: "FirehoseClient", stream: str, *, plain: bool = False, turn: GilTurn | None = None
    ) -> None:
        self._client = client
        self._stream = stream
        self._gate = Gate()
        self._wire = None if plain else Wire(client, stream, turn or GilTurn(), self._gate)
        self._gate.guard(client)  # behind the wire's own, which gives the turn back: nobody waits holding it

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        positions = range(len(batch)) if records is None else records
        with self._gate.held(leave):
            return attempt(lambda: self._read(self._call(batch, positions), positions), _HINTS)

    def express(self) -> Express | None:
        """The same calls in parts, unless only botocore knows the way to the service."""
        wire = self._wire
        if wire is None or wire.direct is None:
            return None
        from clickgen.sink.direct_line import body_of, is_idle, missing, note_call, stays_open

        caller = wire.direct

        def finish(batch: Batch, connection: "socket.socket", unsent: bytes, received: bytes) -> CallResult:
            def call() -> CallResult:
                connection.settimeout(READ_TIMEOUT_S)
                answer, _ = caller.line.finish(connection, [unsent] if unsent else [], received)
                return self._read(wire.understood(answer, len(batch)), range(len(batch)))

            return attempt(call, _HINTS)

        def takes_all(received: bytes, batch: Batch) -> bool:
            taken = missing(received) == 0 and wire.all_accepted(body_of(received), len(batch))
            if taken:
                note_call(caller.line.url, 200)
            return taken

        def request(batch: Batch) -> bytes:
            body = wire.body(batch, range(len(batch)))
            return caller.head(body) + body

        return Express(
            request=request,
            connect=caller.line.connect,
            close=caller.line.close,
            is_idle=is_idle,
            more_follows=lambda received: (missing(received) or 0) > 0,
            takes_all=takes_all,
            stays_open=stays_open,
            finish=finish,
        )

    def _call(self, batch: Batch, positions: Sequence[int]) -> dict[str, Any] | None:
        if self._wire is not None:
            return self._wire.put(batch, positions)
        call: Any = self._client.put_record_batch
        blobs = [{"Data": batch.record(index)} for index in positions]
        return dict(call(DeliveryStreamName=self._stream, Records=blobs))

    def _read(self, answer: dict[str, Any] | None, positions: Sequence[int]) -> CallResult:
        if answer is None:
            return Answer()
        return read_entries(answer.get("RequestResponses", []), positions, "RecordId")


def _open(to: FirehoseDestination, opening: Opening) -> FirehoseSink:
    client = make_client("firehose", access_to(to), connections=opening.connections)
    return FirehoseSink(client, to.stream, turn=opening.turn)


KIND = SinkKind(
    prefix="firehose:",
    form="firehose:NAME",
    # API reference of CreateDeliveryStream
    read_name=name_reader(r"[a-zA-Z0-9_.-]{1,64}", "1 to 64 letters, digits, _ . or -"),
    on_network=True,
    limits=lambda _: LIMITS,
    open=_open,
    paid_for="ingestion",
    verified_as="s3",
    # emulators and the embedded pipeline count no calls
    calls_a_second=lambda to: quota_of(to.region).calls if to.on_aws else None,
)
