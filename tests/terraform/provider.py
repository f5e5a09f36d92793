"""Providers without a cloud: Terraform's core talks to them as to the real ones, to validate and to plan.

They run on their own, outside Terraform (`TF_REATTACH_PROVIDERS`), so that one process serves any number of
commands. They answer with the schemas of the real ones and accept what fits. What the real ones check beyond their
schema is not checked here; the tests look at values themselves.
"""

import json
from collections.abc import Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
import msgpack

from tests.terraform.archive import made_archive
from tests.terraform.aws_names import planned_names, read_data
from tests.terraform.plugin_protocol import MESSAGES, METHODS, SERVICE
from tests.terraform.schema import provider_schema, schema_message

_UNKNOWN = msgpack.ExtType(0, b"\x00")
_THREADS = 8


class Provider:
    """Answers Terraform's requests to one provider."""

    def __init__(self, name: str) -> None:
        self._schema = provider_schema(name)
        self._schema_message = _schema_response(self._schema)  # it is asked for at every command
        self._region = ""
        self._default_tags: dict[str, str] = {}

    def answer(self, method: str, request: Any, _context: Any) -> Any:
        """The response to a request; what has no method here finds nothing to object to."""
        answers = {
            "GetMetadata": self._metadata,
            "GetProviderSchema": self._provider_schema,
            "ConfigureProvider": self._configure,
            "PlanResourceChange": self._plan,
            "ReadDataSource": self._read,
        }
        if method in answers:
            return answers[method](request)
        return MESSAGES[METHODS[method][1]]()

    def _metadata(self, _request: Any) -> Any:
        return MESSAGES["Metadata"](
            server_capabilities=MESSAGES["Capabilities"](),
            resources=[MESSAGES["TypeName"](type_name=name) for name in self._schema["resource_schemas"]],
            data_sources=[MESSAGES["TypeName"](type_name=name) for name in self._schema["data_source_schemas"]],
        )

    def _provider_schema(self, _request: Any) -> Any:
        return self._schema_message

    def _configure(self, request: Any) -> Any:
        configuration = _unpacked(request.config)
        self._region = configuration.get("region") or ""
        tags = [block.get("tags") or {} for block in configuration.get("default_tags") or []]
        self._default_tags = tags[0] if tags else {}
        return MESSAGES["Diagnostics"]()

    def _plan(self, request: Any) -> Any:
        """What is configured, with the names that AWS will give; the rest is known after it is applied."""
        planned = _unpacked(request.proposed_new_state)
        if planned is not None:
            known = planned_names(request.type_name, planned, self._region)
            known["tags_all"] = self._default_tags | (planned.get("tags") or {})
            for name, attribute in self._schema["resource_schemas"][request.type_name]["attributes"].items():
                if planned.get(name) is None and attribute.get("computed"):
                    planned[name] = known.get(name, _UNKNOWN)
        # the real provider has the older type system too, whose plans may differ from the configuration
        return MESSAGES["PlanResponse"](planned_state=_packed(planned), legacy_type_system=True)

    def _read(self, request: Any) -> Any:
        configuration = _unpacked(request.config)
        if request.type_name == "archive_file":
            state = made_archive(configuration)
        else:
            state = read_data(request.type_name, configuration, self._region)
        return MESSAGES["ReadResponse"](state=_packed(state))


def _schema_response(schema: dict[str, Any]) -> Any:
    kinds = ("resource_schemas", "data_source_schemas")
    return MESSAGES["ProviderSchema"](
        provider=schema_message(schema["provider"]),
        **{
            kind: [
                MESSAGES["SchemaEntry"](key=name, value=schema_message(block))
                for name, block in schema[kind].items()
            ]
            for kind in kinds
        },
    )


def _unpacked(value: Any) -> Any:
    return msgpack.unpackb(value.msgpack, strict_map_key=False)


def _packed(value: Any) -> Any:
    return MESSAGES["DynamicValue"](msgpack=msgpack.packb(value))


@contextmanager
def served(reattach: str) -> Iterator[None]:
    """Serves the providers that TF_REATTACH_PROVIDERS names, where it says that they are."""
    with ExitStack() as stack:
        for address, where in json.loads(reattach).items():
            stack.enter_context(_served(address.rpartition("/")[2], where["Addr"]["String"]))
        yield


@contextmanager
def _served(name: str, socket: str) -> Iterator[None]:
    provider = Provider(name)
    handlers = {
        method: grpc.unary_unary_rpc_method_handler(
            lambda request, context, method=method: provider.answer(method, request, context),
            request_deserializer=MESSAGES[request].FromString,
            response_serializer=MESSAGES[response].SerializeToString,
        )
        for method, (request, response) in METHODS.items()
    }
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    try:
        yield
    finally:
        server.stop(grace=None)
