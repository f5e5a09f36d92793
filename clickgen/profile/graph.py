"""Rules between parts of a profile, checked on its plain tables so that they show beside all other mistakes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from clickgen.model.mistakes import did_you_mean

Table = Mapping[str, object]

_NEEDS_CART = ("needs", "order")


class _Step(NamedTuple):
    """What follows a page."""

    path: str  # where the file says it
    before: str | None  # the page before that one, or None if it does not matter
    following: Table  # shares by page


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
    links = {name: list(_steps(f"pages.{name}", page)) for name, page in pages.items()}
    for path, entry in entries.items():
        yield from _unknown_pages(path, entry, pages)
        yield from _entry_problems(path, entry, pages)
    for name, steps in links.items():
        for step in steps:
            yield from _unknown_pages(step.path, step.following, pages)
            yield from _adding_problems(name, step, pages)
    for name, page in pages.items():
        yield from _unknown_pages(f"pages.{name}.to", table(page, "to"), pages)
    yield from _after_problems("pages", pages, pages, links)
    yield from _stuck_problems(pages, links)
    everybody = entries["sessions.entry"]
    reached: set[str] = set()
    for path, kind in _kinds(values):
        yield from _kind_problems(path, kind, pages, links)
        reached |= _reached(table(kind, "entry") or everybody, pages, _links_of(path, kind, links))
    reached = reached or _reached(everybody, pages, links)
    if everybody:
        yield from ((f"pages.{name}", "no visitor can reach this page") for name in pages if name not in reached)


def table(values: Table, key: str) -> dict[str, object]:
    """The table of this key; an empty one if there is none, or something else."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _steps(path: str, page: Table) -> Iterator[_Step]:
    if "next" in page:
        yield _Step(f"{path}.next", None, table(page, "next"))
    for before, after in table(page, "after").items():
        if isinstance(after, dict):
            yield _Step(f"{path}.after.{before}.next", before, table(after, "next"))


def _kinds(values: Table) -> Iterator[tuple[str, Table]]:
    """The kinds of sessions, each with its path in the file."""
    for number, kind in _tables(table(values, "sessions"), "kinds"):
        yield f"sessions.kinds[{number}]", kind


def _kind_problems(path: str, kind: Table, pages: _Pages, links: _Links) -> Iterator[tuple[str, str]]:
    """What is wrong with what one kind of session does differently."""
    different = table(kind, "pages")
    yield from _unknown_pages(f"{path}.pages", different, pages)
    entry = table(kind, "entry")
    yield from _unknown_pages(f"{path}.entry", entry, pages)
    yield from _entry_problems(f"{path}.entry", entry, pages)
    of_kind = _links_of(path, kind, links)
    own = {name: [step for step in steps if step.path.startswith(path)] for name, steps in of_kind.items()}
    for name, steps in own.items():
        for step in steps:
            yield from _unknown_pages(step.path, step.following, pages)
            yield from _adding_problems(name, step, pages)
    known = {name: page for name, page in different.items() if name in pages and isinstance(page, dict)}
    yield from _after_problems(f"{path}.pages", known, pages, of_kind)
    yield from _stuck_problems(pages, own)


def _links_of(path: str, kind: Table, links: _Links) -> _Links:
    """What follows each page for one kind of session."""
    different = table(kind, "pages")
    found: dict[str, list[_Step]] = {}
    for name, steps in links.items():
        page = table(different, name)
        own = list(_steps(f"{path}.pages.{name}", page)) if page else []
        befores = {step.before for step in own}
        usual = [] if "next" in page else [step for step in steps if step.before not in befores]
        found[name] = usual + own
    return found


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


def _after_problems(path: str, told: _Pages, pages: _Pages, links: _Links) -> Iterator[tuple[str, str]]:
    """What is wrong with the memory of the pages told of at `path`."""
    for name, page in told.items():
        for before in table(page, "after"):
            if before not in pages:
                yield f"{path}.{name}.after.{before}", f'there is no page "{before}"{did_you_mean(before, pages)}'
            elif not any(step.following.get(name) for step in links[before]):
                yield f"{path}.{name}.after.{before}", f'"{before}" does not lead to "{name}"'


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


def _reached(entry: Table, pages: _Pages, links: _Links) -> set[str]:
    """Pages that some visitor sees, with an empty cart or with a filled one."""
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
    return {name for name, _ in reached}


def reference_problems(values: Table) -> Iterator[tuple[str, str]]:
    """(path in the file, what is wrong) for each name that does not exist, and each page with nothing to show.

    These are names of categories and channels. Parts of the wrong type are passed over: the model reports those.
    """
    channels = [str(channel.get("name")) for _, channel in _tables(values, "channels")]
    for number, channel in _tables(values, "channels"):
        if channels.index(str(channel.get("name"))) < number:
            yield f"channels[{number}].name", f'a second channel is called "{channel.get("name")}"'
    categories = list(table(table(values, "catalogue"), "categories"))
    for number, campaign in _tables(values, "campaigns"):
        yield from _unknown(f"campaigns[{number}]", campaign, "channel", channels)
        yield from _unknown(f"campaigns[{number}]", campaign, "category", categories)
    for name, page in table(values, "pages").items():
        if isinstance(page, dict):
            yield from _unknown(f"pages.{name}", page, "category", categories)
            yield from _nothing_to_show(f"pages.{name}", page, values)
            yield from _beyond_the_last(f"pages.{name}", page, table(values, "catalogue").get("products"))


def _tables(values: Table, key: str) -> Iterator[tuple[int, Table]]:
    """The tables of an array of tables, by number."""
    found = values.get(key)
    for number, entry in enumerate(found if isinstance(found, list) else []):
        if isinstance(entry, dict):
            yield number, entry


def _unknown(path: str, part: Table, key: str, known: list[str]) -> Iterator[tuple[str, str]]:
    name = part.get(key)
    if isinstance(name, str) and name not in known:
        yield f"{path}.{key}", f'there is no {key} "{name}"{did_you_mean(name, known)}'


def _nothing_to_show(path: str, page: Table, values: Table) -> Iterator[tuple[str, str]]:
    shows, cart = page.get("shows", "nothing"), page.get("cart", "keep")
    if "catalogue" not in values:
        if shows != "nothing":
            yield f"{path}.shows", f"a page can show a {shows} only where the profile has a [catalogue]"
        if cart != "keep":
            yield f"{path}.cart", "a page can be about the cart only where the profile has a [catalogue]"
    elif cart != "keep" and "currency" not in table(values, "catalogue"):
        yield f"{path}.cart", "nothing is sold here: the catalogue has no currency"


def _beyond_the_last(path: str, page: Table, products: object) -> Iterator[tuple[str, str]]:
    ranks = page.get("ranks")
    last = ranks[-1] if isinstance(ranks, list) and ranks else None
    if isinstance(last, int) and isinstance(products, int) and last > products:
        yield f"{path}.ranks", f"the catalogue has {products} products"
