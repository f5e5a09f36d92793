"""The messages of Terraform's plugin protocol 6, as far as validating and planning need them.

They are declared here as data, so that no generated code ties the tests to one version of protobuf. Fields that
are left out are skipped by protobuf when Terraform sends them.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "tfplugin6"
SERVICE = f"{PACKAGE}.Provider"

_MESSAGES = {
    "Empty": "",
    "DynamicValue": "bytes msgpack=1",
    "Attribute": "string name=1, bytes type=2, bool required=4, bool optional=5, bool computed=6",
    "NestedBlock": "string type_name=1, Block block=2, int64 nesting=3, int64 min_items=4, int64 max_items=5",
    "Block": "int64 version=1, Attribute* attributes=2, NestedBlock* block_types=3",
    "Schema": "int64 version=1, Block block=2",
    "Capabilities": "bool plan_destroy=1, bool get_provider_schema_optional=2",
    "Diagnostic": "int64 severity=1, string summary=2, string detail=3",
    # a map field is a list of entries with a key and a value
    "SchemaEntry": "string key=1, Schema value=2",
    "TypeName": "string type_name=1",
    "Metadata": "Capabilities server_capabilities=1, TypeName* data_sources=3, TypeName* resources=4",
    "ProviderSchema": "Schema provider=1, SchemaEntry* resource_schemas=2, SchemaEntry* data_source_schemas=3",
    "ProviderDiagnostics": "Diagnostic* diagnostics=2",
    "Diagnostics": "Diagnostic* diagnostics=1",
    "ProviderConfiguration": "string terraform_version=1, DynamicValue config=2",
    "PlanRequest": "string type_name=1, DynamicValue prior_state=2, DynamicValue proposed_new_state=3",
    "PlanResponse": "DynamicValue planned_state=1, Diagnostic* diagnostics=4, bool legacy_type_system=5",
    "ReadRequest": "string type_name=1, DynamicValue config=2",
    "ReadResponse": "DynamicValue state=1, Diagnostic* diagnostics=2",
}

METHODS = {
    "GetMetadata": ("Empty", "Metadata"),
    "GetProviderSchema": ("Empty", "ProviderSchema"),
    "ValidateProviderConfig": ("Empty", "ProviderDiagnostics"),
    "ValidateResourceConfig": ("Empty", "Diagnostics"),
    "ValidateDataResourceConfig": ("Empty", "Diagnostics"),
    "ConfigureProvider": ("ProviderConfiguration", "Diagnostics"),
    "PlanResourceChange": ("PlanRequest", "PlanResponse"),
    "ReadDataSource": ("ReadRequest", "ReadResponse"),
    "StopProvider": ("Empty", "Empty"),
}
"""Each method with its request and response."""


def _file() -> descriptor_pb2.FileDescriptorProto:
    kinds = descriptor_pb2.FieldDescriptorProto
    simple = {
        "string": kinds.TYPE_STRING,
        "bytes": kinds.TYPE_BYTES,
        "bool": kinds.TYPE_BOOL,
        "int64": kinds.TYPE_INT64,
    }
    file = descriptor_pb2.FileDescriptorProto(name="tfplugin6_part.proto", package=PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in filter(None, fields.split(", ")):
            kind, _, named = field.partition(" ")
            label, _, number = named.partition("=")
            repeated = kind.endswith("*")
            declared = message.field.add(name=label, number=int(number))
            declared.label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            kind = kind.removesuffix("*")
            if kind in simple:
                declared.type = simple[kind]
            else:
                declared.type, declared.type_name = kinds.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    return file


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in _MESSAGES
    }


MESSAGES = _classes()
"""The class of each message, by its name."""
