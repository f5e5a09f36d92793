"""The JSON Schema of profiles, for editors that complete and check TOML by one."""

from typing import Any

from clickgen.profile.model import Profile

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def profile_json_schema() -> dict[str, Any]:
    """What a profile may say, as JSON Schema (2020-12), each key with what it means.

    Rules between parts of a file, as of pages that lead to each other or of shares that add up to 1, cannot be
    said in it: `load_profile` checks them.
    """
    schema = Profile.model_json_schema(by_alias=True)
    del schema["title"]
    return {"$schema": _DIALECT, "title": "clickgen profile", **_without_titles(schema)}


def _without_titles(part: Any) -> Any:
    """The schema without the titles that repeat each key's name; a key may be called title itself."""
    if isinstance(part, list):
        return [_without_titles(element) for element in part]
    if not isinstance(part, dict):
        return part
    return {
        key: {name: _without_titles(entry) for name, entry in value.items()}
        if key in {"properties", "$defs"}
        else _without_titles(value)
        for key, value in part.items()
        if key != "title"
    }
