"""Recordings of visits whose laws a test knows."""

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BEGIN = 1_700_000_000


def visits(
    visitors: int,
    *,
    seed: int = 1,
    go_on: float = 0.7,
    gap_s: float = 20.0,
    country: str | None = None,
    pages: tuple[str, ...] = ("/", "/news", "/help"),
    over_s: float = 40_000.0,
) -> Iterator[dict[str, Any]]:
    """Visitors who click through pages by chance, and go on after each with the same chance."""
    dice = random.Random(seed)
    for visitor in range(visitors):
        time = BEGIN + dice.random() * over_s
        event: dict[str, Any] = {"user_id": f"v{seed}-{visitor}"}
        if country is not None:
            event["country"] = dice.choice([country, "SE"])
        while True:
            yield event | {"ts": round(time, 3), "page": dice.choice(pages)}
            if dice.random() >= go_on:
                break
            time += dice.lognormvariate(0, 1) * gap_s


def recording(path: Path, events: Iterable[dict[str, Any]]) -> str:
    """A file with these events; its name."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return str(path)
