"""What every command shares: opening the installation, and telling mistakes without a traceback."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import click
import sqlalchemy as sa
from cryptography.fernet import MultiFernet
from pydantic import ValidationError
from sqlalchemy.orm import Session

from config.keys import KeysMissing, load_cipher, load_secret_key
from config.logs import configure_logs
from config.settings import Settings, load_settings
from lti_tool.db import Database, make_engine
from lti_tool.migrations.runner import current_revision, newest_revision
from lti_tool.plans.access import Actor, Role
from lti_tool.records.course import Context
from lti_tool.records.platform import Registration

if TYPE_CHECKING:
    from lti_tool.jobs import Jobs


def fail(sentence: str) -> NoReturn:
    """Stop with exit status 1 and one clear sentence."""
    raise click.ClickException(sentence)


def now() -> datetime:
    """The time, aware, UTC."""
    return datetime.now(UTC)


def read_settings() -> Settings:
    """The settings, or a sentence for each wrong one.

    From here on logs go to standard error, warnings only: standard output is the answer.
    """
    try:
        settings = load_settings()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        fail(f"These settings are wrong: {wrong}")
    configure_logs(settings.model_copy(update={"log_level": "WARNING"}))
    return settings


@dataclass
class Installation:
    """One installation, opened by a command."""

    settings: Settings
    make_keys: bool = False

    @property
    def may_make_keys(self) -> bool:
        """One machine may make its own; several have to be given the same ones."""
        return self.make_keys or self.settings.is_sqlite

    @cached_property
    def cipher(self) -> MultiFernet:
        try:
            return load_cipher(self.settings, make=self.may_make_keys)
        except (KeysMissing, OSError) as error:
            fail(str(error))

    @cached_property
    def secret_key(self) -> str:
        """What signs the states of logins."""
        try:
            return load_secret_key(self.settings, make=self.may_make_keys)
        except (KeysMissing, OSError) as error:
            fail(str(error))

    @cached_property
    def database(self) -> Database:
        """The database, known to be reachable and of the shape this code expects."""
        database = Database(make_engine(self.settings.resolved_database_url, self.cipher))
        try:
            have = current_revision(database.engine)
        except sa.exc.SQLAlchemyError as error:
            fail(f"The database does not answer: {first_line(error)}")
        if have != newest_revision():
            fail("The database is not of this version yet. Run `lti-tool migrate` first.")
        return database

    @cached_property
    def jobs(self) -> Jobs:
        # The job engine takes a third of a second to import; most commands never ask it for anything.
        from lti_tool.jobs import Jobs

        return Jobs(self.settings)


def open_installation(*, make_keys: bool = False) -> Installation:
    """Read the settings; keys and database open when first used."""
    return Installation(read_settings(), make_keys)


def first_line(error: BaseException) -> str:
    """The first line of an error, without the parts a person cannot use."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def print_json(value: Any) -> None:
    """Print for a program to read."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def the_registration(session: Session, registration_id: int) -> Registration:
    """The registration, or a sentence that says which there are."""
    found = session.get(Registration, registration_id)
    if found is None:
        known = ", ".join(
            str(i) for i in session.scalars(sa.select(Registration.id).order_by(Registration.id))
        )
        fail(f"There is no registration {registration_id}. Known: {known or 'none yet'}.")
    return found


def the_context(session: Session, lms_id: str, registration_id: int | None) -> Context:
    """The course by the LMS's own context id; asks for --registration where two have the same."""
    query = sa.select(Context).where(Context.lms_id == lms_id).order_by(Context.id)
    if registration_id is not None:
        query = query.where(Context.registration_id == registration_id)
    found = session.scalars(query).all()
    if not found:
        fail(
            f"No course with the context id {lms_id!r} has opened the tool yet. "
            "Open it once from the course, then try again."
        )
    if len(found) > 1:
        ids = ", ".join(str(c.registration_id) for c in found)
        fail(f"Several registrations have a course {lms_id!r}. Add --registration with one of: {ids}.")
    return found[0]


def operator(context: Context) -> Actor:
    """The command line, acting in one course."""
    return Actor(context.registration_id, None, Role.OPERATOR, context.id)


registration_option = click.option(
    "--registration", "registration_id", type=int, help="Its number, where two registrations share the id."
)
context_option = click.option("--context", "context_lms_id", required=True, help="The LMS's own context id.")
