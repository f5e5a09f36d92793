"""From the pieces of an event to its parts, as few as possible.

What an event costs are its parts, so pieces that stand side by side and come from the same facts become one part,
and so do pieces from different facts where all their combinations are few enough to be joined ahead.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product, repeat
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.encode import Layout
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.schema.parts import Chosen, Extended, Fixed, LayoutPart, RowEnding, Rows
from clickgen.schema.pieces import ID, Cart, InCart, Of, Piece, Wide
from clickgen.schema.sources import VIEW, FieldSource, View, first_views, is_about_cart

T = TypeVar("T")

_MOST_COMBINED = 1 << 12  # combinations of words that are joined ahead; more leave the processor's cache
_OfFixedWidth = bytes | Wide | RowEnding
_OfPools = bytes | Of[Any] | InCart


def lay_out(pieces: Iterable[Piece], vocabulary: Vocabulary) -> Layout:
    """The layout of events that consist of these pieces; one of them is `ID`."""
    pieces = list(pieces)
    tells_lines = any(isinstance(piece, InCart) and piece.tells_lines for piece in pieces)
    runs = _runs(pieces, _Words(vocabulary))
    for number, run in enumerate(runs):
        if isinstance(run, _FixedRun) and ID in run.pieces:
            return Layout([run.part() for run in runs], number, run.width_before(ID), tells_lines)
    raise ValueError("the pieces hold no id")


class _Words:
    """The words of each source over a vocabulary, made once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._made: dict[FieldSource[Any], Sequence[Any]] = {}

    def __getitem__(self, source: FieldSource[T]) -> Sequence[T]:
        if source not in self._made:
            self._made[source] = source.words(self.vocabulary)
        return self._made[source]


def _runs(pieces: Iterable[Piece], words: _Words) -> "list[_FixedRun | _PoolRun]":
    """The pieces in as few runs as possible; fixed text goes where it costs least."""
    runs: list[_FixedRun | _PoolRun] = []
    loose: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            loose.append(piece)
            continue
        last = runs[-1] if runs else None
        if last is None or not last.takes(piece):
            run = _FixedRun() if isinstance(piece, Wide | RowEnding) else _PoolRun(words)
            # fixed text costs nothing in a pool, most of all if a cart text is last, and none can follow an ending
            if last and last.open and isinstance(run, _FixedRun):
                last.add(*loose)
                loose = []
            runs.append(run)
        runs[-1].add(*loose, piece)
        loose = []
    if loose:
        if not runs or not runs[-1].open:
            runs.append(_FixedRun())
        runs[-1].add(*loose)
    return runs


class _FixedRun:
    """Pieces that become a `Fixed` part."""

    def __init__(self) -> None:
        self.pieces: list[_OfFixedWidth] = []

    @property
    def open(self) -> bool:
        """Whether something may follow."""
        return not (self.pieces and isinstance(self.pieces[-1], RowEnding))

    def takes(self, piece: Piece) -> bool:
        """Whether the piece can stand in this run, behind the others."""
        return self.open and isinstance(piece, Wide | RowEnding)

    def add(self, *pieces: Piece) -> None:
        """Put pieces behind the others."""
        self.pieces += [piece for piece in pieces if isinstance(piece, _OfFixedWidth)]

    def width_before(self, piece: Wide) -> int:
        """How many bytes stand before this piece."""
        ahead = self.pieces[: self.pieces.index(piece)]
        return sum(len(other) if isinstance(other, bytes) else other.width for other in ahead)

    def part(self) -> LayoutPart:
        end = self.pieces[-1]
        inner = [piece for piece in self.pieces if not isinstance(piece, RowEnding)]
        return Fixed(*inner, end=end if isinstance(end, RowEnding) else None)


class _PoolRun:
    """Pieces that become a `Chosen` part, extended with texts about the cart."""

    open = True

    def __init__(self, words: _Words) -> None:
        self._words = words
        self._pieces: list[bytes | Of[Any]] = []
        self._tail: list[_OfPools] = []  # from the first text about the cart on
        self._sources: list[FieldSource[Any]] = []

    def takes(self, piece: Piece) -> bool:
        if isinstance(piece, InCart):
            return self._sources == [VIEW]
        if not isinstance(piece, Of):
            return False
        if self._tail:
            return piece.source is VIEW
        sources = {*self._sources, piece.source}
        return len(sources) == 1 or prod(len(self._words[source]) for source in sources) <= _MOST_COMBINED

    def add(self, *pieces: Piece) -> None:
        for piece in pieces:
            if not isinstance(piece, bytes | Of | InCart):
                continue
            if not isinstance(piece, bytes):
                source = piece.source if isinstance(piece, Of) else VIEW
                if source not in self._sources:
                    self._sources.append(source)
            if self._tail or isinstance(piece, InCart):
                self._tail.append(piece)
            else:
                self._pieces.append(piece)

    def part(self) -> LayoutPart:
        sizes = [len(self._words[source]) for source in self._sources]
        numbers = [source.numbers(self._words.vocabulary) for source in self._sources]

        def number(facts: Facts) -> NDArray[np.int64]:
            chosen = numbers[0](facts)
            for size, further in zip(sizes[1:], numbers[1:], strict=True):
                chosen = chosen * size + further(facts)
            return chosen

        if not self._tail:
            return Chosen(self._strings(self._pieces), number)
        views, tail = self._words[VIEW], [_without_cart(piece) for piece in self._tail]
        tails = iter(_texts(tail, [view for view in views if not view.about_cart]))
        strings = [
            text if view.about_cart else text + next(tails)
            for text, view in zip(_texts(self._pieces, views), views, strict=True)
        ]
        return Extended(Chosen(strings, number), _CartTexts(self._tail, self._words.vocabulary, views))

    def _strings(self, pieces: Sequence[bytes | Of[Any]]) -> list[bytes]:
        """The pieces' text for every combination of the words of this run's sources."""
        if len(self._sources) == 1:  # which may have many words: nothing is kept but their text
            return _texts(pieces, self._words[self._sources[0]])
        texts = [
            [piece.write(word) for word in self._words[piece.source]] if isinstance(piece, Of) else [piece]
            for piece in pieces
        ]
        # which of the combination's words a piece is of; what is the same for all is of the one word behind them
        sources = [self._sources.index(piece.source) if isinstance(piece, Of) else -1 for piece in pieces]
        combinations = product(*(range(len(self._words[source])) for source in self._sources), range(1))
        return [
            b"".join([text[words[source]] for text, source in zip(texts, sources, strict=True)])
            for words in combinations
        ]


def _texts(pieces: Sequence[bytes | Of[T]], words: Sequence[T]) -> list[bytes]:
    """The pieces' text for each of the words."""
    columns = [map(piece.write, words) if isinstance(piece, Of) else repeat(piece, len(words)) for piece in pieces]
    return list(map(b"".join, zip(*columns, strict=True))) if columns else [b""] * len(words)


def _without_cart(piece: _OfPools) -> bytes | Of[Any]:
    return Of(VIEW, piece.elsewhere) if isinstance(piece, InCart) else piece


class _CartTexts:
    """What the events on pages about the cart add to a part."""

    def __init__(self, pieces: Sequence[_OfPools], vocabulary: Vocabulary, views: Sequence[View]) -> None:
        self._columns = [_cart_column(piece, views) for piece in pieces]
        self._views, self._first = views, first_views(vocabulary)
        self._about_cart = np.array([is_about_cart(page) for page in vocabulary.pages])

    def __call__(self, rows: Rows) -> tuple[NDArray[np.int64], list[bytes]]:
        """Which events these are, and what they add."""
        facts = rows.facts
        chosen = np.flatnonzero(self._about_cart.take(facts.page))
        numbers = (self._first.take(facts.page.take(chosen)) + facts.item.take(chosen)).tolist()
        columns = (facts.quantity, facts.cart_items, facts.cart_cents, facts.lines, facts.order)
        views = map(self._views.__getitem__, numbers)
        carts = list(map(Cart, views, *(column.take(chosen).tolist() for column in columns)))
        if len(self._columns) == 1:
            return chosen, list(self._columns[0](numbers, carts))
        return chosen, list(
            map(b"".join, zip(*(column(numbers, carts) for column in self._columns), strict=False))
        )


def _cart_column(piece: _OfPools, views: Sequence[View]) -> Callable[[list[int], list[Cart]], Iterable[bytes]]:
    """The piece's texts for events on these views, given as numbers, with these carts."""
    match piece:
        case InCart():
            return lambda _, carts: map(piece.write, carts)
        case Of():
            texts = [piece.write(view) if view.about_cart else b"" for view in views]
            return lambda numbers, _: map(texts.__getitem__, numbers)
        case _:
            return lambda *_: repeat(piece)
