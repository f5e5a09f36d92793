"""Fields of recorded events whose values look personal, by what they hold and how they are named."""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_ADDRESS = re.compile(r"[0-9.]{7,15}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_PORT = re.compile(r"(.*):\d{1,5}")  # as load balancers log them
_PHONE = re.compile(r"\+\d[\d ()/.-]{6,20}\d")
_PHONE_NUMBER = re.compile(r"\+?[\d ()/.-]{6,22}")
_LETTERS = re.compile(r"[^a-z0-9]")
# fmt: off
_PHONE_NAMES = frozenset((
    "phone", "phonenumber", "telephone", "tel", "mobile", "mobilenumber", "cellphone", "msisdn",
))
_NAMES = frozenset((
    "firstname", "lastname", "fullname", "givenname", "familyname", "surname", "middlename", "forename",
    "username", "displayname", "customername", "personname", "contactname", "nickname",
))
# `name` alone is a person's only within one of these; elsewhere it is that of an event, a page or a product
_PERSONS = frozenset(("user", "customer", "person", "visitor", "member", "contact", "profile", "account"))
# fmt: on
_MOST_DEPTH = 8


def personal_fields(events: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """The paths of fields with a value that looks personal, and what it looks like."""
    found: dict[str, str] = {}
    for event in events:
        for path, value in values_in(event):
            if path not in found and (kind := _kind(path, value)) is not None:
                found[path] = kind
    return found


def values_in(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """The plain values of an event with their paths, which pass through the elements of arrays."""
    if len(path) > _MOST_DEPTH:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from values_in(inner, (*path, str(name)))
    elif isinstance(value, list):
        for element in value:
            yield from values_in(element, path)
    else:
        yield ".".join(path), value


def _kind(path: str, value: object) -> str | None:
    """What a value looks like, if that is personal."""
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        return None
    *within, name = (_LETTERS.sub("", step.lower()) for step in path.split("."))
    text = str(value)
    if _EMAIL.fullmatch(text):
        return "an e-mail address"
    if any(map(_is_ip_address, text.split(", "))):
        return "an IP address"
    if _PHONE.fullmatch(text) or (name in _PHONE_NAMES and _PHONE_NUMBER.fullmatch(text)):
        return "a phone number"
    if isinstance(value, str) and (name in _NAMES or (name == "name" and within and within[-1] in _PERSONS)):
        return "a name"
    return None


def _is_ip_address(text: str) -> bool:
    if (port := _PORT.fullmatch(text)) is not None and "." in text:
        text = port[1].removeprefix("[").removesuffix("]")
    if not _ADDRESS.fullmatch(text):
        return False
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
