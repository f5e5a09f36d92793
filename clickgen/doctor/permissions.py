"""Permissions by dry probes: calls without a record, which are refused as empty if they may be made."""

from typing import Any

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.visit import Refused, Visit


def probe_writing(visit: Visit, station: str, service: str, operation: str, **empty: Any) -> Finding:
    """Whether events may be sent here. empty: arguments of a call without any record, which writes nothing."""
    action = f"{service}:{''.join(part.capitalize() for part in operation.split('_'))}"
    answer = visit.ask(service, operation, **empty)
    if isinstance(answer, Refused):
        if answer.denied:
            return problem(station, f"events may not be sent: {answer.message or answer.code}", f"allow {action}")
        if answer.missing:
            return problem(station, f"events cannot be sent: {answer.message}", "create it")
        if "Validation" in answer.code or "Invalid" in answer.code:
            return fine(station, f"{action} is allowed: an empty call is refused as empty")
        return warning(station, f"whether {action} is allowed is not known: {answer.code}: {answer.message}")
    return fine(station, f"{action} is allowed")
