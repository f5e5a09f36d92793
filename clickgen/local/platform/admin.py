"""What the server says of itself below `/_clickgen/`, and what can be changed while it runs.

GET  /_clickgen/status            every station with counts, lag and its last error
GET  /_clickgen/logs/FUNCTION     what a function has printed; `?after=N` only what follows its Nth line
POST /_clickgen/faults            {"station": "firehose:clicks", "faults": {"fail_records": 0.01}}; with
                                  "to_come": true for a station that is still to be created
POST /_clickgen/stop              flush and stop

A POST needs the header `x-clickgen-admin`, so that no web page that somebody has open can send one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Protocol

import orjson

from clickgen.local.platform.faults import HEEDED, FaultBoard, FaultSettings
from clickgen.local.platform.service import Service
from clickgen.local.platform.web import web

PATH = "/_clickgen/"
_HEADER = "x-clickgen-admin"
_SHARES = frozenset({"fail_records", "fail_calls", "drop_replies", "poison", "lambda_error"})
_SETTABLE = frozenset(one.name for one in fields(FaultSettings))


class FunctionLogs(Protocol):
    """Where the lines that functions print are kept."""

    def lines(self, function: str, after: int) -> tuple[list[str], int] | None:
        """The kept lines behind the first `after`, and the number of the last; None without such a function."""


class Admin:
    """The requests below `/_clickgen/`."""

    def __init__(
        self,
        services: Sequence[Service],
        board: FaultBoard,
        stop: Callable[[], None],
        about: dict[str, Any],
        logs: FunctionLogs | None = None,
    ) -> None:
        """about: what `status` says of the server itself."""
        self._services = services
        self._board = board
        self._stop = stop
        self._about = about
        self._logs = logs

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request for the server itself."""
        what = request.path.removeprefix(PATH)
        if request.method == "POST" and _HEADER not in request.headers:
            return _refused(403, f"a POST needs the header {_HEADER}")
        if (request.method, what) == ("GET", "status"):
            return _json(self._status())
        if request.method == "GET" and what.startswith("logs/"):
            return self._function_lines(what.removeprefix("logs/"), request.query.get("after", "0"))
        if (request.method, what) == ("POST", "faults"):
            return self._set_faults(await request.read())
        if (request.method, what) == ("POST", "stop"):
            self._stop()
            return _json({"stopping": True})
        return _refused(404, f"there is no {request.method} {request.path}")

    def _status(self) -> dict[str, Any]:
        reports = [report for service in self._services for report in service.reports()]
        nothing = FaultSettings()
        stations = []
        for report in reports:
            settings = asdict(self._board.settings(report.station))
            faults = {name: value for name, value in settings.items() if value != getattr(nothing, name)}
            damaged = self._board.damaged[report.station]
            stations.append(asdict(report) | {"damaged": damaged, "faults": faults})
        return self._about | {"stations": stations}

    def _function_lines(self, function: str, after: str) -> web.Response:
        found = self._logs.lines(function, int(after) if after.isdecimal() else 0) if self._logs else None
        if found is None:
            return _refused(404, f"there is no function {function}")
        lines, last = found
        return _json({"lines": lines, "last": last})

    def _set_faults(self, raw: bytes) -> web.Response:
        try:
            body = orjson.loads(raw)
            station, wanted = body["station"], dict(body["faults"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return _refused(400, "the body has to be an object with station and faults")
        known = {report.station for service in self._services for report in service.reports()}
        if station not in known and body.get("to_come") is not True:
            return _refused(404, f"there is no station {station}; there are: {', '.join(sorted(known)) or 'none'}")
        wrong = next((name for name, value in wanted.items() if not _is_setting(name, value)), None)
        if wrong is not None:
            return _refused(400, f"{wrong} is not a fault, or {wanted[wrong]!r} is not a value for it")
        kind = station.partition(":")[0]
        heeded = HEEDED.get(kind, frozenset())
        idle = next((name for name, value in wanted.items() if value and name not in heeded | {"seed"}), None)
        if idle is not None:
            words = ", ".join(sorted(heeded)).replace("_", "-") or "none"
            return _refused(400, f"{idle.replace('_', '-')} does nothing at {station}; its faults are: {words}")
        changed = replace(self._board.settings(station), **wanted) if wanted else FaultSettings()
        self._board.set(station, changed)
        return _json({"station": station, "faults": asdict(changed)})


def _is_setting(name: str, value: Any) -> bool:
    if name not in _SETTABLE:
        return False
    if name == "pause":
        return isinstance(value, bool)
    if value is None:
        return name == "throttle"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    if name in _SHARES:
        return 0 <= value <= 1
    return isinstance(value, int) if name == "seed" else value > 0 or (name == "latency" and value == 0)


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _refused(status: int, message: str) -> web.Response:
    return web.Response(body=orjson.dumps({"message": message}), status=status, content_type="application/json")
