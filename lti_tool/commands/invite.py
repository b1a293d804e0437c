"""lti-tool invite: a registration address with a one-time code, so that no operator has to activate."""

from __future__ import annotations

from datetime import timedelta

import click

from lti_tool.commands.base import now, open_installation, the_registration
from lti_tool.launch.invitations import make_invitation

MOST_HOURS = 24 * 31


@click.command()
@click.option(
    "--hours",
    type=click.IntRange(1, MOST_HOURS),
    default=72,
    show_default=True,
    help="How long the address works.",
)
@click.option("--note", default="", help="Whom it is for; your own words.")
@click.option(
    "--registration",
    "registration_id",
    type=int,
    help="It may also change this registration, although it is active.",
)
def invite(hours: int, note: str, registration_id: int | None) -> None:
    """Print an address that an LMS administrator pastes into their LMS to register the tool.

    It works once. A registration that came with it is active at once, with its deployment.
    """
    installation = open_installation()
    with installation.database.write() as session:
        if registration_id is not None:
            the_registration(session, registration_id)
        row, code = make_invitation(
            session, life=timedelta(hours=hours), note=note, for_registration_id=registration_id, now=now()
        )
        ends = row.expires_at
    click.echo(f"{installation.settings.public_url}/lti/register/{code}")
    click.echo(
        f"It works once, until {ends:%Y-%m-%d %H:%M} UTC. Only the person it is for should see it.", err=True
    )
