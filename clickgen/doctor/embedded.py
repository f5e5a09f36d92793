"""What only a pipeline of this machine can have: faults that were planted."""

from collections.abc import Iterator

from clickgen.doctor.finding import Finding, problem
from clickgen.pipeline.running import RunningPipeline


def examine_faults(running: RunningPipeline) -> Iterator[Finding]:
    """The faults that hold now. Raises EnvironmentProblem if the server does not answer."""
    for report in running.status()["stations"]:
        planted = {name: value for name, value in report["faults"].items() if value and name != "seed"}
        if planted:
            station = report["station"]
            words = ", ".join(f"{name.replace('_', '-')} {value:g}" for name, value in planted.items())
            lift = f"lift it: clickgen local fault {station} --clear"
            yield problem(station, f"a fault is planted here: {words}", lift)
