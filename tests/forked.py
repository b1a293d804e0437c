"""Our commands as processes of their own, forked from one that has imported everything already.

Python takes two seconds to read what a command needs; a test that starts forty would wait for nothing else.
What a process is stays true of these: an environment, output, exit status, signals and death of its own.
Some tests start commands as people do, with `python -m`.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

from lti_tool.cli import COMMANDS

_READ = [
    "lti_tool.cli",
    *sorted({f"lti_tool.commands.{place.partition(':')[0]}" for place in COMMANDS.values()}),
    "lms_sync.worker",
]


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_READ)
    return context


class Child:
    """A running `python -m module words`, as far as anybody outside can tell; log: what it says."""

    def __init__(
        self, module: str, words: tuple[str, ...], environment: dict[str, str], log: Path, errors: Path
    ) -> None:
        self._process = _forks().Process(
            target=_be, args=(module, words, environment, os.fspath(log), os.fspath(errors))
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The number its system knows it by."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, negative after a signal; None = it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """The exit status, once it has ended."""
        self._process.join(seconds)
        if (status := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("a forked command", seconds)
        return status


def run(
    module: str, *words: str, environment: dict[str, str], seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; the caller looks at the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        out, errors = Path(folder) / "out", Path(folder) / "errors"
        child = Child(module, words, environment, out, errors)
        try:
            status = child.wait(seconds)
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
        return subprocess.CompletedProcess(words, status, out.read_text(), errors.read_text())


def _be(module: str, words: tuple[str, ...], environment: dict[str, str], log: str, errors: str) -> None:
    """In the child: everything as `python -m` would have it, then the command."""
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, log), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [module, *words]
    main: Callable[[], None] = importlib.import_module(module).main
    main()
