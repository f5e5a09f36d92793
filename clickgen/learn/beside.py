"""Two recordings with the same kinds of pages: one to learn from, and one to hold what was learned against."""

from dataclasses import replace

import numpy as np

from clickgen.learn.fields import Fields
from clickgen.learn.gather import Columns
from clickgen.learn.learning import Recorded, check_visitors, record

_OTHER_PEOPLE = np.uint64(0x9E3779B97F4A7C15)  # so that nobody is taken for a visitor of both recordings


def record_both(
    first: Columns, second: Columns, fields: Fields, zone: str, *, has_visitor: bool
) -> tuple[Recorded, Recorded]:
    """The sessions of two recordings whose columns have the same numbers for the same words.

    Raises UsageProblem if one of them has too few visitors.
    """
    session = None
    if first.session is not None and second.session is not None:
        session = np.concatenate([first.session, second.session ^ _OTHER_PEOPLE])
    both = Columns(
        time=np.concatenate([first.time, second.time]),
        visitor=np.concatenate([first.visitor, second.visitor ^ _OTHER_PEOPLE]),
        session=session,
        page=np.concatenate([first.page, second.page]),
        item=np.concatenate([first.item, second.item]),
        device=np.concatenate([first.device, second.device]),
        country=np.concatenate([first.country, second.country]),
        referrer=np.concatenate([first.referrer, second.referrer]),
        pages=first.pages,
        devices=first.devices,
        countries=first.countries,
        referrers=first.referrers,
        read=first.read + second.read,
        left_out={
            reason: first.left_out.get(reason, 0) + second.left_out.get(reason, 0)
            for reason in (*first.left_out, *second.left_out)
        },
    )
    whole = record(both, fields, zone, has_visitor=has_visitor)
    of_first = whole.visits.row < len(first.time)
    mine = replace(whole, visits=whole.visits.chosen(of_first))
    its = replace(whole, visits=whole.visits.chosen(~of_first))
    check_visitors(mine)
    check_visitors(its, "the recording to compare with")
    return mine, its
