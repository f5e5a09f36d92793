"""Looking at a place: what is listed there, and into the beginning of some objects."""

from clickgen.cost.prices import load_prices
from clickgen.ledger.claims import Claims, key_times_ms, landed_since_ms
from clickgen.model.plan import Plan
from clickgen.verify.inspections.layout.check import LayoutCheck
from clickgen.verify.inspections.layout.form import form_of
from clickgen.verify.inspections.layout.promise import LayoutPromise
from clickgen.verify.inspections.layout.report import LayoutReport
from clickgen.verify.landings.objects.place import ObjectChanged, ObjectUnread, Stored
from clickgen.verify.landings.objects.prefix import data_prefixes, error_prefixes, shortest
from clickgen.verify.landings.objects.search_scope import SearchScope, zone_of


def look_at_layout(
    plan: Plan,
    claims: Claims,
    where: SearchScope,
    promise: LayoutPromise,
    *,
    now_ms: int,
    sample: int,
    whole: bool,
) -> LayoutReport:
    """What landed in a place since the run began, compared with what is promised.

    now_ms: Unix time in milliseconds. sample: how many objects to look into. whole: list all of the bucket, to
    find what is outside the prefixes. Raises UsageProblem or EnvironmentProblem if the place cannot be listed.
    """
    check = LayoutCheck(promise, zone_of(promise.place.time_zone))
    since_ms = landed_since_ms(plan, claims)
    data, errors = [""], tuple[str, ...]()
    if promise.stream is not None and promise.prefixed:
        # in every zone, so that a wrong one shows
        data = data_prefixes(promise.place.prefix, *key_times_ms(plan, claims, now_ms), None)
        errors = tuple(error_prefixes(promise.place.prefix, promise.place.error_prefix))
    taken = _Sample(sample)
    for stored in where.place.objects([""] if whole else shortest([*data, *errors])):
        if stored.landed_ms < since_ms:
            continue
        if errors and stored.key.startswith(errors):
            check.take_error()
        elif stored.key.startswith(tuple(data)):
            check.take(stored)
            taken.offer(stored)
        else:
            check.take_outside(stored)
    for stored in taken.objects:
        try:
            check.take_form(stored, form_of(where.place.read(stored)))
        except (ObjectChanged, ObjectUnread):
            continue  # a verification of the delivery reports what cannot be read
    return check.report(plan.run, where.place.name, load_prices())


class _Sample:
    """At most this many objects, spread over a listing whose length is not known."""

    def __init__(self, most: int) -> None:
        self._most, self._step, self._offered = most, 1, 0
        self.objects: list[Stored] = []

    def offer(self, stored: Stored) -> None:
        """Take it or leave it."""
        if self._most and self._offered % self._step == 0:
            self.objects.append(stored)
            if len(self.objects) > self._most:
                self.objects = self.objects[::2]
                self._step *= 2
        self._offered += 1
