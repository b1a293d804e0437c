"""A PostgreSQL server for tests: TEST_POSTGRES_URL, or a private one started from Debian's binaries."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.demo import free_port


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
    if not _started:
        folder = Path(tempfile.mkdtemp(prefix="plans-postgres-"))
        server = Server.start(folder, "-c fsync=off")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        atexit.register(server.stop)
        _started.append(server.url)
    return _started[0]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of our own, its data in a folder of its own. control: how pg_ctl is called for it."""

    url: str
    control: list[str]
    starting: list[str]

    @classmethod
    def start(cls, folder: Path, options: str = "", *init: str) -> Server:
        """Make a cluster in this folder and start it. init: more options of initdb. May raise NoPostgres."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not found:
            raise NoPostgres("install Debian's package `postgresql`, or set TEST_POSTGRES_URL")
        as_user = _as_user(folder)
        port = free_port()  # initdb takes seconds, in which the system may give its own ports to anybody
        data = str(folder / "data")
        _run([*as_user, str(found[-1]), "-D", data, "-U", "plans", "-A", "trust", "-E", "UTF8", *init])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {options}"
        made = cls(
            f"postgresql+psycopg://plans@127.0.0.1:{port}/postgres",
            [*as_user, str(found[-1].with_name("pg_ctl")), "-D", data],
            ["-w", "-l", str(folder / "log"), "-o", options, "start"],
        )
        made.again()
        return made

    def again(self) -> None:
        """Start it, the first time or after it gave up."""
        _run([*self.control, *self.starting])

    def is_up(self) -> bool:
        """Whether its main process runs."""
        done = subprocess.run([*self.control, "status"], check=False, capture_output=True, cwd="/")
        return done.returncode == 0

    def stop(self) -> None:
        """At once."""
        subprocess.run([*self.control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/")


def _as_user(folder: Path) -> list[str]:
    """How to call its programs, which do not run as root; the folder is theirs then."""
    if os.geteuid() != 0:
        return []
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgres("PostgreSQL does not run as root and there is no user `postgres`") from None
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", timeout=120)
    if done.returncode:
        raise NoPostgres(f"{Path(command[-1]).name} did not work: {done.stderr.strip()[-300:]}")
