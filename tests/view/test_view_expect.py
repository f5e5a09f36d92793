"""Expected answers as people see them."""

import io
from decimal import Decimal

from rich.console import Console

from clickgen.expect.answers import Answers, Row
from clickgen.expect.question import MEASURES
from clickgen.view.expect import csv_text, show_answers

STEPS = ("view_users", "view_sessions", "add_to_cart_users", "add_to_cart_sessions")
ANSWERS = Answers(
    run="0a1b2c3d4e5f",
    by=("day",),
    measures=(*MEASURES, *STEPS),
    rows=[
        Row(("2026-01-01",), (12_345, 99, 120, 3, Decimal("45.60"), 70, 80, 7, 8)),
        Row((None,), (1, 1, 1, 0, Decimal("0.00"), 1, 1, 0, 0)),
    ],
    accepted=12_346,
    unknown=0,
    malformed=0,
    zone="UTC",
    currency="EUR",
    live=False,
)


def test_the_steps_of_a_funnel_have_a_line_each_below_the_totals() -> None:
    file = io.StringIO()
    show_answers(Console(file=file, width=80), ANSWERS)
    assert file.getvalue().splitlines() == [
        "run 0a1b2c3d4e5f: 12,346 accepted events, each counted once",
        "day           hits  users  sessions  orders  revenue EUR",
        "2026-01-01  12,345     99       120       3        45.60",
        "-                1      1         1       0         0.00",
        "",
        "day         step         users  sessions",
        "2026-01-01  view            70        80",
        "2026-01-01  add_to_cart      7         8",
        "-           view             1         1",
        "-           add_to_cart      0         0",
    ]


def test_csv_has_a_column_for_every_measure() -> None:
    assert csv_text(ANSWERS).splitlines() == [
        f"day,hits,users,sessions,orders,revenue,{','.join(STEPS)}",
        "2026-01-01,12345,99,120,3,45.60,70,80,7,8",
        ",1,1,1,0,0.00,1,1,0,0",
    ]
