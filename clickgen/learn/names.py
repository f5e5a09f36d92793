"""Names of pages: paths without their ids, and words that a profile can use as keys."""

import re
from collections.abc import Iterable

_REQUEST = re.compile(r"^[A-Z]{3,8} (\S+)(?: HTTP/[\d.]+)?$")
_HOST = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_ID = re.compile(
    r"^(?:\d+|(?:.*\d){4,}.*|(?=.*\d)[0-9a-fA-F]{6,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|.{33,})$", re.DOTALL
)
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_DEPTH = 4  # segments of a path that tell pages apart
ID = "*"  # stands for an id in a path
_KEY_SIGNS = 40


def page_of(written: str) -> str:
    """The path of a page without host, query and ids; other names as they are.

    A segment counts as an id if it is a number, has four digits, is hexadecimal or very long.
    """
    request = _REQUEST.match(written)
    path = request[1] if request is not None else written
    host = _HOST.match(path)
    if host is not None:
        path = path[host.end() :] or "/"
    if not path.startswith("/"):
        return ID if _ID.match(path) else path
    path = path.partition("?")[0].partition("#")[0]
    parts = [ID if _ID.match(part) else part for part in path.split("/")[1 : _DEPTH + 1]]
    return "/" + "/".join(parts)


def folder_of(page: str) -> str:
    """The first folder of a path, with anything below it."""
    head = page.split("/")[1] if page.startswith("/") else ""
    return f"/{head}/{ID}" if head and page.count("/") > 1 else ID


def keys_of(names: Iterable[str]) -> list[str]:
    """A key of TOML for each name, all different."""
    found: list[str] = []
    for name in names:
        word = _NOT_WORD.sub("_", name.lower()).strip("_")[:_KEY_SIGNS] or "home"
        key, number = word, 2
        while key in found:
            key, number = f"{word}_{number}", number + 1
        found.append(key)
    return found
