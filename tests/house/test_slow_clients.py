"""Nobody keeps a thread of the web tool by sending slowly (config/slow_clients.py)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from config.slow_clients import BODY_SECONDS, HEAD_SECONDS, Worker
from tests.demo import free_port


class Connection:
    """What the watch needs of gunicorn's."""

    def __init__(self) -> None:
        self.sock, self.client = socket.socketpair()


def test_whoever_takes_too_long_is_listened_to_no_more_but_gets_the_answer() -> None:
    worker, late, in_time = Worker.__new__(Worker), Connection(), Connection()
    worker.waits_until = {late: 10.0, in_time: 11.0}
    worker.hang_up(10.5)
    assert late.sock.recv(1) == b"", "as if the client had hung up"
    late.sock.sendall(b"400")
    assert late.client.recv(3) == b"400"
    in_time.sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        in_time.sock.recv(1)


@pytest.mark.long
def test_many_that_fell_silent_keep_nobody_out(tmp_path: Path) -> None:
    port = free_port()
    settings = {"VAR_DIR": str(tmp_path), "BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "1", "WEB_THREADS": "2"}
    environment = {**os.environ, **settings, "DATABASE_URL": ""}
    program = [sys.executable, "-m", "lti_tool.cli"]
    subprocess.run([*program, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen([*program, "serve"], env=environment)
    try:
        _until_it_answers(port, 60)
        for sent in (
            b"GET /lti/jwks HTTP/1.1\r\nHos",
            b"POST /lti/login HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
        ):
            silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
            for each in silent:
                each.sendall(sent)
            _until_it_answers(port, 4 * (HEAD_SECONDS + BODY_SECONDS))
    finally:
        process.terminate()
        process.wait(timeout=60)


def _until_it_answers(port: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).raise_for_status()
        except requests.RequestException:
            assert time.monotonic() < until
            time.sleep(0.2)
