"""An EventBridge pipe: whether it runs."""

from collections.abc import Iterator

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.visit import Answer, Refused, Visit

_READERS = ("DynamoDBStreamParameters", "KinesisStreamParameters")


def examine_pipe(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    pipe = visit.ask("pipes", "describe_pipe", Name=name)
    if isinstance(pipe, Refused):
        yield pipe.finding(station, f"pipe {name}", "pipes:DescribePipe")
        return
    state, reason = pipe["CurrentState"], pipe.get("StateReason")
    words = f"it is {state}" + (f": {reason}" if reason else "")
    if state in {"STOPPED", "STOPPING"}:
        yield problem(station, f"{words}: nothing goes on from its source", f"aws pipes start-pipe --name {name}")
    elif state.endswith("_FAILED"):
        yield problem(station, words, f"mend that, and: aws pipes start-pipe --name {name}")
    elif state != "RUNNING":
        yield warning(station, words, "wait until it is RUNNING")
    else:
        yield fine(station, "it runs")
    source = pipe.get("SourceParameters", {})
    reading: Answer = next((source[key] for key in _READERS if key in source), {})
    visit.waits[station] = float(reading.get("MaximumBatchingWindowInSeconds", 0))
