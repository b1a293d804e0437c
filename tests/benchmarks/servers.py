"""gunicorn as a process of its own on one core: the tool, or the peer, with the same settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.fernet import Fernet

from tests.demo import free_port
from tests.hostile.platform import SmallPlatform


@dataclass
class Server:
    """An installation in a folder. core: the processor it may use; None: any."""

    folder: Path
    database_url: str = ""
    workers: int = 1
    threads: int = 4
    core: int | None = None
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
            "WEB_THREADS": str(self.threads),
            "SECRET_KEY": "a secret of this benchmark alone",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        }

    def run(self, *words: str) -> None:
        """One `lti-tool` command, to its end."""
        command = [sys.executable, "-m", "lti_tool.cli", *words]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def serving(self, peer_of: SmallPlatform | None = None) -> Iterator[int]:
        """gunicorn until the block ends, the tool's or the peer's; gives its process id."""
        command, ready = [sys.executable, "-m", "lti_tool.cli", "serve"], "/readyz"
        if peer_of is not None:
            self.environment["PEER_REGISTRATION"] = json.dumps(peer_of.registration)
            command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"]
            command, ready = [*command, "tests.benchmarks.peer:make()"], "/"
        with (self.folder / "serve.log").open("wb") as log:
            child = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=subprocess.STDOUT, preexec_fn=self._pin
            )
        try:
            self._wait(ready)
            yield child.pid
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(40)

    def _pin(self) -> None:
        if self.core is not None:
            os.sched_setaffinity(0, {self.core})

    def _wait(self, path: str) -> None:
        for _ in range(300):
            with suppress(requests.RequestException):
                if requests.get(self.url + path, timeout=2).status_code < 500:
                    return
            time.sleep(0.2)
        raise SystemExit("It did not start: " + (self.folder / "serve.log").read_text()[-2000:])


def cpu_seconds(parent: int) -> float:
    """User and system time of the workers of this gunicorn, from /proc (in ticks of 10 ms)."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            parts = stat.read_text().rpartition(")")[2].split()
            if int(parts[1]) == parent:
                total += int(parts[11]) + int(parts[12])
    return total / os.sysconf("SC_CLK_TCK")
