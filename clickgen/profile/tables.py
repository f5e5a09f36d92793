"""The integer tables that a simulation draws from: made once from a profile, then the same on every machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
import orjson
from numpy.typing import NDArray

from clickgen.model.errors import EnvironmentProblem
from clickgen.profile.audience import AudienceTables
from clickgen.profile.catalogue import CatalogueTables
from clickgen.profile.rhythm import RhythmTables
from clickgen.profile.sessions import SessionTables
from clickgen.profile.site import SiteTables
from clickgen.profile.tables_before import OLDEST_VERSION, upgrade

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile

_VERSION = 6
_VERSION_KEY = "version"
_LEVEL = 1  # of compression: every run waits for it, and a higher one takes up to five times as long for 3 % less


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Everything that a simulation knows of a site: sessions, pages, catalogue, audience and rhythm."""

    sessions: SessionTables
    site: SiteTables
    catalogue: CatalogueTables
    audience: AudienceTables
    rhythm: RhythmTables


def draw_tables(profile: "Profile", seed: int) -> Tables:
    """The tables of a profile; the seed decides about the pools that Faker makes.

    Floating point is used here and only here, so keep the tables (`save_tables`) to repeat a run elsewhere.
    """
    return Tables(
        sessions=SessionTables.draw(profile),
        site=SiteTables.draw(profile),
        catalogue=CatalogueTables.draw(profile, seed),
        audience=AudienceTables.draw(profile, seed),
        rhythm=RhythmTables.draw(profile),
    )


def save_tables(tables: Tables, path: Path) -> None:
    """Write the tables as one .npz file (no pickles), replacing what is there. Raises OSError."""
    with path.open("wb") as file, ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, array in (*_flatten(tables, ""), (_VERSION_KEY, np.array(_VERSION))):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def load_tables(path: Path) -> Tables:
    """The tables that `save_tables` wrote. Raises EnvironmentProblem if the file cannot be used."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        version = int(arrays.pop(_VERSION_KEY))
        if OLDEST_VERSION <= version < _VERSION:
            upgrade(arrays, version)
        readable = OLDEST_VERSION <= version <= _VERSION
        tables: Tables | None = _build(Tables, "", arrays) if readable else None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as problem:
        raise EnvironmentProblem(
            f"{path}: the tables of the simulation cannot be read: {problem}",
            "Start a new run; a run's folder cannot be continued without its tables.",
        ) from problem
    if tables is None:
        raise EnvironmentProblem(
            f"{path}: these are tables of version {version}, this clickgen reads version {_VERSION}",
            "Use the clickgen that began the run.",
        )
    return tables


def _flatten(table: Any, prefix: str) -> Iterator[tuple[str, NDArray[Any]]]:
    """Each array of nested dataclasses by its dotted path; texts as JSON bytes, counts as single numbers."""
    for field in fields(table):
        value, name = getattr(table, field.name), f"{prefix}{field.name}"
        if is_dataclass(value):
            yield from _flatten(value, f"{name}.")
        elif isinstance(value, np.ndarray):
            yield name, value
        elif isinstance(value, int):
            yield name, np.array(value, dtype=np.int64)
        else:
            yield name, np.frombuffer(orjson.dumps(value), dtype=np.uint8)


def _build(kind: Any, prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """The inverse of `_flatten`, led by the types of the dataclasses' fields."""
    values: dict[str, Any] = {}
    for key, hint in get_type_hints(kind).items():
        name = f"{prefix}{key}"
        if is_dataclass(hint):
            values[key] = _build(hint, f"{name}.", arrays)
        elif hint is int:
            values[key] = int(arrays[name])
        elif hint is str:
            values[key] = orjson.loads(arrays[name].tobytes())
        elif hint == tuple[str, ...]:
            values[key] = tuple(orjson.loads(arrays[name].tobytes()))
        else:
            values[key] = arrays[name]
    return kind(**values)
