"""What the server says of itself, and faults that are set while it runs."""

from pathlib import Path
from typing import Any

import requests

from tests.support.local_server import client_of, serving

ADMIN = {"x-clickgen-admin": "1"}


def call(endpoint: str, method: str, path: str, **options: Any) -> requests.Response:
    return requests.request(method, f"{endpoint}/_clickgen/{path}", timeout=10, **options)


def test_a_web_page_that_somebody_has_open_can_change_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server:
        assert call(server.endpoint, "POST", "stop").status_code == 403
        assert call(server.endpoint, "GET", "status").json()["lake"] == str(server.lake)
        assert call(server.endpoint, "GET", "nothing").status_code == 404
        assert call(server.endpoint, "GET", "logs/nobody").json() == {"message": "there is no function nobody"}


def test_what_is_no_fault_of_a_station_is_refused_in_words(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks") as server:
        for body, words in (
            ({"station": "firehose:cliks", "faults": {"fail_records": 0.5}}, "there is no station firehose:cliks"),
            ({"faults": {}}, "the body has to be an object"),
            (
                {"station": "firehose:clicks", "faults": {"lambda_error": 1}},
                "lambda-error does nothing at firehose",
            ),
        ):
            answer = call(server.endpoint, "POST", "faults", json=body, headers=ADMIN)
            assert answer.status_code in {400, 404}
            assert words in answer.json()["message"]


def test_stopping_by_request_flushes(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks") as server, client_of(server.endpoint) as client:
        client.put_record(DeliveryStreamName="clicks", Record={"Data": b"kept\n"})
        assert call(server.endpoint, "POST", "stop", headers=ADMIN).json() == {"stopping": True}
        assert server.process.wait(10) == 0
        (found,) = [path for path in server.lake.rglob("clicks-*") if path.is_file()]
        assert found.read_bytes() == b"kept\n"
