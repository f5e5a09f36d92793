"""Outputs of a deployment, by Terraform or CloudFormation, and the names of a pipeline's resources among them.

The output of the resource "kind:name" is `kind_name`, with `_` for every character that is not a letter or digit.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.mistakes import did_you_mean
from clickgen.model.outside_text import one_line
from clickgen.pipeline.physical_names import PhysicalNames
from clickgen.pipeline.resources import Bucket, Resource

REGION = "region"
ATHENA_WORKGROUP = "athena_workgroup"
_MOST_LISTED = 40  # outputs in an error; a deployment with more has them on its own screen
_JSON_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class NamesLacking(EnvironmentProblem):
    """Every resource whose name the outputs do not say, a line each."""

    in_lines = True


@dataclass(frozen=True, slots=True)
class Output:
    """What a deployment says of itself. Its value may be a secret: only a name that is used is ever shown."""

    value: object
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Outputs:
    """All outputs of a deployment."""

    origin: str  # the folder, file or stack, for errors
    by_name: Mapping[str, Output]
    where_declared: str  # what to do about one that is absent
    spelt_freely: bool = False  # whether only letters and digits count, in either case, as for CloudFormation
    region: str | None = None  # where the deployment is, if that is known without an output

    def find(self, name: str) -> Output | None:
        """The output of this name."""
        if not self.spelt_freely:
            return self.by_name.get(name)
        wanted = _letters(name)
        return next((output for key, output in self.by_name.items() if _letters(key) == wanted), None)

    def shown(self, name: str) -> str:
        """A name as those that there are spell theirs."""
        return "".join(part.capitalize() for part in name.split("_")) if self.spelt_freely else name


def output_name(address: str) -> str:
    """The output that says what a resource is called."""
    return re.sub(r"[^A-Za-z0-9]", "_", address)


def names_from(outputs: Outputs, resources: Mapping[str, Resource], needed: Collection[str]) -> PhysicalNames:
    """The names of a pipeline's resources.

    needed: the resources without whose names the command cannot do its work. Raises NamesLacking with all that
    lack theirs if one of these does.
    """
    _check_distinct(resources)
    named = {outputs.shown(output_name(address)) for address in resources}
    unclaimed = [name for name in outputs.by_name if name not in named]
    names: dict[str, str] = {}
    problems: dict[str, str] = {}
    for address, resource in resources.items():
        value, problem = _text_of(outputs, output_name(address), unclaimed)
        if value is not None:
            names[address] = value
        elif isinstance(resource, Bucket) and resource.bucket and outputs.find(output_name(address)) is None:
            names[address] = resource.bucket
        else:
            problems[address] = problem
    settings: dict[str, str | None] = {}
    for setting in (REGION, ATHENA_WORKGROUP):
        settings[setting], problem = _text_of(outputs, setting, ())
        if settings[setting] is None and outputs.find(setting) is not None:
            problems[setting] = problem
    if any(address in problems for address in (*needed, *settings)):
        raise _lacking(outputs, problems)
    return PhysicalNames(names, settings[REGION] or outputs.region, settings[ATHENA_WORKGROUP])


def _check_distinct(resources: Mapping[str, Resource]) -> None:
    by_output: dict[str, str] = {}
    for address in resources:
        other = by_output.setdefault(output_name(address), address)
        if other != address:
            raise UsageProblem(
                f"{other} and {address} would both be named by the output {output_name(address)}",
                "rename one of them in the pipeline file",
            )


def _text_of(outputs: Outputs, name: str, meant: Collection[str]) -> tuple[str | None, str]:
    """The value of an output, or why there is none. meant: outputs that an absent one may have been spelt as."""
    output, shown = outputs.find(name), outputs.shown(name)
    if output is None:
        return None, f"needs the output {shown}{did_you_mean(shown, meant)}"
    if output.sensitive:
        return None, f"its output {shown} is marked as sensitive, and names are shown: remove that mark"
    if not isinstance(output.value, str):
        return None, f"its output {shown} is {_JSON_WORDS.get(type(output.value), 'something')}, not text"
    if not output.value or output.value != one_line(output.value):
        return None, f"its output {shown} is {'empty' if not output.value else 'not one line of plain text'}"
    return output.value, ""


def _lacking(outputs: Outputs, problems: Mapping[str, str]) -> NamesLacking:
    width = max(map(len, problems))
    lines = [f"  {address.ljust(width)}  {one_line(problem)}" for address, problem in problems.items()]
    there = sorted(map(one_line, outputs.by_name))
    listed = ", ".join(there[:_MOST_LISTED]) + (
        f" and {len(there) - _MOST_LISTED} more" * (len(there) > _MOST_LISTED)
    )
    lines.append(f"  outputs that are there: {listed or 'none'}")
    return NamesLacking(
        "\n".join(
            [f"the outputs of {one_line(outputs.origin)} do not name all resources of the pipeline:", *lines]
        ),
        outputs.where_declared,
    )


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
