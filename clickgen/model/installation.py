"""How clickgen was installed, and the extras that some tasks need: whether they are there, and how to get them."""

import json
import shlex
import shutil
import sys
from importlib import import_module
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from clickgen import __version__
from clickgen.model.errors import EnvironmentProblem

DISTRIBUTION = "clickgen-aws"  # on the Python package index the name clickgen is another project's
_EXTRAS = {
    "duckdb": "parquet",
    "pyarrow": "parquet",
    "psycopg": "redshift",
    "jinja2": "report",
    "matplotlib": "report",
    "prometheus_client": "prometheus",
    "opentelemetry.exporter.otlp.proto.http": "otlp",
    "opentelemetry.sdk": "otlp",
    "requests": "otlp",
    "sqlglot": "local",
    "mimesis": "dev",
}


class Installation(NamedTuple):
    """How clickgen was installed."""

    folder: Path | None  # the checkout that it was installed or is run from, or None for a package
    editable: bool  # it is run from there
    said: str  # where it was installed from, in words

    def with_extra(self, extra: str) -> str:
        wanted = f"{self.folder or DISTRIBUTION}[{extra}]"
        return f"{_pip()} install {'-e ' if self.editable else ''}{shlex.quote(wanted)}"


def installation() -> Installation:
    """As the metadata of the distribution has it (PEP 610)."""
    source = Path(__file__).resolve().parents[2]
    try:
        installed = distribution(DISTRIBUTION)
    except PackageNotFoundError:
        if (source / "pyproject.toml").is_file():
            return Installation(source, editable=True, said=f"not installed, run from {source}")
        return Installation(None, editable=False, said=f"not installed, run from {source}")
    url, editable, is_folder = _origin(installed)
    if is_folder:
        folder = Path(unquote(urlsplit(url).path))
        return Installation(folder, editable, f"{'run' if editable else 'installed'} from {folder}")
    return Installation(None, editable=False, said=f"installed from {url}" if url else f"installed in {source}")


def version_line() -> str:
    """The version, the name of the distribution, and where it came from."""
    return f"clickgen {__version__} ({DISTRIBUTION}, {installation().said})"


def missing(module: str) -> ImportError | None:
    """Why a package of an extra cannot be used, or None if it can."""
    try:
        import_module(module)
    except ImportError as problem:
        return problem
    return None


def require(what: str, *modules: str, otherwise: str = "") -> None:
    """EnvironmentProblem unless these packages can be used, all of one extra.

    what: needs them, in words. otherwise: what can be done without them.
    """
    for module in modules:
        problem = missing(module)
        if problem is not None:
            why = "not installed" if isinstance(problem, ModuleNotFoundError) else f"not usable: {problem}"
            raise EnvironmentProblem(
                f"{what} needs the package {problem.name or module}, which is {why}",
                f"{hint_for(module)}{otherwise and f'; {otherwise}'}",
            )


def hint_for(module: str) -> str:
    """The command that installs the extra which a package is of."""
    return installation().with_extra(_EXTRAS[module])


def _origin(installed: Distribution) -> tuple[str, bool, bool]:
    """Where it was installed from, empty for an index; whether editable; and whether that is a folder."""
    try:
        origin = json.loads(installed.read_text("direct_url.json") or "{}")
        url, folder = origin.get("url", ""), origin.get("dir_info")
        return url, bool((folder or {}).get("editable")), folder is not None and url.startswith("file:")
    except (ValueError, AttributeError):
        return "", False, False


def _pip() -> str:
    """The pip of this environment, which may not be the one that the shell finds."""
    found = shutil.which("pip")
    here = Path(sys.executable).parent
    return "pip" if found and Path(found).parent == here else f"{shlex.quote(sys.executable)} -m pip"
