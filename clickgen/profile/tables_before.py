"""Tables that earlier versions stored with a run, made into those of today."""

from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from clickgen.profile.choices import Choices
from clickgen.profile.waits import THINK_UNIT

OLDEST_VERSION = 3  # whose sessions went on by their depth alone, all at one pace, and remembered no product
_WITH_STEPS = 5  # the first version in which waits may depend on the step, and visits go back
_WITH_CHOICE = 6  # the first version in which pages say which products they show
_OF_WAITS = ("factor", "median_ms", "levels", "first_level", "pace", "stays", "longest_ms")


def upgrade(arrays: dict[str, NDArray[Any]], version: int) -> None:
    """Add what tables of a version from OLDEST_VERSION on lack, in place."""
    if version == OLDEST_VERSION:
        _add_contexts(arrays)
    if version < _WITH_STEPS:
        _add_steps(arrays)
    if version < _WITH_CHOICE:
        _add_choice(arrays)


def _add_contexts(arrays: dict[str, NDArray[Any]]) -> None:
    """Rows of chances for people and for bots, one pace, no memory."""
    contexts, entry = len(arrays["site.page"]), int(arrays["site.entry"])
    is_bot = np.zeros(contexts, dtype=np.bool_)
    names = orjson.loads(arrays["site.names"].tobytes())
    is_bot[entry - len(names) : entry] = True
    arrays["sessions.go_on_from"] = is_bot * int(arrays["sessions.max_pages"])
    arrays["sessions.pace"] = np.array([THINK_UNIT], dtype=np.uint64)
    arrays["catalogue.memory"] = np.zeros(0, dtype=np.uint64)
    related = Choices.of_rows([([0], [1.0])])
    arrays |= {f"catalogue.related.{name}": getattr(related, name) for name in ("row", "alias", "value")}


def _add_steps(arrays: dict[str, NDArray[Any]]) -> None:
    """Waits apart from sessions, none of them of a step, at once or a long pause; and no way back."""
    arrays |= {f"sessions.waits.{name}": arrays.pop(f"sessions.{name}") for name in _OF_WAITS}
    none = np.zeros(0, dtype=np.int64)
    arrays |= {f"sessions.waits.{name}": none.view(np.uint64) for name in ("at_once", "pause", "paused")}
    names = orjson.loads(arrays["site.names"].tobytes())
    arrays |= {
        "sessions.waits.step": none,
        "sessions.waits.pages": np.array(len(names)),
        "sessions.waits.unit_ms": np.array(1),
    }
    arrays |= {f"site.revisits.{name}": none for name in ("kind", "begin", "pair", "pair_context")}
    arrays |= {
        "site.revisits.depth": np.array(0),
        "site.revisits.chance": none.view(np.uint64),
        "site.revisits.may": none.astype(np.bool_),
    }


def _add_choice(arrays: dict[str, NDArray[Any]]) -> None:
    """Pages that all leave their products to the catalogue."""
    pages = len(orjson.loads(arrays["site.names"].tobytes()))
    none = np.zeros(0, dtype=np.uint64)
    where = np.zeros(pages, dtype=np.int64)
    arrays |= {
        "catalogue.pages.choice": where.astype(np.int8),
        "catalogue.pages.row": where - 1,
        "catalogue.pages.first_rank": where,
        "catalogue.pages.last_rank": where,
        "catalogue.pages.seen": none,
        "catalogue.pages.company": none,
    }
