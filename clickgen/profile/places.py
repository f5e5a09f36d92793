"""Names of cities, and which locales Faker knows; Faker itself takes as long to import as all of this room.

`cities.tsv` has a line for each country, its code and its cities in order, as Faker 40 takes them from
geonames.org (CC BY 4.0). Being kept here, they are the same whichever Faker is installed.
"""

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_CITIES = "cities.tsv"


def real_cities(country: str) -> list[str]:
    """Real cities of the country with this ISO 3166 code, sorted; none if none are known."""
    for line in files("clickgen.profile").joinpath(_CITIES).read_text(encoding="utf-8").splitlines():
        code, *cities = line.split("\t")
        if code == country:
            return cities
    return []


def made_up_cities(locale: str, count: int, seed: str) -> list[str]:
    """Different names of cities such as there are where this locale is spoken, always the same for a seed."""
    import faker  # slow to import, and few countries are without cities that are known

    # loading only two of Faker's providers, which its types do not know of, is ten times as fast
    fake: Any = faker.Factory.create(locale, providers=["faker.providers.address", "faker.providers.person"])
    fake.seed_instance(seed)
    return list(dict.fromkeys(fake.city() for _ in range(count)))


def is_locale(locale: str) -> bool:
    """Whether Faker has this locale: a folder in one of its providers, which is where Faker itself looks."""
    spec = find_spec("faker")
    roots = spec.submodule_search_locations if spec is not None else None
    providers = [provider for root in roots or () for provider in Path(root, "providers").iterdir()]
    return any(
        # names are compared, since a file system may find en_us for en_US
        locale in [entry.name for entry in provider.iterdir()] and (provider / locale / "__init__.py").is_file()
        for provider in providers
        if provider.is_dir()
    )
