"""The traffic that a pipeline's file says is for it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import mistakes_in, place_name
from clickgen.pipeline.resources import Words
from clickgen.profile.load import is_path, profile_source
from clickgen.schema.registry import events_problems

TRAFFIC = "traffic"
"""The table of the file."""


class Traffic(BaseModel):
    """`[traffic]`: what is sent to the pipeline unless options of `send` say otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    profile: Words | None = Field(
        default=None, description="The profile: a name, or the path of a TOML file from this file's folder."
    )
    schema_name: Words | None = Field(default=None, alias="schema", description="The schema of the events.")


def read_traffic(table: object, folder: Path | None, problems: list[tuple[str, str]]) -> Traffic:
    """What a file says of its traffic; what is wrong with it is added to `problems`: the path, and words.

    folder: that of the file, from which a profile's path is found; without one it is not looked for.
    """
    try:
        traffic = Traffic.model_validate(table)
    except ValidationError as invalid:
        problems += [(place_name((TRAFFIC, *place)), what) for place, what in mistakes_in(Traffic, invalid)]
        return Traffic()
    problems += [(f"{TRAFFIC}.{key}", words) for key, words in events_problems(traffic.schema_name, None)]
    if traffic.profile is None or (is_path(traffic.profile) and folder is None):
        return traffic
    if folder is not None and is_path(traffic.profile):
        traffic = traffic.model_copy(update={"profile": str(folder / traffic.profile)})
    try:
        profile_source(str(traffic.profile))
    except UsageProblem as problem:
        problems.append((f"{TRAFFIC}.profile", problem.message))
    return traffic
