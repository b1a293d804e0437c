"""lti-tool sync: read one course, now and here or as soon as the worker can."""

from __future__ import annotations

import socket
import time
from datetime import datetime, timedelta
from os import getpid

import click

from lms_sync.run import SyncDeps, run_sync
from lti_tool.commands.base import (
    Installation,
    context_option,
    fail,
    now,
    open_installation,
    operator,
    registration_option,
    the_context,
)
from lti_tool.planning.courses import start_plans
from lti_tool.records.gradebook import SyncRun

WAIT = timedelta(minutes=30)
FINISHED = ("done", "failed")


@click.command()
@context_option
@registration_option
@click.option("--full", is_flag=True, help="Read everything again, flags included.")
@click.option("--wait", is_flag=True, help="Read now, in this process, and say how it went.")
def sync(context_lms_id: str, registration_id: int | None, full: bool, wait: bool) -> None:
    """Read a course's roster and grades. Starts plans there when nobody has. Exit status 1 on failure."""
    installation = open_installation()
    if not wait:
        run_id, fresh = _request(installation, context_lms_id, registration_id, full)
        click.echo(f"Sync {run_id} {'asked for' if fresh else 'is already under way'}.")
        return
    run = _read_now(installation, context_lms_id, registration_id, full)
    if run.state == "failed":
        fail(f"Sync {run.id} did not finish: {run.error}")
    notes = f" Not used: {run.ignored}." if run.ignored else ""
    click.echo(f"Sync {run.id}: {run.requests} requests, {run.rows} rows read, {run.changed} changed.{notes}")


def _request(
    installation: Installation, lms_id: str, registration_id: int | None, full: bool
) -> tuple[str, bool]:
    with installation.database.write() as session:
        context = the_context(session, lms_id, registration_id)
        asked = now()
        if context.started_at is None:
            run = start_plans(session, operator(context), context.id, jobs=installation.jobs, now=asked)
        else:
            kind = "full" if full or context.grades_full_at is None else "changes"
            run = installation.jobs.request_sync(
                session, context_id=context.id, kind=kind, trigger="cli", now=asked
            )
        return run.id, run.queued_at == asked


def _read_now(installation: Installation, lms_id: str, registration_id: int | None, full: bool) -> SyncRun:
    """Ask for a run and do it here; one already running is waited for, since it may have read too early."""
    until = now() + WAIT
    while now() < until:
        run_id, fresh = _request(installation, lms_id, registration_id, full)
        _take_part(installation, run_id)
        run = _wait_for(installation, run_id, until)
        if fresh:
            return run
    raise click.ClickException("Another sync of this course has not ended for 30 minutes.")


def _take_part(installation: Installation, run_id: str) -> None:
    deps = SyncDeps.make(
        installation.settings, installation.database, owner=f"cli:{socket.gethostname()}:{getpid()}"
    )
    run_sync(run_id, deps)


def _wait_for(installation: Installation, run_id: str, until: datetime) -> SyncRun:
    while True:
        with installation.database.read() as session:
            run = session.get_one(SyncRun, run_id)
        if run.state in FINISHED or now() > until:
            return run
        time.sleep(0.2)
