"""Whether what Terraform deploys is what `pipeline.toml` starts on a laptop, request by request.

Names differ and have to: both sides' are turned into the addresses of pipeline.toml ("firehose:orders") first,
those of Terraform by its outputs. What only AWS needs (encryption, logs, layers, retries) is left out of the
comparison by name, and defaults that one side writes out are taken away from both.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from clickgen.pipeline.description import PipelineDescription, named_in_environment
from clickgen.pipeline.outputs import output_name
from clickgen.pipeline.physical_names import NameOf, local_names
from clickgen.pipeline.resources import Function
from tests.terraform.local_requests import local_requests
from tests.terraform.plan import Plan
from tests.terraform.requests import Json, Request, request_of

_COMPARED = {
    "CreateTable": ("dynamodb", "TableName"),
    "CreateStream": ("kinesis", "StreamName"),
    "CreateFunction": ("lambda", "FunctionName"),
    "CreateEventSourceMapping": ("lambda", "FunctionName"),
    "CreateDeliveryStream": ("firehose", "DeliveryStreamName"),
    "CreatePipe": ("pipe", "Name"),
    "CreateCrawler": ("crawler", "Name"),
    "PutBucketNotificationConfiguration": ("s3", "Bucket"),
    "CreateNamespace": ("redshift", "namespaceName"),
    "CreateWorkgroup": ("redshift", "workgroupName"),
}
"""Operations, with the kind of what they create and the argument that names it."""

_NAMES = {"DatabaseName": "glue"} | {argument: kind for kind, argument in _COMPARED.values() if argument != "Name"}
"""Arguments that name a resource, by its kind."""

_ONLY_IN_AWS = frozenset(
    [
        "adminPasswordSecretKmsKeyId", "adminUsername", "adminUserPassword", "Architectures", "baseCapacity",
        "CloudWatchLoggingOptions", "ClusterJDBCURL", "Code", "configParameters", "defaultIamRoleArn",
        "DeliveryStreamEncryptionConfigurationInput", "DestinationConfig", "EncryptionConfiguration",
        "enhancedVpcRouting", "iamRoles", "Id", "kmsKeyId", "Layers", "LogConfiguration", "logExports",
        "manageAdminPassword", "maxCapacity", "MaximumRecordAgeInSeconds", "Password", "publiclyAccessible",
        "Region", "RetryOptions", "Role", "RoleARN", "RoleArn", "SecretsManagerConfiguration",
        "securityGroupIds", "subnetIds", "Tags", "tags", "Username", "VersionId",
    ]
)  # fmt: skip
"""What the embedded pipeline has no use for, or cannot have: each side has its own."""

_DEFAULTS: Json = {
    "BisectBatchOnFunctionError": False,
    "[BufferIntervalInSeconds]": "60",
    "[BufferSizeInMBs]": "1",
    "CompressionFormat": "UNCOMPRESSED",
    "Environment": {"Variables": {}},
    "MaximumRetryAttempts": -1,
    "S3BackupMode": "Disabled",
    "StreamModeDetails": {"StreamMode": "PROVISIONED"},
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
    "TablePrefix": "",
}
"""What the service takes for an argument that is left out; the provider wants to change what writes these out."""

_PAIRS = (("ParameterName", "ParameterValue"), ("AttributeName", "AttributeType"))
_ARN = re.compile(r"arn:aws:([\w-]+):[\w-]*:\d*:(?:[a-z]+[/:])?([\w.-]+)(:\$LATEST|/stream/.*)?")
_PATH = re.compile(r"s3://([\w.-]+)(/.*)")


def differences(description: PipelineDescription, plan: Plan) -> Iterator[str]:
    """Where Terraform deviates from pipeline.toml."""
    here = _Settings(description, local_names(description.resources)).of(local_requests(description))
    deployed = _Settings(description, lambda address: str(plan.outputs.get(output_name(address))))
    there = deployed.of(filter(None, map(request_of, plan.resources)))
    for place in sorted(here.keys() | there.keys()):
        if here.get(place) != there.get(place):
            yield (
                f"{place}: pipeline.toml starts it with {here.get(place, 'nothing')}, "
                f"Terraform with {there.get(place, 'nothing')}"
            )


class _Settings:
    """Turns requests into places and values, with the addresses of pipeline.toml in place of names."""

    def __init__(self, description: PipelineDescription, name_of: NameOf) -> None:
        self._description = description
        self._addresses = {
            (address.partition(":")[0], name_of(address)): address for address in description.resources
        }
        self._name_of = name_of

    def of(self, requests: Iterable[Request]) -> dict[str, str]:
        """By place in a request, like "CreateStream kinesis:orders.ShardCount", the value in JSON."""
        found: dict[str, str] = {}
        for request in requests:
            if request.operation not in _COMPARED:
                continue
            kind, argument = _COMPARED[request.operation]
            name = request.arguments[argument]
            address = self._addresses.get((kind, name), f"{kind}:{name}?")
            arguments = {key: value for key, value in request.arguments.items() if key != argument}
            if request.operation == "CreateFunction":
                arguments = self._with_references(address, arguments)
            found[f"{request.operation} {address}"] = "a resource"
            found |= self._flat(f"{request.operation} {address}", arguments)
        return found

    def _with_references(self, address: str, arguments: Json) -> Json:
        """Environment variables that name a resource say which."""
        variables = dict(arguments.get("Environment", {}).get("Variables", {}))
        function = self._description.resources.get(address)
        if isinstance(function, Function):
            for variable, target in named_in_environment(function).items():
                if variables.get(variable) == self._name_of(target):
                    variables[variable] = target
        return arguments | {"Environment": {"Variables": variables}}

    def _flat(self, place: str, value: Any) -> dict[str, str]:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            keys = [(name, content) for name, content in _PAIRS if {name, content} <= value[0].keys()]
            if keys:  # in any order
                ((name, content),) = keys
                value = {f"[{one[name]}]": one[content] for one in value}
            else:
                value = {f"[{position}]": one for position, one in enumerate(value)}
        if not isinstance(value, dict):
            return {place: self._renamed(place.rpartition(".")[2], value)}
        kept = {
            name: inner
            for name, inner in value.items()
            if name not in _ONLY_IN_AWS and not (name in _DEFAULTS and inner == _DEFAULTS[name])
        }
        flat = {
            key: one for name, inner in kept.items() for key, one in self._flat(f"{place}.{name}", inner).items()
        }
        return flat if flat or kept != value else {place: "{}"}

    def _renamed(self, argument: str, value: Any) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        if argument in _NAMES:
            return self._addresses.get((_NAMES[argument], value), value)
        if argument == "Configuration":  # of a crawler, in JSON
            return json.dumps(json.loads(value, parse_int=float), sort_keys=True)
        arn, path = _ARN.fullmatch(value), _PATH.fullmatch(value)
        if arn:
            return self._addresses.get((arn[1], arn[2]), value) + (":$LATEST" if arn[3] == ":$LATEST" else "")
        if path:
            return f"s3://{self._addresses.get(('s3', path[1]), path[1])}{path[2]}"
        return value
