"""lti-tool: the operator's door. A composition root; every command is a file of lti_tool/commands."""

from __future__ import annotations

import logging
import sys

import click
import sqlalchemy as sa

from config.logs import log_warnings_only
from lti_tool.commands.base import first_line
from lti_tool.commands.connections import connect
from lti_tool.commands.courses import course, import_goals, runs, sync
from lti_tool.commands.doctor import doctor
from lti_tool.commands.invite import invite
from lti_tool.commands.keys import rotate_keys
from lti_tool.commands.privacy import privacy
from lti_tool.commands.registrations import activate, register
from lti_tool.commands.serving import migrate, serve, up
from lti_tool.records.types import SecretsUnreadable


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="personal-plans")
def tool() -> None:
    """Personal Plans: personal learning plans inside Canvas and Moodle, over LTI 1.3.

    Settings come from environment variables, or from the file named by CONFIG_FILE.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    log_warnings_only()


COMMANDS = (
    migrate,
    up,
    serve,
    doctor,
    register,
    invite,
    activate,
    connect,
    sync,
    course,
    runs,
    import_goals,
    privacy,
    rotate_keys,
)
for each in COMMANDS:
    tool.add_command(each)


def main() -> None:
    """Run one command; a database or key that does not do its part is a sentence, not a traceback."""
    try:
        tool(prog_name="lti-tool")
    except sa.exc.OperationalError as error:
        click.echo(f"Error: the database did not do its part: {first_line(error)}", err=True)
        sys.exit(1)
    except SecretsUnreadable as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
