"""The rows of chances that a profile gets: what follows each page and pair of pages, in each kind of session."""

from dataclasses import dataclass

import numpy as np

from clickgen.learn.kinds import Kinds
from clickgen.learn.mixture import Floats

_LEAST = 1e-5  # of a page that has to stay in a row
_CUTS = (2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2)
_MOST_SHARES = 45_000  # in a profile: with their names they fill a file as large as is read


@dataclass(frozen=True, slots=True, eq=False)
class Follow:
    """What follows in one context: shares of the pages, and the chance that the visit ends."""

    shares: Floats
    leave: float


@dataclass(frozen=True, slots=True, eq=False)
class KindRows:
    """The rows of one kind of session."""

    share: float
    entry: Floats
    pages: list[Follow]
    pairs: dict[tuple[int, int], Follow]  # by the page before and the page


def rows_of(kinds: Kinds, keep_all: Floats) -> list[KindRows]:
    """The rows of each kind, cut so that all of them fit into a profile.

    keep_all: each page's share of the views; what follows pages that a kind never sees.
    """
    whole = [_of_kind(kinds, kind, keep_all) for kind in range(kinds.count)]
    for cut in _CUTS:
        found = [_cut(kind, cut) for kind in whole]
        if sum(map(_shares, found)) <= _MOST_SHARES:
            break
    return found


def pooled_rows(kinds: Kinds, keep_all: Floats) -> KindRows:
    """The rows of all sessions together, where nothing that follows is impossible."""
    weights = kinds.belongs.sum(axis=0)
    chains, pages = kinds.chains, kinds.chains.pages
    counts = np.zeros((pages + 1, pages + 1))
    plain = chains.context <= pages
    mixed = weights @ kinds.chances.chance / weights.sum()
    counts[chains.context[plain], chains.codes[plain] % (pages + 1)] = mixed[plain]
    counts[:, :pages] += 1e-4 * keep_all
    entry = counts[pages, :pages]
    return KindRows(1.0, entry / entry.sum(), [_follow(row, keep_all) for row in counts[:pages]], {})


def _of_kind(kinds: Kinds, kind: int, usual: Floats) -> KindRows:
    chains, pages = kinds.chains, kinds.chains.pages
    table = np.zeros((pages + 1 + len(chains.pairs), pages + 1))
    table[chains.context, chains.codes % (pages + 1)] = kinds.chances.chance[kind]
    entry = table[pages, :pages] + _LEAST * usual
    return KindRows(
        float(kinds.chances.share[kind]),
        entry / entry.sum(),
        [_follow(row, usual) for row in table[:pages]],
        {
            (pair // pages, pair % pages): _follow(row, usual)
            for pair, row in zip(chains.pairs.tolist(), table[pages + 1 :], strict=True)
        },
    )


def _follow(row: Floats, usual: Floats) -> Follow:
    pages, total = row[:-1], float(row.sum())
    shares = pages / pages.sum() if pages.sum() > 1e-9 else usual
    return Follow(shares, float(row[-1] / total) if total > 0 else 1.0)


def _cut(kind: KindRows, least: float) -> KindRows:
    """The rows without pages of small shares, but for those that a pair needs."""
    leads: dict[int, list[int]] = {}
    for before, page in kind.pairs:
        leads.setdefault(before, []).append(page)
    return KindRows(
        kind.share,
        _cut_shares(kind.entry, _LEAST / 10, []),
        [
            Follow(_cut_shares(row.shares, least, leads.get(number, [])), row.leave)
            for number, row in enumerate(kind.pages)
        ],
        {
            pair: Follow(_cut_shares(row.shares, least, leads.get(pair[1], [])), row.leave)
            for pair, row in kind.pairs.items()
        },
    )


def _cut_shares(shares: Floats, least: float, kept: list[int]) -> Floats:
    found = np.where(shares >= min(least, float(shares.max())), shares, 0.0)
    found[kept] = np.maximum(found[kept], _LEAST)
    cut: Floats = found / found.sum()
    return cut


def _shares(kind: KindRows) -> int:
    rows = [*kind.pages, *kind.pairs.values()]
    return sum(int(np.count_nonzero(row.shares)) for row in rows)
