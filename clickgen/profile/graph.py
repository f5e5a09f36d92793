"""The page graph's own rules, checked on the file's plain tables so that they show beside all other errors."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from clickgen.model.suggestion import did_you_mean

Table = Mapping[str, object]

_NEEDS_CART = ("needs", "order")


class _Step(NamedTuple):
    """What follows a page, after any page or after a certain one: where the file says it, and the shares."""

    path: str
    before: str | None
    following: Table


_Pages = Mapping[str, Table]
_Links = Mapping[str, list[_Step]]


def graph_problems(values: Table) -> Iterator[tuple[str, str]]:
    """(path in the file, what is wrong) for each broken rule of the page graph.

    Pages that follow exist; `after` names pages that lead there; every page can be reached; a page that adds to
    the cart follows pages that show a product; nobody is stuck with an empty cart where only pages that need one
    follow. Parts of the wrong type are passed over: the model reports those.
    """
    pages = {name: page for name, page in table(values, "pages").items() if isinstance(page, dict)}
    if not pages:
        return
    entries = {
        "sessions.entry": table(table(values, "sessions"), "entry"),
        "bots.entry": table(table(values, "bots"), "entry"),
    }
    links = {name: list(_steps(name, page)) for name, page in pages.items()}
    for path, entry in entries.items():
        yield from _unknown_pages(path, entry, pages)
        yield from _entry_problems(path, entry, pages)
    for name, steps in links.items():
        for step in steps:
            yield from _unknown_pages(step.path, step.following, pages)
            yield from _adding_problems(name, step, pages)
    yield from _after_problems(pages, links)
    yield from _stuck_problems(pages, links)
    yield from _unreachable(entries["sessions.entry"], pages, links)


def table(values: Table, key: str) -> dict[str, object]:
    """The table of this key; an empty one where there is none, or something else."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _steps(name: str, page: Table) -> Iterator[_Step]:
    yield _Step(f"pages.{name}.next", None, table(page, "next"))
    for before, after in table(page, "after").items():
        if isinstance(after, dict):
            yield _Step(f"pages.{name}.after.{before}.next", before, table(after, "next"))


def _unknown_pages(path: str, following: Table, pages: _Pages) -> Iterator[tuple[str, str]]:
    for target in following:
        if target not in pages:
            yield f"{path}.{target}", f'there is no page "{target}"{did_you_mean(target, pages)}'


def _entry_problems(path: str, entry: Table, pages: _Pages) -> Iterator[tuple[str, str]]:
    for target in entry:
        cart = pages.get(target, {}).get("cart")
        if cart == "add":
            yield f"{path}.{target}", "a session cannot begin with putting a product into the cart"
        elif cart in _NEEDS_CART:
            yield f"{path}.{target}", "a session cannot begin on a page that needs a filled cart"


def _adding_problems(name: str, step: _Step, pages: _Pages) -> Iterator[tuple[str, str]]:
    if pages[name].get("shows") == "product":
        return
    for target in step.following:
        if pages.get(target, {}).get("cart") == "add":
            yield f"{step.path}.{target}", f'"{target}" adds a product, but "{name}" shows none'


def _after_problems(pages: _Pages, links: _Links) -> Iterator[tuple[str, str]]:
    for name, page in pages.items():
        for before in table(page, "after"):
            if before not in pages:
                yield f"pages.{name}.after.{before}", f'there is no page "{before}"{did_you_mean(before, pages)}'
            elif not any(step.following.get(name) for step in links[before]):
                yield f"pages.{name}.after.{before}", f'"{before}" does not lead to "{name}"'


def _stuck_problems(pages: _Pages, links: _Links) -> Iterator[tuple[str, str]]:
    for name, steps in links.items():
        cart = pages[name].get("cart")
        for step in steps:
            filled_before = pages.get(step.before or "", {}).get("cart") in ("add", "needs")
            if cart in ("add", "needs") or (filled_before and cart != "order"):
                continue
            targets = [target for target, share in step.following.items() if share]
            if targets and all(_needs(pages, target) for target in targets):
                yield step.path, "with an empty cart no page can follow"


def _needs(pages: _Pages, target: str) -> bool:
    return pages.get(target, {}).get("cart") in _NEEDS_CART


def _unreachable(entry: Table, pages: _Pages, links: _Links) -> Iterator[tuple[str, str]]:
    """Pages that no visitor sees, with an empty cart or with a filled one."""
    if not entry:
        return
    reached: set[tuple[str, bool]] = set()
    to_visit = [(name, False) for name, share in entry.items() if share]
    while to_visit:
        name, filled = to_visit.pop()
        if name not in pages or (name, filled) in reached or (_needs(pages, name) and not filled):
            continue
        reached.add((name, filled))
        cart = pages[name].get("cart")
        then = cart == "add" or (filled and cart != "order")
        targets = {target for step in links[name] for target, share in step.following.items() if share}
        to_visit.extend((target, then) for target in targets)
    seen = {name for name, _ in reached}
    yield from ((f"pages.{name}", "no visitor can reach this page") for name in pages if name not in seen)
