"""A PostgreSQL server for tests: TEST_POSTGRES_URL, or a private one started from Debian's binaries."""

from __future__ import annotations

import atexit
import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


class NoPostgres(Exception):
    """There is no PostgreSQL to test with; the message says what is missing."""


def postgres_url() -> str:
    """The SQLAlchemy URL of a server where databases may be created; raises NoPostgres."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given.replace("postgresql://", "postgresql+psycopg://", 1)
    return _private_server()


_started: list[str] = []


def _private_server() -> str:
    if _started:
        return _started[0]
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise NoPostgres("install Debian's package `postgresql`, or set TEST_POSTGRES_URL")
    binaries = found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="plans-postgres-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            raise NoPostgres("PostgreSQL does not run as root and there is no user `postgres`") from None
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    with _one_at_a_time(), socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    _run([*as_user, str(binaries / "initdb"), "-D", str(data), "-U", "plans", "-A", "trust", "-E", "UTF8"])
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories={folder}"
    log = str(folder / "log")
    _run([*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", log, "-o", options, "start"])

    def stop() -> None:
        subprocess.run(
            [*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd="/",
        )
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    _started.append(f"postgresql+psycopg://plans@127.0.0.1:{port}/postgres")
    return _started[0]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", timeout=120)
    if done.returncode:
        raise NoPostgres(f"{Path(command[-1]).name} did not work: {done.stderr.strip()[-300:]}")


class _one_at_a_time:  # noqa: N801 - reads as a phrase in the with statement
    def __enter__(self) -> None:
        self._file = Path(tempfile.gettempdir(), "plans-postgres.lock").open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()
