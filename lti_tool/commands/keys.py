"""lti-tool rotate-keys: a new signing key; the old one stays published while it may be needed."""

from __future__ import annotations

import click

from lti_tool.commands.base import now, open_installation
from lti_tool.launch.keys import rotate_keys as rotate


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Make a new signing key. Tokens signed with the old one stay valid until they end."""
    with open_installation().database.write() as session:
        key = rotate(session, now())
        kid = key.kid
    click.echo(f"New messages are signed with key {kid}.")
