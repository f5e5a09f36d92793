"""The embedded pipeline keeps limits of its own, being the witness; they must be those that clickgen keeps."""

from botocore.session import Session

from clickgen.local.firehose import limits as witness
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose import LIMITS


def test_the_sink_and_the_embedded_pipeline_agree() -> None:
    assert LIMITS.records == witness.MAX_RECORDS_A_CALL
    assert LIMITS.call_bytes == witness.MAX_CALL_BYTES
    assert LIMITS.record_bytes == witness.MAX_RECORD_BYTES


def test_the_limits_are_those_of_botocores_model() -> None:
    service = Session().get_service_model("firehose")
    assert service.shape_for("PutRecordBatchRequestEntryList").metadata["max"] == LIMITS.records
    assert service.shape_for("Data").metadata["max"] == LIMITS.record_bytes


def test_botocores_retries_are_off() -> None:
    client = make_client("firehose", Access(embedded=True, endpoint_url="http://127.0.0.1:9"))
    assert client.meta.config.retries["total_max_attempts"] == 1
