"""Rows of Google Analytics 4's BigQuery export as requests of its Measurement Protocol: one client a request.

After "Measurement Protocol" and "[GA4] BigQuery Export schema" (Google Analytics developers and help). An event's
time is its own (`timestamp_micros`), the session's number is `session_id` there, and the event's id a parameter.
What a row says of device, place and traffic source has no place in the protocol, and is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

MOST_EVENTS = 25  # of one request
_SESSION = "ga_session_id"


def client_groups(
    records: Iterable[tuple[int, bytes]], id_field: str
) -> tuple[list[tuple[list[int], bytes]], list[tuple[int, str]]]:
    """Requests as (positions, body), and (position, why) of rows that cannot be sent.

    records: rows with their positions.
    """
    groups: dict[tuple[str, str | None], list[tuple[int, dict[str, Any]]]] = {}
    unfit: list[tuple[int, str]] = []
    for index, record in records:
        try:
            row = orjson.loads(record)
            client, user = row["user_pseudo_id"], row.get("user_id")
            if not isinstance(client, str) or not isinstance(user, str | None):
                unfit.append((index, "the row's user_pseudo_id or user_id is not text"))
                continue
            groups.setdefault((client, user), []).append((index, _event(row, id_field)))
        except (ValueError, TypeError, AttributeError):
            unfit.append((index, "it is not a row of the GA4 export"))
        except KeyError as missing:
            unfit.append((index, f"the row has no {missing.args[0]}"))
    return list(_requests(groups)), unfit


def _requests(
    groups: dict[tuple[str, str | None], list[tuple[int, dict[str, Any]]]],
) -> Iterator[tuple[list[int], bytes]]:
    for (client, user), events in groups.items():
        for begin in range(0, len(events), MOST_EVENTS):
            part = events[begin : begin + MOST_EVENTS]
            request: dict[str, Any] = {"client_id": client, **({"user_id": user} if user else {})}
            request["events"] = [event for _, event in part]
            yield [index for index, _ in part], orjson.dumps(request)


def _event(row: dict[str, Any], id_field: str) -> dict[str, Any]:
    params: dict[str, Any] = {id_field: row[id_field]} if id_field in row else {}
    for param in row.get("event_params") or ():
        value = next((value for value in param["value"].values() if value is not None), None)
        if value is not None:
            params["session_id" if param["key"] == _SESSION else param["key"]] = value
    items: Sequence[dict[str, Any]] = row.get("items") or ()
    if items:
        params["items"] = [{key: value for key, value in item.items() if value is not None} for item in items]
    event: dict[str, Any] = {"name": row["event_name"]}
    if (micros := row.get("event_timestamp")) is not None:
        event["timestamp_micros"] = int(micros)
    return event | {"params": params}
