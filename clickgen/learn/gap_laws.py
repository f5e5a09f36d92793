"""Laws of the time between clicks: by page, by step, by kind of session, with clicks at once, pauses and paces."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.gaps import Gaps
from clickgen.learn.mixture import Floats, Paces
from clickgen.learn.pauses import LEAST_SIGMA, MOST_SIGMA, Mixed, find_pauses, fit_groups, uncut
from clickgen.profile.waits import PACES, SHAPE_REACH

_SHRINKING = 20.0  # gaps that a wider law counts as in a narrower one
_ENOUGH = 1000  # gaps of a page, from which its law leans on nothing
_STEP_GAPS = 20  # before a step has a law of its own
_STEP_GAIN = 6.0  # that such a law adds to the log likelihood at least
_SHAPE_GAPS = 500  # before their shape says anything
_SHAPE_POINTS = 49
_MIDDLE = slice(_SHAPE_POINTS // 6, -(_SHAPE_POINTS // 6))  # points that most gaps are between
_OTHER_SHAPE = 0.3  # sigmas that a page or step is off all gaps somewhere, before it has a shape of its own
_SMALL_PACE = 0.1  # sigma of the pace that is not worth a parameter: it would blur times that are exact
# The paces of simulated sessions are middles of equally likely parts, which spread a little less than the law.
_PACE_SPREAD = float(np.std([NormalDist().inv_cdf((part + 0.5) / PACES) for part in range(PACES)]))


@dataclass(frozen=True, slots=True, eq=False)
class StepLaws:
    """The laws of pages, and of the steps that differ from their page: the same in all kinds of sessions."""

    pages: int
    laws: Mixed  # by page, then by step
    steps: NDArray[np.int64]  # page × pages + the page after it, of each step with a law of its own, sorted
    at_once: Floats  # by page, then by step

    def group(self, gaps: Gaps) -> NDArray[np.int64]:
        """Which law each gap has."""
        code = gaps.page * self.pages + gaps.to
        if not len(self.steps):
            return gaps.page
        place = np.searchsorted(self.steps, code).clip(max=len(self.steps) - 1)
        return np.where(self.steps[place] == code, self.pages + place, gaps.page)

    def residuals(self, gaps: Gaps) -> tuple[Floats, Floats]:
        """What is left of each log gap without its law, and how likely it is not a pause."""
        group = self.group(gaps)
        return gaps.log - self.laws.mean[group], 1 - self.laws.paused(group, gaps.log)


@dataclass(frozen=True, slots=True)
class StepLaw:
    """How the time before a certain next page differs."""

    factor: float  # of the median of the page
    sigma: float
    at_once: float
    pause: float
    shape: tuple[float, ...] | None  # None if it is as that of all gaps


@dataclass(frozen=True, slots=True, eq=False)
class GapLaws:
    """Log medians and sigmas, and shares of gaps at once and of pauses."""

    sigma: float  # of all gaps
    page_median: Floats
    page_sigma: Floats
    page_at_once: Floats
    page_pause: Floats
    kind_median: Floats  # kinds × pages, as are the next two
    kind_sigma: Floats
    kind_pause: Floats
    steps: dict[tuple[int, int], StepLaw]  # by the page and the one after it
    pace_sigma: float
    pause_s: float
    pause_sigma: float
    resolution_s: float
    shape: tuple[float, ...]  # see sessions.think_shape
    page_shape: list[tuple[float, ...] | None]  # None if it is as that of all gaps

    @property
    def pauses(self) -> bool:
        """Whether there are any long ones."""
        return bool(self.page_pause.any())


def fit_steps(gaps: Gaps, pages: int) -> StepLaws:
    """The laws of pages and steps."""
    lasting = gaps.lasting
    page_laws = find_pauses(lasting.page, lasting.log, pages, _SHRINKING)
    every = np.ones(len(lasting.log))
    codes, step = np.unique(lasting.page * pages + lasting.to, return_inverse=True)
    back = page_laws.taken(codes // pages)
    own = fit_groups(step, lasting.log, every, back, _SHRINKING)
    gain = np.bincount(step, own.bits_of(step, lasting.log) - back.bits_of(step, lasting.log), len(codes))
    kept = (np.bincount(step, minlength=len(codes)) >= _STEP_GAPS) & (gain >= _STEP_GAIN)
    others = ~kept[step]
    # the law of a page is of the steps that have none of their own
    strength = _strength(lasting.page[others], pages)
    page_laws = _fit(lasting, others, page_laws, strength)
    steps, at_once = _at_once(gaps, pages, codes[kept])
    own = own.taken(np.searchsorted(codes, steps).clip(max=len(codes) - 1))
    missing = ~np.isin(steps, codes[kept])
    page = steps // pages
    laws = Mixed(
        mean=np.concatenate([page_laws.mean, np.where(missing, page_laws.mean[page], own.mean)]),
        variance=np.concatenate([page_laws.variance, np.where(missing, page_laws.variance[page], own.variance)]),
        share=np.concatenate([page_laws.share, np.where(missing, page_laws.share[page], own.share)]),
        pause_mean=page_laws.pause_mean,
        pause_variance=page_laws.pause_variance,
    )
    return StepLaws(pages, laws, steps, at_once)


def _strength(page: NDArray[np.int64], pages: int) -> Floats:
    return np.where(np.bincount(page, minlength=pages) < _ENOUGH, _SHRINKING, 0.0)


def _fit(gaps: Gaps, rows: NDArray[np.bool_], back: Mixed, strength: Floats) -> Mixed:
    page, log = gaps.page[rows], gaps.log[rows]
    found = back
    for few in np.unique(strength):
        one = fit_groups(page, log, np.ones(len(log)), back, float(few))
        chosen = strength == few
        found = Mixed(
            np.where(chosen, one.mean, found.mean),
            np.where(chosen, one.variance, found.variance),
            np.where(chosen, one.share, found.share),
            back.pause_mean,
            back.pause_variance,
        )
    return found


def _at_once(gaps: Gaps, pages: int, kept: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
    """The steps of which gaps are none far more or less often than of their page, beside those that are kept
    anyway; and the share of none by page and by step."""
    code = gaps.page * pages + gaps.to
    codes, step = np.unique(code, return_inverse=True)
    count, none = np.bincount(step), np.bincount(step, gaps.none)
    page = codes // pages
    all_, all_none = np.bincount(gaps.page, minlength=pages), np.bincount(gaps.page, gaps.none, pages)
    usual = ((all_none + 0.5) / (all_ + 1))[page]
    share = (none + 0.5) / (count + 1)
    gain = none * np.log(share / usual) + (count - none) * np.log((1 - share) / (1 - usual))
    odd = (count >= _STEP_GAPS) & (gain >= _STEP_GAIN)
    own = odd | np.isin(codes, kept)
    left, left_none = np.bincount(page, count * ~own, pages), np.bincount(page, none * ~own, pages)
    of_page = np.where(left > 0, left_none / np.maximum(left, 1), all_none / np.maximum(all_, 1))
    return codes[own], np.concatenate([of_page, (none / count)[own]])


def paces_of(gaps: Gaps, steps: StepLaws, sessions: int) -> Paces:
    """How fast each session was, without what its steps make of it."""
    lasting = gaps.lasting
    left, weight = steps.residuals(lasting)
    counts: Floats = np.bincount(lasting.session, weight, sessions).astype(np.float64)
    sums: Floats = np.bincount(lasting.session, weight * left, sessions).astype(np.float64)
    squares = np.bincount(lasting.session, (weight * left) ** 2, sessions)
    pairs = float((counts**2 - np.bincount(lasting.session, weight**2, sessions)).sum())
    between = max(0.0, float((sums**2 - squares).sum()) / pairs) if pairs > 1 else 0.0
    variance = float((weight * left**2).sum()) / max(float(weight.sum()), 1e-9)
    pauses: Floats = np.bincount(lasting.session, 1 - weight, sessions).astype(np.float64)
    shares = steps.laws.share[steps.group(lasting)]
    expected: Floats = np.bincount(lasting.session, shares, sessions).astype(np.float64)
    mean = sums / np.maximum(counts, 1e-9)
    return Paces(mean, counts, pauses, expected, max(variance - between, 0.05), max(between, 0.01))


def fit_gaps(gaps: Gaps, steps: StepLaws, belongs: Floats) -> GapLaws:
    """The laws of the gaps of sessions that belong to kinds with these weights."""
    pages, top = steps.pages, float(np.log(max(gaps.longest_s - 10, 1.0)))
    lasting = gaps.lasting
    of_kinds = [_of_kind(lasting, steps, belongs[lasting.session, kind]) for kind in range(belongs.shape[1])]
    offsets = np.array([one.mean - steps.laws.mean[:pages] for one in of_kinds])
    pace = _pace_variance(lasting, steps, belongs, offsets)
    pace = pace if pace > _SMALL_PACE**2 else 0.0

    def law(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
        pairs = [uncut(m, v, top) for m, v in zip(mean.ravel().tolist(), variance.ravel().tolist(), strict=True)]
        medians = np.array([median for median, _ in pairs]).reshape(mean.shape)
        sigmas = np.array([sigma for _, sigma in pairs]).reshape(mean.shape)
        return medians, np.sqrt(np.maximum(sigmas**2 - pace, LEAST_SIGMA**2)).clip(max=MOST_SIGMA)

    medians, sigmas = law(steps.laws.mean, steps.laws.variance)
    kind_median, kind_sigma = law(
        *(np.array([getattr(one, key) for one in of_kinds]) for key in ("mean", "variance"))
    )
    shapes = _shapes(lasting, steps, belongs, of_kinds)
    pause_median, pause_sigma = uncut(steps.laws.pause_mean, steps.laws.pause_variance, top)
    return GapLaws(
        sigma=float(law(np.array([lasting.log.mean()]), np.array([lasting.log.var()]))[1][0]),
        page_median=medians[:pages],
        page_sigma=sigmas[:pages],
        page_at_once=steps.at_once[:pages],
        page_pause=steps.laws.share[:pages],
        kind_median=kind_median,
        kind_sigma=kind_sigma,
        kind_pause=np.array([one.share for one in of_kinds]),
        steps={
            (code // pages, code % pages): StepLaw(
                factor=float(np.exp(medians[pages + n] - medians[code // pages])),
                sigma=float(sigmas[pages + n]),
                at_once=float(steps.at_once[pages + n]),
                pause=float(steps.laws.share[pages + n]),
                shape=shapes.own.get(pages + n),
            )
            for n, code in enumerate(steps.steps.tolist())
        },
        pace_sigma=float(np.sqrt(pace)) / _PACE_SPREAD,
        pause_s=float(np.exp(pause_median)),
        pause_sigma=pause_sigma,
        resolution_s=gaps.resolution_s,
        shape=shapes.usual,
        page_shape=[shapes.own.get(page) for page in range(pages)],
    )


@dataclass(frozen=True, slots=True)
class _Shapes:
    """How usual times differ from lognormal ones."""

    usual: tuple[float, ...]  # of all gaps; empty if they do not differ, or are too few to say
    own: dict[int, tuple[float, ...]]  # of pages and steps by the number of their law, where it is another


def _shapes(gaps: Gaps, steps: StepLaws, belongs: Floats, of_kinds: list[Mixed]) -> _Shapes:
    kind, group = belongs.argmax(axis=1)[gaps.session], steps.group(gaps)
    left, weight = steps.residuals(gaps)
    plain = group < steps.pages
    means = np.array([one.mean for one in of_kinds])[kind, gaps.page] - steps.laws.mean[gaps.page]
    own = np.array([one.variance for one in of_kinds])[kind, gaps.page]
    z = (left - means) / np.sqrt(np.where(plain, own, steps.laws.variance[group]))
    if weight.sum() < _SHAPE_GAPS:
        return _Shapes((), {})
    usual = _points(z, weight)
    found = {}
    many = np.bincount(group, weight)
    for number in np.flatnonzero(many >= _SHAPE_GAPS).tolist():
        points = _points(z[group == number], weight[group == number])
        if np.abs(points - usual)[_MIDDLE].max() > _OTHER_SHAPE:
            found[number] = tuple(points.tolist())
    return _Shapes(tuple(usual.tolist()), found)


def _points(z: Floats, weight: Floats) -> Floats:
    """Where a law of these values is if a normal one is from -SHAPE_REACH to SHAPE_REACH."""
    order = np.argsort(z)
    z, weight = z[order], weight[order]
    reached = np.cumsum(weight)
    middle = np.average(z, weights=weight)
    spread = max(float(np.sqrt(np.average((z - middle) ** 2, weights=weight))), LEAST_SIGMA)
    at = [NormalDist().cdf(point) for point in np.linspace(-SHAPE_REACH, SHAPE_REACH, _SHAPE_POINTS).tolist()]
    found = (np.interp(at, (reached - weight / 2) / reached[-1], z) - middle) / spread
    rising: Floats = np.maximum.accumulate(found.clip(-10, 10)).round(3)
    return rising


def _of_kind(gaps: Gaps, steps: StepLaws, weight: Floats) -> Mixed:
    """The laws of the pages in one kind of session. A step's difference to its page is the same in all kinds."""
    group, pages = steps.group(gaps), steps.pages
    plain = group < pages
    back = steps.laws.taken(np.arange(pages))
    found = fit_groups(gaps.page[plain], gaps.log[plain], weight[plain], back, _SHRINKING)
    left, usual = steps.residuals(gaps)
    variance = steps.laws.variance[group]
    precision = np.bincount(gaps.page, weight * usual / variance, pages) + _SHRINKING / back.variance
    offset = np.bincount(gaps.page, weight * usual * left / variance, pages) / precision
    return Mixed(back.mean + offset, found.variance, found.share, back.pause_mean, back.pause_variance)


def _pace_variance(gaps: Gaps, steps: StepLaws, belongs: Floats, offsets: Floats) -> float:
    """The variance of the pace of sessions of one kind, from those that surely belong to it."""
    kind = belongs.argmax(axis=1)[gaps.session]
    left, weight = steps.residuals(gaps)
    left = (left - offsets[kind, gaps.page]) * weight
    sessions = len(belongs)
    # each session counts once, however long it is: the long ones of a real site are slower and alike
    counts = np.bincount(gaps.session, weight, sessions)
    sums, squares = np.bincount(gaps.session, left, sessions), np.bincount(gaps.session, left**2, sessions)
    pairs = counts**2 - np.bincount(gaps.session, weight**2, sessions)
    each = np.where(counts > 1.5, 1 / np.maximum(counts - 1, 0.5), 0.0)
    total = float((each * pairs).sum())
    return max(0.0, float((each * (sums**2 - squares)).sum()) / total) if total > 0 else 0.0
