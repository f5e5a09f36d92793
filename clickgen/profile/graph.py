"""The page graph's own rules, checked on the file's plain tables so that they show beside all other errors."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

_NEEDS_CART = ("needs", "order")


def did_you_mean(word: str, known: list[str]) -> str:
    """`; did you mean "x"?` where a known word is close, else the empty string."""
    close = get_close_matches(word, known, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def graph_problems(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(path in the file, what is wrong) for each broken rule of the page graph.

    Pages that follow exist; every page can be reached; a page that adds to the cart follows pages that show a
    product; nobody is stuck with an empty cart where only pages that need one follow. Parts of the wrong
    type are passed over: the model reports those.
    """
    pages = {name: page for name, page in _table(values, "pages").items() if isinstance(page, dict)}
    entry = _table(_table(values, "sessions"), "entry")
    if not pages:
        return
    links = {name: _table(page, "next") for name, page in pages.items()}
    yield from _unknown_pages("sessions.entry", entry, pages)
    for name, following in links.items():
        yield from _unknown_pages(f"pages.{name}.next", following, pages)
    yield from _adding_problems(entry, pages, links)
    yield from _stuck_problems(entry, pages, links)
    yield from _unreachable(entry, pages, links)


def _table(values: Mapping[str, object], key: str) -> dict[str, object]:
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _unknown_pages(
    path: str, following: Mapping[str, object], pages: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    for target in following:
        if target not in pages:
            yield f"{path}.{target}", f'there is no page "{target}"{did_you_mean(target, list(pages))}'


def _adding_problems(
    entry: Mapping[str, object], pages: Mapping[str, dict[str, object]], links: Mapping[str, dict[str, object]]
) -> Iterator[tuple[str, str]]:
    adding = {name for name, page in pages.items() if page.get("cart") == "add"}
    for target in sorted(adding & set(entry)):
        yield f"sessions.entry.{target}", "a session cannot begin with putting a product into the cart"
    for name, following in links.items():
        if pages[name].get("shows") != "product":
            for target in sorted(adding & set(following)):
                yield f"pages.{name}.next.{target}", f'"{target}" adds a product, but "{name}" shows none'


def _stuck_problems(
    entry: Mapping[str, object], pages: Mapping[str, dict[str, object]], links: Mapping[str, dict[str, object]]
) -> Iterator[tuple[str, str]]:
    def needs(target: str) -> bool:
        return pages.get(target, {}).get("cart") in _NEEDS_CART

    for target in filter(needs, entry):
        yield f"sessions.entry.{target}", "a session cannot begin on a page that needs a filled cart"
    for name, following in links.items():
        cart_may_be_empty = pages[name].get("cart") not in {"add", "needs"}
        open_to_all = [target for target, share in following.items() if share and not needs(target)]
        if following and cart_may_be_empty and not open_to_all:
            yield f"pages.{name}.next", "with an empty cart no page can follow"


def _unreachable(
    entry: Mapping[str, object], pages: Mapping[str, object], links: Mapping[str, dict[str, object]]
) -> Iterator[tuple[str, str]]:
    if not entry:
        return
    reached: set[str] = set()
    to_visit = [name for name, share in entry.items() if share]
    while to_visit:
        name = to_visit.pop()
        if name in pages and name not in reached:
            reached.add(name)
            to_visit.extend(target for target, share in links[name].items() if share)
    for name in pages:
        if name not in reached:
            yield f"pages.{name}", "no visitor can reach this page"
