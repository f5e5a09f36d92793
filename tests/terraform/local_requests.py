"""The requests that start a pipeline on a laptop, recorded instead of sent."""

from collections.abc import Callable
from typing import Any

from clickgen.pipeline.creation import create
from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.firehose_settings import ACCOUNT, REGION
from tests.terraform.requests import Json, Request

_ANSWERS: dict[str, Callable[[Json], Json]] = {
    "describe_table": lambda asked: {
        "Table": {"LatestStreamArn": _arn("dynamodb", f"table/{asked['TableName']}/stream/1")}
    },
    "describe_delivery_stream": lambda asked: {
        "DeliveryStreamDescription": {
            "DeliveryStreamStatus": "ACTIVE",
            "DeliveryStreamARN": _arn("firehose", f"deliverystream/{asked['DeliveryStreamName']}"),
        }
    },
    "get_bucket_notification_configuration": lambda _: {},
    "list_event_source_mappings": lambda _: {"EventSourceMappings": []},
    "start_query_execution": lambda _: {"QueryExecutionId": "1"},
    "get_query_execution": lambda _: {"QueryExecution": {"Status": {"State": "SUCCEEDED"}}},
    "execute_statement": lambda _: {"Id": "1"},
    "describe_statement": lambda _: {"Status": "FINISHED"},
}


def local_requests(description: PipelineDescription) -> list[Request]:
    """Every request that `clickgen local up` makes for this pipeline."""
    made: list[Request] = []
    create(description, lambda service: _Recorder(service, made))
    return made


class _Recorder:
    """Stands for a client: keeps what it is asked for, and answers as far as it matters."""

    def __init__(self, service: str, made: list[Request]) -> None:
        self._service = service
        self._made = made

    def get_waiter(self, _name: str) -> Any:
        return self

    def wait(self, **_arguments: Any) -> None:
        """All is there at once."""

    def __getattr__(self, method: str) -> Callable[..., Json]:
        def call(**arguments: Any) -> Json:
            operation = "".join(word.capitalize() for word in method.split("_"))
            self._made.append(Request(self._service, operation, arguments))
            return _ANSWERS[method](arguments) if method in _ANSWERS else {}

        return call


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
