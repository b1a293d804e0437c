"""lti-tool migrate, serve, up: start what runs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from types import FrameType

import click
import sqlalchemy as sa

import config
from lti_tool.commands.base import Installation, fail, first_line, now, open_installation
from lti_tool.db import make_engine
from lti_tool.jobs import migrate_job_tables
from lti_tool.launch.keys import current_signing_key
from lti_tool.migrations.runner import migrate as migrate_tables
from lti_tool.records.types import SecretsUnreadable

RESTART_SECONDS = (1, 2, 5, 10, 30)
SETTLED_SECONDS = 60


def bring_up_to_date(installation: Installation) -> None:
    """Make the keys if they may be made here, then both halves' tables."""
    settings = installation.settings
    try:
        settings.var_dir.mkdir(parents=True, exist_ok=True)
        assert installation.cipher
        if installation.may_make_keys:
            assert installation.secret_key
        engine = make_engine(settings.resolved_database_url)
        migrate_tables(engine)
        engine.dispose()
        migrate_job_tables(settings)
        with installation.database.write() as session:
            current_signing_key(session, now())  # the first worker may sign before anyone asks for /lti/jwks
    except (sa.exc.SQLAlchemyError, SecretsUnreadable, OSError) as error:
        fail(f"The database could not be brought up to date: {first_line(error)}")


@click.command()
def migrate() -> None:
    """Bring the database to this version's shape. Safe to run twice and from several machines."""
    bring_up_to_date(open_installation())
    click.echo("The database is up to date.")


@click.command()
def serve() -> None:
    """Serve the web tool (gunicorn). Needs `migrate` first, and keys."""
    installation = open_installation()
    assert installation.cipher
    assert installation.secret_key
    assert installation.database
    installation.database.dispose()
    file = os.path.join(os.path.dirname(config.__file__), "gunicorn.conf.py")
    arguments = ["gunicorn", "--config", file, "lti_tool.app:make_app_from_environment()"]
    os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606 - our own interpreter


@click.command()
def up() -> None:
    """Migrate, then run the web tool and the worker together until Ctrl-C."""
    installation = open_installation(make_keys=True)
    bring_up_to_date(installation)
    click.echo(f"Personal Plans is starting on {installation.settings.bind}.")
    children = [
        Child("web", [sys.executable, "-m", "lti_tool.cli", "serve"]),
        Child("worker", [sys.executable, "-m", "lms_sync.worker", "run"]),
    ]
    sys.exit(supervise(children))


class Child:
    """A process that is started again when it ends by itself, more slowly each time."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.failures = 0
        self.start()

    def start(self) -> None:
        """Start it, in its own group so that Ctrl-C reaches it through us, once."""
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our own modules
        self.started = time.monotonic()
        self.again_at: float | None = None

    def look_after(self) -> None:
        """Notice that it ended, and start it again when it is time."""
        if self.again_at is not None:
            if time.monotonic() >= self.again_at:
                self.start()
            return
        if self.process.poll() is None:
            return
        if time.monotonic() - self.started > SETTLED_SECONDS:
            self.failures = 0
        wait = RESTART_SECONDS[min(self.failures, len(RESTART_SECONDS) - 1)]
        self.failures += 1
        click.echo(
            f"The {self.name} ended ({self.process.returncode}); it starts again in {wait} s.", err=True
        )
        self.again_at = time.monotonic() + wait

    def stop(self) -> None:
        """Ask it to finish what it is doing."""
        if self.process.poll() is None:
            self.process.terminate()

    def make_sure(self, seconds: float) -> None:
        """Wait for it, then end it and all it started."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def supervise(children: list[Child]) -> int:
    """Keep the children running until a signal; 0 after a clean stop."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopping:
        for child in children:
            child.look_after()
        time.sleep(0.2)
    for child in children:
        child.stop()
    for child in children:
        child.make_sure(15)
    return 0
