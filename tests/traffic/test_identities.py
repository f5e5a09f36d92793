"""Which fields say who a visitor is, what a session is, and which event it is."""

from typing import Any

import pytest

from clickgen.traffic.identities import Identities, find_identities


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"event_id": "{n}", "visitor_id": "a", "session_id": "b"}, ("visitor_id", "session_id", "event_id")),
        ({"user": {"id": "a", "session": "b"}, "id": "{n}"}, ("user.id", "user.session", "id")),
        ({"session": {"id": "b"}, "page": {"id": "/"}}, ("session.id", "session.id", None)),
        ({"customer": {"id": "a"}, "order": {"id": "{n}"}}, ("customer.id", None, "order.id")),
        ({"actor": {"userName": "a", "id": "a"}, "eventID": "{n}"}, ("actor.userName", None, "eventID")),
    ],
)
def test_the_part_before_an_id_says_whose_it_is(event: dict[str, Any], found: tuple[str | None, ...]) -> None:
    def numbered(value: Any, number: int) -> Any:
        if isinstance(value, dict):
            return {name: numbered(inner, number) for name, inner in value.items()}
        return value.format(n=number)

    events = [numbered(event, number) for number in range(10)]
    visitor, session, own = found
    assert find_identities(events) == Identities(visitor, session, own)
