"""Where emulators differ: what the contract asks for, and what each emulator does instead."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.local.blackbox import firehose_traps, surrounding_traps
from tests.local.blackbox.emulators import EMULATORS, MINISTACK, MOTO, Emulator
from tests.local.blackbox.firehose_traps import SEPARATE

NEEDS_DOCKER = "not tried: needs Docker"


@dataclass(frozen=True)
class Difference:
    """One behaviour. The embedded pipeline is expected to keep the contract."""

    behaviour: str
    contract: str
    """What AWS does."""

    source: str
    """Where AWS or an observer of AWS says so."""

    moto: str
    ministack: str
    observe: Callable[[Emulator], str]
    """Tries it, and says in the words of this table what happened."""

    def expected(self, emulator: str) -> str:
        """What this emulator does."""
        return {"embedded": self.contract, "moto": self.moto, "ministack": self.ministack}[emulator]

    def row(self) -> str:
        """The line of the table in the reference."""
        outcomes = [self.expected(emulator) for emulator in EMULATORS]
        right = [name for name, outcome in zip(EMULATORS, outcomes, strict=True) if outcome == self.contract]
        by_contract = "all" if len(right) == len(EMULATORS) else ", ".join(right)
        return f"| {' | '.join([self.behaviour, f'{self.contract} ({self.source})', *outcomes, by_contract])} |"


DIFFERENCES = [
    Difference(
        *("A buffer of 2 seconds", "waits for the interval", "guide, buffering hints"),
        *("lands at once", "lands at once", firehose_traps.buffering),
    ),
    Difference(
        *("What is put between records", "nothing", "guide, basic delivery"),
        *("nothing", SEPARATE, firehose_traps.delimiter),
    ),
    Difference(
        *("Whose time `!{timestamp:…}` is", "the oldest record's", "guide, custom prefixes"),
        *("not evaluated", SEPARATE, firehose_traps.oldest_record),
    ),
    Difference(
        *("An expression `!{time:y}` in a prefix", "refused", "guide, custom prefixes"),
        *("accepted", "accepted", firehose_traps.unknown_expression),
    ),
    Difference(
        *("`CompressionFormat` `SNAPPY`, which is `Snappy`", "refused", "API model"),
        *("accepted", "accepted", firehose_traps.snappy_case),
    ),
    Difference(
        *("A buffer of 63 MB with conversion", "refused", "guide, format conversion"),
        *("accepted", "accepted", firehose_traps.small_buffer_with_conversion),
    ),
    Difference(
        *("A buffer of 63 MB with dynamic partitioning", "refused", "error text"),
        *("accepted", "accepted", firehose_traps.small_buffer_with_partitions),
    ),
    Difference(
        *("`AppendDelimiterToRecord` with `Enabled` left out", "not carried out", "observed"),
        *("never carried out", "never carried out", firehose_traps.enabled_omitted),
    ),
    Difference(
        *("The error record of a failed transform", "all seven fields", "guide, failure handling"),
        *("delivered as if it were good", "lost without a trace", firehose_traps.error_record),
    ),
    Difference(
        *("`Content-Encoding` of Parquet", "`hadoop-snappy`", "observed"),
        *("JSON, not Parquet", "none", firehose_traps.content_encoding_of_parquet),
    ),
    Difference(
        *("PutRecordBatch of 501 records", "refused", "API model"),
        *("accepted", "refused", firehose_traps.batch_of_501),
    ),
    Difference(
        *("Kinesis PutRecords of 501 records", "refused", "API model"),
        *("refused", "refused", surrounding_traps.batch_of_501_records),
    ),
    Difference(
        *("3,000 records at once into a shard", "throttles", "guide, quotas"),
        *("takes everything", "takes everything", surrounding_traps.shard_limit),
    ),
    Difference(
        *("BatchWriteItem of 26 items", "refused", "API model"),
        *("accepted", "refused", surrounding_traps.batch_of_26_items),
    ),
    Difference(
        *("A pipe from a DynamoDB stream to Kinesis", "moves records", "EventBridge user guide"),
        *("moves nothing", "moves nothing", surrounding_traps.pipe),
    ),
    Difference(
        *(
            "A crawler over JSON in `dt=2026-01-01/`",
            "`user string`, `n int`, `dt string`",
            "Glue guide; observed",
        ),
        *("makes no table", "makes no table", surrounding_traps.crawler),
    ),
    Difference(
        *("Athena's `SELECT 5/2`", "2", "Trino, integer division"),
        *("no rows", "2.5", surrounding_traps.integer_division),
    ),
    Difference(
        *("An object-created notification", "calls the function", "S3 guide, event notifications"),
        *(NEEDS_DOCKER, "calls the function", surrounding_traps.notification),
    ),
]


def table() -> str:
    """The table of the reference, as Markdown."""
    head = ["behaviour", "contract (source)", "embedded", f"moto {MOTO}", f"ministack {MINISTACK}", "right"]
    lines = [
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
        *(difference.row() for difference in DIFFERENCES),
    ]
    return "\n".join(lines)
