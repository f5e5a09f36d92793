"""From what `clickgen bench verify` measured to its figures: medians of the rounds."""

from collections.abc import Sequence
from operator import truediv
from statistics import median
from typing import Any

from clickgen.bench.verify import Look, Looks
from clickgen.bench.ways import AGAIN, GZIP_CONTENT, GZIP_IDS, PARQUET, UNION

_RIVALS = {"ratio_duckdb": "duckdb", "ratio_json": "json_loop"}
_START_SHARE_MAX = 0.6  # of a look's CPU time, beyond which what is left says nothing
_START_VARIES_S = 0.02  # by this, from one time to the next


def verify_figures(measured: Looks) -> dict[str, Any]:
    """The document of `bench verify --json`.

    events_per_second: of wall time without start-up, which is a verification of a few events; None if start-up is
    most of it. ratio_duckdb and ratio_json: to the same of the others, within a round. cpu_microseconds: an
    event, of all processes. peak_mb: of the largest process. seconds: of the whole command.
    again_with_sidecars.ratio: CPU time of the first look to that of the second, start-up left out of both, and at
    least 20 ms left of the second.
    """
    found: dict[str, Any] = {}
    if measured.events:
        found = {"events": measured.events, "objects": measured.objects, "bytes": measured.bytes}
        found["start_seconds"] = round(median(look.wall for look in measured.start), 3)
        found |= {f"{name}_events_per_second": round(median(rates)) for name, rates in measured.rivals.items()}
    for name in (GZIP_IDS, GZIP_CONTENT, PARQUET):
        if name in measured.looks:
            found[name] = _look(measured.looks[name], measured)
    if AGAIN in measured.looks:
        found[AGAIN] = _again(measured)
    if measured.union is not None:
        union = measured.union
        found[UNION] = {"ids": union.numbers, "objects": union.objects, "seconds": round(union.seconds, 3)}
    return found


def _look(looks: Sequence[Look], measured: Looks) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "seconds": round(median(look.wall for look in looks), 3),
        "peak_mb": round(max(look.peak_bytes for look in looks) / (1 << 20), 1),
        "events_per_second": None,
        "cpu_microseconds": None,
    }
    pairs = list(zip(looks, measured.start, strict=True))
    if any(start.cpu > _START_SHARE_MAX * look.cpu or start.wall >= look.wall for look, start in pairs):
        return figures | dict.fromkeys(_RIVALS)
    rates = [(look.events - start.events) / (look.wall - start.wall) for look, start in pairs]
    spent = [(look.cpu - start.cpu) / (look.events - start.events) for look, start in pairs]
    figures |= {"events_per_second": round(median(rates)), "cpu_microseconds": round(median(spent) * 1e6, 3)}
    for name, rival in _RIVALS.items():
        others = measured.rivals.get(rival)
        figures[name] = others and round(median(map(truediv, rates, others)), 2)
    return figures


def _again(measured: Looks) -> dict[str, Any]:
    seconds = [look.wall for look in measured.looks[AGAIN]]
    rounds = zip(measured.looks[GZIP_CONTENT], measured.looks[AGAIN], measured.start, strict=True)
    ratios = [
        (first.cpu - start.cpu) / max(_START_VARIES_S, second.cpu - start.cpu) for first, second, start in rounds
    ]
    return {"ratio": round(median(ratios), 1), "seconds": round(median(seconds), 3)}
