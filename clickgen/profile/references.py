"""What one part of a profile says of another, beyond the page graph: categories, channels, what is sold."""

from collections.abc import Iterator

from clickgen.model.suggestion import did_you_mean
from clickgen.profile.graph import Table, table


def reference_problems(values: Table) -> Iterator[tuple[str, str]]:
    """(path in the file, what is wrong) for each name that is not there, and each page that has nothing to show.

    Parts of the wrong type are passed over: the model reports those.
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
