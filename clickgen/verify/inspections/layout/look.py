"""Looking at a place: what is listed there, and into the beginning of some objects."""

from clickgen.cost.prices import load_prices
from clickgen.ledger.claims import Claims
from clickgen.model.plan import Plan
from clickgen.verify.inspections.layout.check import LayoutCheck
from clickgen.verify.inspections.layout.form import form_of
from clickgen.verify.inspections.layout.promise import LayoutPromise
from clickgen.verify.inspections.layout.report import LayoutReport
from clickgen.verify.landings.age import key_times_ms, landed_since_ms
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
    """What lies in a place since the run was created, held against what is promised.

    now_ms: Unix time in milliseconds. sample: into how many objects to look. whole: list all of the bucket, to
    find what lies outside the prefixes. Raises UsageProblem or EnvironmentProblem where there is no listing it.
    """
    check = LayoutCheck(promise, zone_of(promise.place.time_zone))
    since_ms = landed_since_ms(plan, claims)
    data, errors = [""], tuple[str, ...]()
    if promise.stream is not None and promise.prefixed:
        # in whatever zone: that it is the wrong one is to be seen
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
            continue  # what cannot be read is told by a verification of the delivery
    return check.report(plan.run, where.place.name, load_prices())


class _Sample:
    """At most so many objects, from all over a listing whose length is not known."""

    def __init__(self, most: int) -> None:
        self._most, self._step, self._offered = most, 1, 0
        self.objects: list[Stored] = []

    def offer(self, stored: Stored) -> None:
        """Take it, or not."""
        if self._most and self._offered % self._step == 0:
            self.objects.append(stored)
            if len(self.objects) > self._most:
                self.objects = self.objects[::2]
                self._step *= 2
        self._offered += 1
