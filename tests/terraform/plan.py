"""A plan of Terraform as its JSON has it, for tests to ask about."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class Values(dict[str, Any]):
    """Arguments and attributes; None for one that is known only once the resource exists."""

    def __missing__(self, _name: str) -> None:
        return None


@dataclass(frozen=True)
class Planned:
    """A resource that is to be created."""

    address: str
    type: str
    values: Values


@dataclass(frozen=True)
class Statement:
    """A statement of a policy that allows something."""

    holder: str
    """The address of the policy."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


class Plan:
    """What is to be created, with all that is known before it exists."""

    def __init__(self, shown: Json) -> None:
        self.resources = list(_resources(shown["planned_values"]["root_module"]))
        self.outputs: dict[str, Any] = {
            name: output.get("value") for name, output in shown["planned_values"].get("outputs", {}).items()
        }
        self.variables: dict[str, Any] = {name: value["value"] for name, value in shown["variables"].items()}

    def of(self, type_name: str) -> list[Planned]:
        """The resources of a type."""
        return [resource for resource in self.resources if resource.type == type_name]

    def allowed(self) -> list[Statement]:
        """What roles are allowed, by the policies written for them."""
        return [
            Statement(policy.address, _many(one["Action"]), _many(one["Resource"]))
            for policy in self.of("aws_iam_role_policy")
            for one in json.loads(policy.values["policy"])["Statement"]
            if one["Effect"] == "Allow"
        ]

    def arns(self) -> set[str]:
        """The ARNs of what is created, as far as they are known."""
        keys = ("arn", "stream_arn", "admin_password_secret_arn")
        found = (resource.values.get(key) for resource in self.resources for key in keys)
        return {arn for arn in found if isinstance(arn, str)}


def _resources(module: Json) -> Iterator[Planned]:
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield Planned(resource["address"], resource["type"], Values(resource["values"]))
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _many(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
