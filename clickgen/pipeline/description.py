"""A pipeline: its resources, how events pass them, and the stations at which they can be verified."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clickgen.pipeline.resources import RESOURCES, Crawler, DeliveryStream, Function, Pipe, Resource
from clickgen.pipeline.traffic import Traffic
from clickgen.verify.landings.station import Station

ENTRY_KINDS = ("firehose", "kinesis", "dynamodb", "s3")
"""Kinds that events can be sent to."""

_SOURCES_OF_FUNCTIONS = ("s3", "dynamodb", "kinesis")
_KINDS = "|".join(RESOURCES)
_A_REFERENCE = re.compile(rf"(?:{_KINDS}):[A-Za-z0-9_.-]+")
_IN_SQL = re.compile(rf"\$\{{((?:{_KINDS}):[A-Za-z0-9_.-]+)\}}")  # ${dt} in a table's template is Athena's


@dataclass(frozen=True)
class Reference:
    """That one resource names another: in which key of the file, and which kinds would do."""

    path: str
    target: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class PipelineDescription:
    """What a file describes; a file with stations alone describes a pipeline that somebody else keeps."""

    name: str
    folder: Path  # of the file: code and SQL are found from here
    stations: tuple[Station, ...]  # in the order in which events pass them
    resources: Mapping[str, Resource] = field(default_factory=dict)  # by "kind:name"
    entry: str | None = None  # where events are sent; None without resources
    traffic: Traffic = field(default_factory=Traffic)  # what is sent unless options say otherwise
    written: tuple[Station, ...] = ()  # the stations that the file writes itself, with references as written

    def named(self, kind: str) -> list[str]:
        """The names of the resources of a kind, in the order of the file."""
        return [address.partition(":")[2] for address in self.resources if address.startswith(f"{kind}:")]


def references(resources: Mapping[str, Resource]) -> Iterator[Reference]:
    """Every reference from one resource to another."""
    for address, resource in resources.items():
        path = address.replace(":", ".", 1)
        for key, kinds in resource.LINKS.items():
            target = getattr(resource, key)
            if target is not None:
                name = type(resource).model_fields[key].alias or key
                yield Reference(f"{path}.{name}", target, kinds)
        match resource:
            case Function():
                yield from _references_of_function(path, resource)
            case DeliveryStream(backup=backup, staging=staging):
                for key, bucket in (("backup", backup), ("staging", staging)):
                    if bucket is not None:
                        yield Reference(f"{path}.{key}.to", bucket.to, ("s3",))
            case Crawler(path=str(where)):
                yield Reference(f"{path}.path", where.partition("/")[0], ("s3",))


def _references_of_function(path: str, function: Function) -> Iterator[Reference]:
    for number, trigger in enumerate(function.on):
        yield Reference(f"{path}.on[{number}].source", trigger.source, _SOURCES_OF_FUNCTIONS)
    for variable, target in named_in_environment(function).items():
        yield Reference(f"{path}.environment.{variable}", target, tuple(RESOURCES))


def named_in_environment(function: Function) -> dict[str, str]:
    """The environment variables of a function that name a resource, each with its "kind:name"."""
    return {name: value for name, value in function.environment.items() if _A_REFERENCE.fullmatch(value)}


def named_in_sql(text: str) -> list[str]:
    """The resources that SQL names as ${kind:name}."""
    return _IN_SQL.findall(text)


def sql_with_names(text: str, name_of: Callable[[str], str]) -> str:
    """SQL with the name of each resource in place of ${kind:name}."""
    return _IN_SQL.sub(lambda found: name_of(found[1]), text)


def flow(resources: Mapping[str, Resource]) -> dict[str, list[str]]:
    """The ways that events take: for each resource those that it hands them to."""
    ways: dict[str, list[str]] = {address: [] for address in resources}
    for address, resource in resources.items():
        match resource:
            case Pipe(source=source, to=to) | DeliveryStream(source=source, to=to):
                if source in ways:
                    ways[source].append(address)
                if to in ways:
                    ways[address].append(to)
            case Function(on=triggers):
                sources = {trigger.source for trigger in triggers}
                for source in sources & ways.keys():
                    ways[source].append(address)
                # a function writes to what it is given the name of, unless that is what calls it
                ways[address] += [one for one in _written_by(resource) if one in ways.keys() - sources]
    return ways


def _written_by(function: Function) -> list[str]:
    named = dict.fromkeys(named_in_environment(function).values())
    return [address for address in named if address.partition(":")[0] in ENTRY_KINDS]


def circle(ways: Mapping[str, list[str]]) -> list[str] | None:
    """Resources that hand events on in a circle, the first once more at the end; None if there is none."""
    done: set[str] = set()
    for start in ways:
        trail: list[tuple[str, Iterator[str]]] = [(start, iter(ways[start]))]
        while trail and start not in done:
            address, rest = trail[-1]
            following = next(rest, None)
            if following is None:
                done.add(address)
                trail.pop()
                continue
            on_trail = [known for known, _ in trail]
            if following in on_trail:
                return [*on_trail[on_trail.index(following) :], following]
            if following not in done:
                trail.append((following, iter(ways[following])))
    return None


def entries(resources: Mapping[str, Resource]) -> list[str]:
    """Where events may be sent: what hands them on and gets them from no other resource.

    A table that only a function writes to has no stream, so it hands nothing on.
    """
    ways = flow(resources)
    reached = {target for targets in ways.values() for target in targets}
    found = [
        address
        for address, targets in ways.items()
        if targets and address not in reached and address.partition(":")[0] in ENTRY_KINDS
    ]
    alone = [address for address in resources if address.partition(":")[0] in ENTRY_KINDS]
    return found or (alone if len(alone) == 1 else [])


def in_order(description: PipelineDescription) -> list[str]:
    """The addresses that events pass from the entry on, each before those that it hands them to."""
    ways = flow(description.resources)
    order: list[str] = []

    def visit(address: str) -> None:
        if address in order:
            return
        for target in ways[address]:
            visit(target)
        order.append(address)

    if description.entry is not None:
        visit(description.entry)
    return order[::-1]
