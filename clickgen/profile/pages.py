"""The model of a profile's pages, sessions and catalogue: what there is to see, and how visits go through it."""

import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from clickgen.profile.section import Chance, Seconds, Section, Shares, Text, sums_to_one

PLACEHOLDERS = {"nothing": (), "category": ("category",), "search": ("term",), "product": ("product", "category")}

MOST_AGAIN = 8  # pages back; what was seen longer ago is seldom gone back to, and each costs memory a session
Sigma = Annotated[float, Field(gt=0, le=3)]


def _rising(points: list[float]) -> list[float]:
    if len(points) == 1 or points != sorted(points):
        raise ValueError("this has at least two numbers, from the lowest to the highest")
    return points


Shape = Annotated[list[Annotated[float, Field(ge=-20, le=20)]], Field(max_length=101), AfterValidator(_rising)]


def _at_most_one(chances: list[float]) -> list[float]:
    if math.fsum(chances) > 1:
        raise ValueError("these are chances of one step, and together more than 1")
    return chances


class After(Section):
    """What follows a page if the page before it was a certain one: the memory of the last two pages."""

    next: Shares = Field(description="Shares of the pages that follow.")
    leave: Chance | None = Field(
        default=None, description="Chance that the visit ends here; else that of the page, else by sessions.go_on."
    )


class Wait(Section):
    """The time from a page to a certain next one, where it is not as for the other pages that follow."""

    factor: float = Field(default=1.0, gt=0, le=10_000, description="Factor of the page's own think_s.")
    think_shape: Shape | None = Field(default=None, description="Shape of that time; else that of the sessions.")
    think_sigma: Sigma | None = Field(default=None, description="Sigma of that time; else that of the page.")
    at_once: Chance | None = Field(default=None, description="Share of no time at all; else that of the page.")
    pause: Chance | None = Field(default=None, description="Share of long pauses; else that of the page.")


AT_ONCE = Field(
    default=None, description="Share of the next clicks that come in no time at all, as those of a program do."
)
PAUSE = Field(
    default=None, description="Share of long pauses among the times until the next click; else sessions.pause."
)


class Page(Section):
    """One kind of page, or one thing done on it, that an event reports."""

    event: Text = Field(description="Type of the event.")
    path: Text = Field(
        description="Path as the visitor sees it; {category}, {product}, {term} stand for what is shown."
    )
    title: Text | None = Field(
        default=None, description="Title of the page, with the same words in braces as path; else its name."
    )
    shows: Literal["nothing", "category", "search", "product"] = Field(
        default="nothing", description="What the page is about."
    )
    category: Text | None = Field(
        default=None,
        description='The only category whose products are shown here, where shows = "product"; else any.',
    )
    product: Literal["any", "new", "same", "seen"] = Field(
        default="any",
        description='Which product is shown where shows = "product": "new" is one not seen before in the visit, '
        '"same" the last one, "seen" one shown before that (catalogue.seen_again says how long ago), each of the '
        'ranks and a new one where there is none; "any" leaves it to the catalogue.',
    )
    ranks: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)] | None = Field(
        default=None,
        description="Only products of these ranks by popularity are shown, the first and the last.",
    )
    cart: Literal["keep", "add", "needs", "order"] = Field(
        default="keep",
        description='"add" puts the product shown on the page before into the cart; "needs" is only reached '
        'with something in the cart; "order" needs it too, buys it and leaves the cart empty.',
    )
    think_s: Seconds = Field(description="Median of the time until the next click, in seconds.")
    think_sigma: Sigma | None = Field(
        default=None, description="Sigma of the lognormal think time; else that of the sessions."
    )
    think_shape: Shape | None = Field(
        default=None, description="Shape of the think time, as sessions.think_shape; else that of the sessions."
    )
    at_once: Chance | None = AT_ONCE
    pause: Chance | None = PAUSE
    to: dict[str, Wait] = Field(
        default={}, description="By the page that follows: what is different about the time until then."
    )
    next: Shares = Field(description="Shares of the pages that follow.")
    leave: Chance | None = Field(
        default=None, description="Chance that a visit ends after this page; else sessions.go_on decides."
    )
    after: dict[str, After] = Field(
        default={}, description="By the page before this one: the shares that follow instead of next."
    )

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        for key, text in (("path", self.path), ("title", self.title or "")):
            try:
                text.format(**dict.fromkeys(PLACEHOLDERS[self.shows], ""))
            except (KeyError, IndexError, AttributeError, ValueError) as problem:
                raise ValueError(
                    f"{key} {text!r} cannot be filled in ({problem}); "
                    f"a page that shows {self.shows} knows {sorted(PLACEHOLDERS[self.shows]) or 'no placeholder'}"
                ) from problem
        if self.cart == "add" and self.shows != "product":
            raise ValueError('a page with cart = "add" must have shows = "product"')
        if self.category is not None and (self.shows != "product" or self.cart == "add"):
            raise ValueError('category is for pages with shows = "product" that add nothing to the cart')
        if self.product != "any" and (self.shows != "product" or self.cart == "add" or self.category is not None):
            raise ValueError(
                'product is for pages with shows = "product" that add nothing to the cart and have no category'
            )
        if self.ranks is not None and (self.shows != "product" or self.cart == "add" or self.category is not None):
            raise ValueError(
                'ranks is for pages with shows = "product" that choose among products of all categories'
            )
        if self.ranks is not None and self.ranks[0] > self.ranks[1]:
            raise ValueError("ranks is [first, last]")
        return self


Again = Annotated[list[Chance], Field(max_length=MOST_AGAIN), AfterValidator(_at_most_one)]
GoOn = Annotated[list[Annotated[float, Field(gt=0, lt=1)]], Field(min_length=1)]


AGAIN = (
    "Chance that the next page is one seen before in the visit, whatever usually follows: the page before the "
    "last, the one before that, and so on."
)


class KindPage(Section):
    """What one kind of session does differently on a page; what is not named is as for all sessions."""

    next: Shares | None = Field(
        default=None, description="Shares of the pages that follow, whatever page was before, but for after."
    )
    leave: Chance | None = Field(default=None, description="Chance that the visit ends after this page.")
    think_s: Seconds | None = Field(default=None, description="Median of the time until the next click.")
    think_sigma: Sigma | None = Field(default=None, description="Sigma of that time.")
    at_once: Chance | None = AT_ONCE
    pause: Chance | None = PAUSE
    after: dict[str, After] = Field(
        default={}, description="By the page before this one: the shares that follow instead of next."
    )


class Kind(Section):
    """A kind of session, as of visitors who buy and of those who look something up: each has its own ways."""

    name: Text = Field(description="What people call it.")
    share: Chance = Field(description="Share of the sessions that are not bots'.")
    entry: Shares | None = Field(default=None, description="Pages that it begins with; else as all sessions.")
    go_on: GoOn | None = Field(
        default=None, description="Chance of another click by page; it goes before any page's own leave."
    )
    pace: float = Field(default=1.0, gt=0, le=100, description="Factor of the time between its clicks.")
    again: Again | None = Field(default=None, description=f"{AGAIN} Else as all sessions.")
    pages: dict[str, KindPage] = Field(default={}, description="By page: what is different there.")


class Sessions(Section):
    """How visits begin, go on and end."""

    entry: Shares = Field(description="Shares of the pages that sessions begin with.")
    go_on: GoOn = Field(
        description="Chance of another click after the first, second, … page; the last holds for all later ones.",
    )
    max_pages: int = Field(default=200, ge=2, le=1000, description="Where every session ends.")
    think_sigma: Sigma = Field(description="Sigma of the lognormal think times.")
    timeout_s: float = Field(
        default=1800.0, ge=60, le=86400, description="A gap as long as this ends a session, in seconds."
    )
    pace_sigma: float = Field(
        default=0.0,
        ge=0,
        le=2,
        description="Sigma of the lognormal pace of a session: some read everything slowly, others skim.",
    )
    pause: Chance = Field(default=0.0, description="Share of long pauses among the times between clicks.")
    pause_s: Seconds = Field(default=600.0, description="Median of long pauses, which no pace changes.")
    pause_sigma: Sigma = Field(default=0.7, description="Sigma of the lognormal long pauses.")
    think_shape: Shape = Field(
        default=[],
        description="Where think times are not lognormal: by how many sigmas their log is off the median where "
        "that of a normal law is off by -3 to 3 sigmas, in equal steps from the lowest to the highest.",
    )
    resolution_s: float | None = Field(
        default=None,
        ge=0.001,
        le=60,
        description="Times between clicks are multiples of this, as in recordings of whole seconds.",
    )
    again: Again = Field(default=[], description=AGAIN)
    ending_odds: list[Annotated[float, Field(gt=0, le=1000)]] = Field(
        default=[],
        max_length=100,
        description="Factors of the odds that a visit ends, where pages have their own leave: after the first, "
        "second, ... page; the last holds for all later ones.",
    )
    kinds: list[Kind] = Field(default=[], max_length=64, description="Kinds of sessions, mixed by their shares.")

    @model_validator(mode="after")
    def _kinds_make_up_all(self) -> Self:
        if self.kinds:
            sums_to_one(self.kinds)
        return self


class Bots(Section):
    """Programs among the visitors: they walk all linked pages alike, at one pace, and never fill a cart."""

    share: Chance = Field(description="Share of the sessions that are bots'.")
    agents: Shares = Field(description="User agents and their shares.")
    pages: float = Field(ge=1, le=1000, description="Mean pages a session.")
    pace_s: Seconds = Field(description="Seconds between two requests, always the same.")
    entry: Shares | None = Field(default=None, description="Pages that bots begin with; else as all sessions.")
