"""Which fields of recorded events say who: visitors, sessions, and the events themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clickgen.traffic.time_field import leaves

_LETTERS = re.compile(r"[^a-z0-9]")
# fmt: off
_VISITOR = (
    "visitorid", "visitor", "anonymousid", "userpseudoid", "domainuserid", "duid", "clientid", "fullvisitorid",
    "deviceuniqueid", "cookieid", "cookie", "userid", "uid", "user", "customerid", "memberid",
    "profileid", "deviceid", "networkuserid", "customer", "username", "session", "sessionid", "host",
    "cip", "clientip", "clientport", "remoteaddr", "ip", "ipaddress", "sourceipaddress",
)
_SESSION = (
    "sessionid", "usersession", "domainsessionid", "session", "gasessionid", "visitid", "sessionkey", "sid",
    "sessionuid", "visit",
)
_EVENT = (
    "eventid", "eid", "messageid", "id", "uuid", "insertid", "hitid", "requestid", "traceid", "xedgerequestid",
    "transactionid", "orderid", "recordid", "eventuuid", "guid",
)
# fmt: on
_OF_WHOM = ("id", "key", "uuid")
_IN_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Identities:
    """The paths of the fields, None for one that was not found."""

    visitor: str | None = None
    session: str | None = None
    event: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Those that were found, each once."""
        return tuple(dict.fromkeys(name for name in (self.visitor, self.session, self.event) if name is not None))


def find_identities(events: Sequence[dict[str, Any]]) -> Identities:
    """The fields that most of these events have, by the names that are common."""
    counts: dict[str, int] = {}
    values: dict[str, set[str]] = {}
    for event in events:
        for name, value in leaves(event):
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                counts[name] = counts.get(name, 0) + 1
                values.setdefault(name, set()).add(str(value))
    most = {name for name, count in counts.items() if count >= _IN_MOST * len(events)}
    own = _best(most, _EVENT)
    # an id that comes again is not the event's own
    if own is not None and len(values[own]) < counts[own]:
        own = None
    return Identities(_best(most, _VISITOR), _best(most, _SESSION), own)


def _best(names: set[str], known: Sequence[str]) -> str | None:
    """The name that is first among those that are known; one that is nested less goes before."""
    places = {_word(name): name for name in sorted(names, key=_depth)[::-1]}
    return next((places[one] for one in known if one in places), None)


def _word(name: str) -> str:
    """The last part of a path, in small letters; with the part before if it says of whom, as in `user.id`."""
    around, _, last = name.lower().rpartition(".")
    last, of = _LETTERS.sub("", last), _LETTERS.sub("", around.rpartition(".")[2])
    return of + last if last in _OF_WHOM and of + last in (*_VISITOR, *_SESSION, *_EVENT) else last


def _depth(name: str) -> tuple[int, str]:
    return name.count("."), name
