"""What only a pipeline of this machine says of itself: faults that were planted, and calls that failed."""

from collections.abc import Iterator

from clickgen.doctor.finding import Finding, problem, warning
from clickgen.pipeline.running import RunningPipeline


def examine_faults(running: RunningPipeline) -> Iterator[Finding]:
    """The faults that hold now, and functions that have failed. EnvironmentProblem without an answer."""
    for report in running.status()["stations"]:
        planted = {name: value for name, value in report["faults"].items() if value and name != "seed"}
        if planted:
            station = report["station"]
            words = ", ".join(f"{name.replace('_', '-')} {value:g}" for name, value in planted.items())
            lift = f"lift it: clickgen local fault {station} --clear"
            yield problem(station, f"a fault is planted here: {words}", lift)
        if report["station"].startswith("lambda:") and report["failed"]:
            name = report["station"].partition(":")[2]
            what = f"{report['failed']:,} of {report['arrived']:,} calls have failed since its server started"
            yield warning(report["station"], what, f"clickgen local logs {name}")
