"""Launches a second, on SQLite and on PostgreSQL: `python -m tests.benchmarks.launches`.

Each client does complete launches (login, launch, landing page) against the real `lti-tool serve`.
CPU is what the server's own processes used, so a busy machine does not change it much.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.fernet import Fernet

from tests.benchmarks.floor import floor_ms
from tests.conftest import fresh_postgres
from tests.demo import free_port
from tests.hostile.__main__ import register_command
from tests.hostile.platform import SmallPlatform
from tests.hostile.visit import Visit

WARM_UP = 3
PEOPLE = 40


@dataclass
class Server:
    """One installation as processes: its environment and its gunicorn."""

    folder: Path
    database_url: str
    workers: int
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "PUBLIC_URL": self.url,
            "BIND": f"127.0.0.1:{port}",
            "ALLOW_PRIVATE_NETWORK": "1",
            "WEB_WORKERS": str(self.workers),
            "SECRET_KEY": "a secret of this benchmark alone",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        }

    def run(self, *words: str) -> None:
        command = [sys.executable, "-m", "lti_tool.cli", *words]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def serving(self) -> Iterator[int]:
        """gunicorn until the block ends; gives its process id."""
        with (self.folder / "serve.log").open("wb") as log:
            command = [sys.executable, "-m", "lti_tool.cli", "serve"]
            child = subprocess.Popen(command, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait()
            yield child.pid
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(40)

    def _wait(self) -> None:
        for _ in range(300):
            with suppress(requests.RequestException):
                if requests.get(self.url + "/readyz", timeout=2).ok:
                    return
            time.sleep(0.2)
        raise SystemExit("The tool did not start: " + (self.folder / "serve.log").read_text()[-2000:])


def cpu_seconds(parent: int) -> float:
    """User and system time of the workers of this gunicorn, from /proc."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            parts = stat.read_text().rpartition(")")[2].split()
            if int(parts[1]) == parent:
                total += int(parts[11]) + int(parts[12])
    return total / os.sysconf("SC_CLK_TCK")


def launch(platform: SmallPlatform, number: int) -> None:
    """One person's whole launch; one in twenty is a teacher."""
    role = "Instructor" if number % 20 == 0 else "Learner"
    page = Visit(platform, role, sub=f"person-{number % PEOPLE}").post()
    if page.status_code != 200 or "data-launch-user" not in page.text:
        raise SystemExit(f"A launch was not let in: {page.status_code} {page.text[:300]}")


def drive(platform: SmallPlatform, clients: int, each: int) -> list[float]:
    """Seconds of every launch, all clients together."""
    seconds: list[float] = []

    def client(first: int) -> None:
        for number in range(first, clients * each, clients):
            begun = time.perf_counter()
            launch(platform, number)
            seconds.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=client, args=(first,)) for first in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(seconds)


def measure(name: str, database_url: str, given: argparse.Namespace) -> str:
    """One line of the table."""
    folder = Path(tempfile.mkdtemp(prefix="plans-launches-"))
    server = Server(folder, database_url, given.workers)
    try:
        server.run("migrate")
        with SmallPlatform(server.url) as platform, server.serving() as parent:
            server.run(*register_command(platform, ""))
            drive(platform, given.clients, WARM_UP)
            cpu, begun = cpu_seconds(parent), time.perf_counter()
            seconds = drive(platform, given.clients, given.launches // given.clients)
            wall, cpu = time.perf_counter() - begun, cpu_seconds(parent) - cpu
            reads = platform.key_set_reads
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    done = len(seconds)
    p50, p95 = (seconds[int(done * part)] * 1000 for part in (0.5, 0.95))
    return f"{name:<10} {done / wall:>9.1f} {cpu / done * 1000:>7.2f} {p50:>7.1f} {p95:>7.1f} {reads:>6}"


def main() -> None:
    """Measure both databases and the floor in one run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.launches", description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--launches", type=int, default=400, help="for each database")
    parser.add_argument("--workers", type=int, default=1, help="gunicorn processes (WEB_WORKERS)")
    parser.add_argument("--only", choices=["SQLite", "PostgreSQL"])
    given = parser.parse_args()
    print(f"{'database':<10} {'launches/s':>9} {'CPU ms':>6} {'p50 ms':>7} {'p95 ms':>7} {'JWKS':>6}")
    if given.only != "PostgreSQL":
        print(measure("SQLite", "", given), flush=True)
    if given.only != "SQLite":
        with fresh_postgres() as url:
            print(measure("PostgreSQL", url, given), flush=True)
    for name, milliseconds in floor_ms().items():
        print(f"floor: {name}: {milliseconds:.2f} CPU ms")


if __name__ == "__main__":
    main()
