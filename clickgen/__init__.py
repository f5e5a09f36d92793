"""Realistic clickstream traffic on an AWS delivery pipeline, and proof that every event arrived.

import clickgen
run = clickgen.send(rate=500, duration="10s")
proof = clickgen.verify(run)
assert proof.ok, proof.text
"""

import sys

__version__ = "0.1.0"

# imported when they are used, so that `import clickgen` itself costs nothing; __init__.pyi has their types
_PROMISED = {
    "send": "clickgen.api.sending",
    "RunEndedEarly": "clickgen.api.sending",
    "verify": "clickgen.api.verifying",
    "verify_pipeline": "clickgen.api.verifying",
    "verify_ids": "clickgen.api.verifying",
    "RunReport": "clickgen.run.run_report",
    "VerifyReport": "clickgen.verify.proof.compare.verify_report",
    "StationsReport": "clickgen.verify.stations.stations_report",
    "IdsReport": "clickgen.verify.inspections.ids.report",
    "ClickgenError": "clickgen.model.errors",
    "UsageProblem": "clickgen.model.errors",
    "EnvironmentProblem": "clickgen.model.errors",
}
__all__ = ["__version__", *_PROMISED]  # noqa: PLE0604  # names, which the table has


def __getattr__(name: str) -> object:
    if name not in _PROMISED:
        raise AttributeError(f"module 'clickgen' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # the command line does without it

    return getattr(import_module(_PROMISED[name]), name)


def __dir__() -> list[str]:
    return __all__


class _Package(type(sys)):  # type: ignore[misc]  # the class of modules
    """Keeps `clickgen.verify` the function, whatever of the package of that name is imported."""

    @property
    def verify(self) -> object:
        return __getattr__("verify")

    @verify.setter
    def verify(self, package: object) -> None:
        """Python sets it when it imports the package, which is found in sys.modules all the same."""


sys.modules[__name__].__class__ = _Package
