"""The producer under test: run with `pytest examples/testing`, where clickgen is installed."""

import pytest

from clicks import ClickTracker

pytestmark = pytest.mark.usefixtures("clickgen_environment")  # boto3 finds the pipeline by its variables


def test_every_click_arrives(clickgen_pipeline, assert_delivered):
    tracker = ClickTracker(clickgen_pipeline.stream)
    ids = [tracker.track("/checkout", step=step) for step in range(1200)]
    tracker.flush()
    assert_delivered(ids, id_field="event_id", exclusive=True)


@pytest.mark.clickgen_pipeline(fail_records=0.2, seed=7)
def test_refused_records_are_sent_again(clickgen_pipeline, assert_delivered):
    tracker = ClickTracker(clickgen_pipeline.stream)
    ids = [tracker.track("/home") for _ in range(300)]
    tracker.flush()
    assert_delivered(ids, id_field="event_id")


@pytest.mark.clickgen_pipeline("../firehose-parquet", speedup=60)
def test_a_whole_pipeline_takes_traffic(clickgen_pipeline, assert_delivered):
    run = clickgen_pipeline.send(rate="max", events=500)
    assert_delivered(run)
