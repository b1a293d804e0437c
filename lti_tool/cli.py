"""lti-tool: the operator's door. A composition root; every command is a file of lti_tool/commands."""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import click
import sqlalchemy as sa

from config.logs import log_warnings_only
from lti_tool.commands.base import first_line
from lti_tool.records.types import SecretsUnreadable

# Where each command is: only the one that is asked for is imported, since all together take two seconds.
COMMANDS = {
    "migrate": "serving:migrate",
    "up": "serving:up",
    "serve": "serving:serve",
    "doctor": "doctor:doctor",
    "register": "registrations:register",
    "invite": "invite:invite",
    "activate": "registrations:activate",
    "connect": "connections:connect",
    "sync": "sync:sync",
    "course": "courses:course",
    "runs": "courses:runs",
    "import-goals": "courses:import_goals",
    "privacy": "privacy:privacy",
    "rotate-keys": "keys:rotate_keys",
}


class Commands(click.Group):
    """The commands of COMMANDS, in that order, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"lti_tool.commands.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="personal-plans")
def tool() -> None:
    """Personal Plans: personal learning plans inside Canvas and Moodle, over LTI 1.3.

    Settings come from environment variables, or from the file named by CONFIG_FILE.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    log_warnings_only()


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
