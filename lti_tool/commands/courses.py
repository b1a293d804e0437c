"""lti-tool course, runs, import-goals: one course, by the LMS's own context id."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from lti_tool.commands.base import (
    context_option,
    fail,
    now,
    open_installation,
    operator,
    print_json,
    registration_option,
    the_context,
)
from lti_tool.overview.course import course_report
from lti_tool.overview.runs import RunLine, one_run
from lti_tool.overview.runs import runs as list_runs
from lti_tool.planning.imports import import_goals as store_goals
from lti_tool.plans.access import NotFound


@click.command()
@context_option
@registration_option
@click.option("--json", "as_json", is_flag=True, required=True, help="Print all we know as JSON.")
def course(context_lms_id: str, registration_id: int | None, as_json: bool) -> None:
    """Show a course: last sync, people, gradebook items, goals with the readings behind them."""
    with open_installation().database.read() as session:
        print_json(course_report(session, the_context(session, context_lms_id, registration_id).id))


@click.command()
@context_option
@registration_option
@click.option("--run", "run_id", help="Only this one, with all its row says.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(context_lms_id: str, registration_id: int | None, run_id: str | None, as_json: bool) -> None:
    """List the readings of a course, the newest first: who asked, what was read, how it went."""
    with open_installation().database.read() as session:
        found = the_context(session, context_lms_id, registration_id)
        lines = list(list_runs(session, operator(found), found.id, now=now()).lines)
        if run_id is not None:
            try:
                lines = [one_run(session, operator(found), found.id, run_id, now=now()).line]
            except NotFound:
                fail(f"This course has no reading {run_id!r}. Leave --run out to list them.")
    if as_json:
        print_json([asdict(line) for line in lines])
        return
    for line in lines:
        click.echo(_told(line))
        if run_id is not None:
            for reason, count in line.ignored:
                click.echo(f"  not used: {count}: {reason}")
            click.echo(f"  cursor: {line.cursor_from or 'everything'} → {line.cursor_to or 'not moved'}")
    if not lines:
        click.echo("This course has not been read yet.")


def _told(line: RunLine) -> str:
    """A run in one line."""
    seconds = f" in {line.seconds:.1f} s" if line.seconds is not None else ""
    counts = f"{line.requests} requests, {line.rows} rows read, {line.changed} changed"
    unused = sum(count for _reason, count in line.ignored)
    words = (
        f"{line.asked_at:%Y-%m-%d %H:%M}  {line.id}  {line.what}. {line.who}. {line.how}{seconds}: {counts}"
    )
    if line.went_on_since:
        words += f", after {line.went_on_after} read from {line.went_on_since:%Y-%m-%d %H:%M} on"
    return words + (f", {unused} not used" if unused else "") + (f". {line.error}" if line.error else "")


@click.command("import-goals")
@context_option
@registration_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_goals(context_lms_id: str, registration_id: int | None, file: Path) -> None:
    """Propose goals from a CSV file: user,title,measure,items,baseline,target,due.

    people by `sub` or e-mail; items by the LMS's id or exact name, several separated by `;`; measure
    `score` or `average`; numbers in per cent; due as YYYY-MM-DD. All rows are stored, or none.
    """
    data = file.read_bytes()
    with open_installation().database.write() as session:
        context = the_context(session, context_lms_id, registration_id)
        report = store_goals(session, operator(context), context.id, data, now=now())
    for line, sentence in report.problems:
        click.echo(f"Line {line}: {sentence}", err=True)
    if report.problems:
        fail(f"Nothing was stored: {len(report.problems)} of the rows need a change.")
    there = f" Already there, so left as they are: {len(report.already)}." if report.already else ""
    click.echo(f"Goals proposed: {report.rows}. Each waits for its student.{there}")
