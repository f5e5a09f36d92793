"""What a table has to say of itself."""

from clickgen.local.dynamodb.tables import Table, Tables
from clickgen.local.platform.consumption import counted, handed_on
from clickgen.local.platform.service import StationReport


def report_of(tables: Tables, table: Table) -> StationReport:
    """Counts of a table since the server started. What waits are changes that a consumer of it has not had."""
    state = table.state
    left, consumers = handed_on([table.consumption])
    waiting, lag_s = 0, None
    stream = state.stream
    if stream is not None:
        following = tables.store.next_note(state, stream)
        start = table.consumption.first_waiting(counted(set(consumers)))
        waiting = max(0, following - start)
        for row in tables.store.notes(state, stream, start, 0.0, 1):
            lag_s = max(0.0, tables.now() - row.created)
    return StationReport(
        station=f"dynamodb:{state.name}",
        state=state.status,
        arrived=table.written,
        left=left,
        waiting=waiting,
        failed=table.refused,
        lag_s=lag_s,
        last_error=table.last_refusal,
        consumers=consumers,
    )
