"""lti-tool connect: our access to an LMS's own API."""

from __future__ import annotations

import os

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.connections import check_connection, course_to_try, keep_check
from lms_sync.consent import check_key
from lti_tool.commands.base import Installation, fail, now, open_installation, the_registration
from lti_tool.http import OutboundError, check_url
from lti_tool.planning.consent import Key
from lti_tool.plans.consent import CALLBACK
from lti_tool.records.platform import Connection


@click.command()
@click.option("--registration", "registration_id", type=int, required=True)
@click.option("--kind", type=click.Choice(["canvas", "moodle"]), required=True)
@click.option("--api-url", required=True, help="The LMS's own address, for example https://school.example.")
@click.option("--token-env", help="Name of the environment variable that holds the API token.")
@click.option("--oauth-client-id", help="Canvas: the API developer key's id.")
@click.option("--oauth-secret-env", help="Name of the environment variable that holds its secret.")
def connect(
    registration_id: int,
    kind: str,
    api_url: str,
    token_env: str | None,
    oauth_client_id: str | None,
    oauth_secret_env: str | None,
) -> None:
    """Connect grades: store the access, encrypted, and try it. Exit status 1 when it does not work."""
    installation = open_installation()
    token, secret = _secrets(token_env, oauth_client_id, oauth_secret_env)
    try:
        check_url(api_url, installation.settings)
    except OutboundError as error:
        fail(f"--api-url: {error}")
    if kind == "moodle" and oauth_client_id:
        fail("Moodle has web-service tokens, not OAuth keys. Use --token-env.")
    with installation.database.write() as session:
        the_registration(session, registration_id)
        row = session.scalars(
            sa.select(Connection).where(
                Connection.registration_id == registration_id, Connection.context_id.is_(None)
            )
        ).one_or_none()
        if row is None:
            row = Connection(registration_id=registration_id, created_at=now(), kind=kind, api_url=api_url)
            session.add(row)
        row.kind, row.api_url = kind, api_url.rstrip("/")
        row.token, row.oauth_client_id, row.oauth_secret = token, oauth_client_id, secret
        row.refresh_token, row.token_expires_at = None, None
        row.state, row.reason = ("unchecked" if token else "waiting"), ""
        row.reason_code, row.reason_words, row.checked_at = "", {}, None
        row.person_id, row.allowed_at, row.lms_user_id, row.sections = None, None, "", []
        if oauth_client_id:
            _give_key_to_courses(session, row)
        session.flush()
        connection_id = row.id
    if token is None:
        _check_the_key(installation, connection_id, row)
        return
    with installation.database.read() as session:
        course_id, learner_id = course_to_try(session, row)
    settings = installation.settings
    check = check_connection(row, settings=settings, course_id=course_id, learner_id=learner_id)
    with installation.database.write() as session:
        keep_check(session, connection_id, check, now=now())
    if not check.ok:
        fail(f"Connection {connection_id} is stored, but it does not work yet: {check.sentence}")
    click.echo(f"Connection {connection_id} works: {check.sentence}")


def _give_key_to_courses(session: Session, row: Connection) -> None:
    """Teachers' consents are renewed with the institution's key: a new secret serves them, too."""
    session.execute(
        sa.update(Connection)
        .where(
            Connection.registration_id == row.registration_id,
            Connection.context_id.is_not(None),
            Connection.refresh_token.is_not(None),
        )
        .values(oauth_client_id=row.oauth_client_id, oauth_secret=row.oauth_secret)
    )


def _check_the_key(installation: Installation, connection_id: int, row: Connection) -> None:
    """Say at once whether the LMS knows the key; people can be asked for consent only then."""
    key = Key(row.api_url, row.oauth_client_id or "", row.oauth_secret or "")
    trouble = check_key(key, installation.settings)
    if trouble is not None:
        with installation.database.write() as session:
            stored = session.get_one(Connection, connection_id)
            stored.reason, stored.reason_code, stored.reason_words = str(trouble), trouble.code, trouble.words
        fail(f"Connection {connection_id} is stored, but it does not work yet: {trouble}")
    address = installation.settings.public_url.rstrip("/") + CALLBACK
    click.echo(
        f"Connection {connection_id} stored; Canvas knows the key. It waits until a teacher or administrator "
        f"presses “Connect grades”. The key's redirect URI in Canvas has to be {address}"
    )


def _secrets(
    token_env: str | None, oauth_client_id: str | None, oauth_secret_env: str | None
) -> tuple[str | None, str | None]:
    if bool(token_env) == bool(oauth_client_id):
        fail("Give either --token-env, or --oauth-client-id with --oauth-secret-env.")
    if token_env:
        return _from_environment("--token-env", token_env), None
    if not oauth_secret_env:
        fail("--oauth-client-id needs --oauth-secret-env.")
    return None, _from_environment("--oauth-secret-env", oauth_secret_env)


def _from_environment(option: str, name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        fail(f"{option}: the environment variable {name} is empty or not set.")
    if not value.isprintable() or " " in value:
        fail(f"{option}: what {name} holds does not look like a token.")
    return value
