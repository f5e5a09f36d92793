"""Where a visitor can be, and the steps from there: the pages of a profile, once for each kind of session."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile
    from clickgen.profile.pages import Kind, KindPage, Page, Sessions


Row = tuple[list[int], list[float]]
_OF_KIND = {"next", "leave", "think_s", "think_sigma", "at_once", "pause"}  # of a page, what a kind may have else


@dataclass(frozen=True, slots=True)
class Law:
    """What is known of the time until the next click."""

    think_s: float  # the median; 0 before the first page
    sigma: float
    at_once: float = 0.0  # the share of no time at all
    pause: float = 0.0  # the share of long pauses
    shape: tuple[float, ...] = ()  # as sessions.think_shape says; of a lognormal if it is empty


@dataclass(frozen=True, slots=True)
class Context:
    """A place in the graph, and how a visit goes on from there."""

    page: int  # the number of pages if none was seen yet
    wait: Law
    go_on: tuple[float, ...]  # the chance of another click after page 1, 2, …; the last holds for all later ones
    is_bot: bool = False
    to: tuple[tuple[int, Law], ...] = ()  # by page: the time until the next click if that is on this page


class Contexts:
    """The contexts of a profile in the order of their numbers.

    First the pages and the pairs of pages that matter, for each kind of session; then the pages for bots, and the
    two that sessions begin from. A profile without kinds of sessions has one, which is everybody.
    """

    def __init__(self, profile: "Profile") -> None:
        from clickgen.profile.pages import Kind

        self._profile = profile
        numbers = {name: number for number, name in enumerate(profile.pages)}
        kinds = profile.sessions.kinds or [Kind(name="everybody", share=1.0)]
        self._kinds: list[_KindContexts] = []
        self.begins: list[int] = []  # the first context of each kind
        people: list[Context] = []
        for kind in kinds:
            self.begins.append(len(people))
            self._kinds.append(_KindContexts(profile, kind, numbers, len(people)))
            people += self._kinds[-1].contexts
        self._numbers, self._first_bot = numbers, len(people)
        self.entry, self.bot_entry = len(people) + len(numbers), len(people) + len(numbers) + 1
        self.all = [*people, *self._of_bots(), *[Context(len(numbers), Law(0.0, 0.0), (0.0,))] * 2]

    def rows(self) -> Iterator[Row]:
        """The steps from each context, with an empty and with a filled cart."""
        for kind in self._kinds:
            yield from kind.rows()
        entry, bots, pages = self._profile.sessions.entry, self._profile.bots, self._profile.pages
        # no session can begin on a page about a cart (the graph was checked)
        bot_entry = (bots and bots.entry and self._for_bots(bots.entry)) or self._for_bots(entry) or ([0], [1.0])
        for page in pages.values():
            row = self._for_bots(page.next) or bot_entry
            yield from (row, row)
        mixed = self._entry()
        yield from (mixed, mixed)
        yield from (bot_entry, bot_entry)

    @property
    def again(self) -> list[tuple[float, ...]]:
        """For each kind the chances to go back to the page before the last, to the one before that, …"""
        return [kind.again for kind in self._kinds]

    @property
    def pairs(self) -> Iterator[tuple[int, int, int]]:
        """Each pair of pages that matters: the number of its kind, the page before, and its context."""
        for number, kind in enumerate(self._kinds):
            yield from ((number, before, context) for before, context in kind.pairs)

    def _entry(self) -> Row:
        """Where people begin: the kinds in proportion to their shares, each on its own pages."""
        if len(self._kinds) == 1:
            return self._kinds[0].entry()
        targets: list[int] = []
        shares: list[float] = []
        for kind in self._kinds:
            begun, weights = kind.entry()
            targets += begun
            shares += [kind.share * weight / sum(weights) for weight in weights]
        return targets, shares

    def _of_bots(self) -> list[Context]:
        bots, longest = self._profile.bots, self._profile.sessions.max_pages
        go_on = (1 - 1 / bots.pages if bots else 0.0,) * (longest - 1)
        return [
            Context(number, Law(bots.pace_s if bots else page.think_s, 0.0), go_on, is_bot=True)
            for number, page in enumerate(self._profile.pages.values())
        ]

    def _for_bots(self, following: Mapping[str, float]) -> Row | None:
        """Every page that is linked, as likely as any other, but nothing that is about a cart."""
        pages = self._profile.pages
        linked = [name for name, share in following.items() if share > 0 and pages[name].cart == "keep"]
        targets = [self._first_bot + self._numbers[name] for name in linked]
        return (targets, [1.0] * len(targets)) if targets else None


class _KindContexts:
    """The contexts of one kind of session: its pages, and the pairs of pages that matter."""

    def __init__(self, profile: "Profile", kind: "Kind", numbers: Mapping[str, int], begin: int) -> None:
        """begin: the number of its first context."""
        sessions = profile.sessions
        self.share = kind.share
        self.again = tuple(sessions.again if kind.again is None else kind.again)
        self._begin, self._numbers = begin, numbers
        self._entry = kind.entry or sessions.entry
        self._pages = {name: _of_kind(page, kind, kind.pages.get(name)) for name, page in profile.pages.items()}
        pairs = [(before, name) for name, page in self._pages.items() for before in page.after]
        self._pairs = {pair: begin + len(numbers) + number for number, pair in enumerate(pairs)}
        by_depth = tuple(kind.go_on or sessions.go_on)
        waits = {name: _waits(page, kind.pace, sessions, numbers) for name, page in self._pages.items()}
        self.contexts: list[Context] = []
        for name, leave in [
            *((name, page.leave) for name, page in self._pages.items()),
            *((name, _leave_after(self._pages[name], before)) for before, name in pairs),
        ]:
            go_on = by_depth if leave is None else _staying(leave, sessions.ending_odds)
            wait, to = waits[name]
            self.contexts.append(Context(numbers[name], wait, go_on, to=to))

    def rows(self) -> Iterator[Row]:
        """The steps from each of its contexts, with an empty and with a filled cart."""
        for name, page in self._pages.items():
            yield from self._steps(name, page.next)
        for before, name in self._pairs:
            yield from self._steps(name, self._pages[name].after[before].next)

    def entry(self) -> Row:
        """The contexts that it begins with."""
        return [self._begin + self._numbers[name] for name in self._entry], list(self._entry.values())

    @property
    def pairs(self) -> Iterator[tuple[int, int]]:
        """Each pair of pages that matters: the page before, and its context."""
        yield from ((self._numbers[before], context) for (before, _), context in self._pairs.items())

    def _steps(self, source: str, following: Mapping[str, float]) -> Iterator[Row]:
        targets = [self._pairs.get((source, name), self._begin + self._numbers[name]) for name in following]
        shares = list(following.values())
        yield targets, _open_shares([self._pages[name] for name in following], shares)
        yield targets, shares


def _staying(leave: float, factors: Sequence[float]) -> tuple[float, ...]:
    """The chance of another click by page number, if the odds to end have these factors."""
    if not factors:
        return (1 - leave,)
    return tuple((1 - leave) / (1 - leave + leave * factor) for factor in factors)


def _waits(
    page: "Page", pace: float, sessions: "Sessions", numbers: Mapping[str, int]
) -> tuple[Law, tuple[tuple[int, Law], ...]]:
    """The law of the time until the next click, and those of the pages after which it is another."""
    pause = sessions.pause if page.pause is None else page.pause
    usual = tuple(sessions.think_shape)
    own = Law(
        think_s=page.think_s * pace,
        sigma=page.think_sigma or sessions.think_sigma,
        at_once=page.at_once or 0.0,
        pause=pause,
        shape=usual if page.think_shape is None else tuple(page.think_shape),
    )
    return own, tuple(
        (
            numbers[name],
            Law(
                own.think_s * wait.factor,
                wait.think_sigma or own.sigma,
                own.at_once if wait.at_once is None else wait.at_once,
                own.pause if wait.pause is None else wait.pause,
                usual if wait.think_shape is None else tuple(wait.think_shape),
            ),
        )
        for name, wait in page.to.items()
    )


def _of_kind(page: "Page", kind: "Kind", different: "KindPage | None") -> "Page":
    """The page as sessions of a kind see it."""
    after = dict(page.after)
    leave = page.leave
    if kind.go_on is not None:
        leave = None
        after = {before: step.model_copy(update={"leave": None}) for before, step in after.items()}
    if different is None:
        return page.model_copy(update={"leave": leave, "after": after})
    changed = different.model_dump(include=_OF_KIND, exclude_none=True)
    if different.next is not None:
        after = {}
    return page.model_copy(update={"leave": leave, "after": after | different.after} | changed)


def _leave_after(page: "Page", before: str) -> float | None:
    """The chance that a visit ends on a page that followed another, if it does not depend on the depth."""
    own = page.after[before].leave
    return page.leave if own is None else own


def _open_shares(pages: "Sequence[Page]", shares: list[float]) -> list[float]:
    """The shares with an empty cart: the pages that need a filled one are left out.

    If nothing is left, no visitor has an empty cart there (the graph was checked), and the row only keeps the
    numbering.
    """
    left = [0.0 if page.cart in {"needs", "order"} else share for page, share in zip(pages, shares, strict=True)]
    return left if any(left) else shares
