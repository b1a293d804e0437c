"""lti-tool doctor: is everything that the tool needs in order? One line each, exit 1 if not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import click
import requests
import sqlalchemy as sa

from config.keys import KeysMissing, load_cipher
from config.settings import Settings
from lms_sync.connections import check_connection, course_to_try, keep_check, renew_for_check
from lms_sync.consent import check_key
from lms_sync.mail import MailError, mail_door, trouble
from lms_sync.platforms.grants import scopes_refused
from lms_sync.platforms.lti import check_registration
from lti_tool.commands.base import first_line, now, read_settings
from lti_tool.db import Database, make_engine
from lti_tool.http import OutboundError, make_session
from lti_tool.launch.keys import current_signing_key
from lti_tool.migrations.runner import current_revision, newest_revision
from lti_tool.overview.notices import told_of_copies
from lti_tool.overview.registrations import given_by
from lti_tool.overview.unseen import unseen_groups, unseen_words
from lti_tool.planning.consent import Key
from lti_tool.plans.asked import ROSTER, scopes_asked
from lti_tool.plans.translate import plain
from lti_tool.records.course import Context, Membership
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection, Deployment, Registration

# well: None for something a person should look at, while everything works.
Line = tuple[str, bool | None, str]
MARKS = {True: "ok  ", False: "BAD ", None: "look"}
MOST_SKEW_SECONDS = 30
MOST_COURSES = 20
NO_CONNECTION = (
    "not connected: the list of people is read and our own column written; scores, due dates and missing "
    "work are not seen. `lti-tool connect --registration {}` changes that"
)


@click.command()
def doctor() -> None:
    """Check settings, database, keys, clock, every registration and every connection."""
    settings = read_settings()
    all_well = True
    for what, well, sentence in findings(settings):
        all_well = all_well and well is not False
        click.echo(f"{MARKS[well]} {what}: {sentence}")
    sys.exit(0 if all_well else 1)


def findings(settings: Settings) -> Iterator[Line]:
    """Each check as (what, well, sentence); later ones are left out when an earlier one they need is bad."""
    yield from _settings(settings)
    try:
        cipher = load_cipher(settings, make=False)
        yield "encryption keys", True, "there"
    except (KeysMissing, OSError) as error:
        yield "encryption keys", False, str(error)
        return
    database = Database(make_engine(settings.resolved_database_url, cipher))
    problem = _database_problem(database)
    yield "database", problem is None, problem or f"{database.engine.dialect.name}, up to date"
    if problem:
        return
    yield _signing_key(database)
    yield from mail_lines(settings)
    with database.read() as session:
        registrations = session.scalars(sa.select(Registration).order_by(Registration.id)).all()
        connections = session.scalars(sa.select(Connection).order_by(Connection.id)).all()
        waiting = session.scalar(
            sa.select(sa.func.count()).select_from(Deployment).where(sa.not_(Deployment.active))
        )
    if waiting:
        yield "deployments", True, f"{waiting} wait for `lti-tool activate`"
    for registration in registrations:
        yield from registration_lines(registration, settings, database)
    if not registrations:
        yield "registrations", True, "none yet; `lti-tool register --help` says how"
    connected = {connection.registration_id for connection in connections}
    for registration in registrations:
        if registration.active and registration.id not in connected:
            yield f"registration {registration.id} grades", None, NO_CONNECTION.format(registration.id)
    for connection in connections:
        yield _connection(connection, settings, database)
        yield from _unseen(connection, database)
    yield from _not_read(database)


def _settings(settings: Settings) -> Iterator[Line]:
    yield "settings", True, f"{settings.public_url} on {settings.bind}"
    if not settings.is_https and not settings.allow_private_network:
        yield "PUBLIC_URL", False, "an LMS only embeds https:// addresses"
    elif settings.allow_private_network:
        yield "ALLOW_PRIVATE_NETWORK", True, "is on: for development only"


def mail_lines(settings: Settings) -> Iterator[Line]:
    """Whether the weekly e-mails can be sent, where they are wanted at all."""
    if not settings.sends_mail:
        return
    try:
        with mail_door(settings) as door:
            door.noop()
        yield "e-mail", True, f"{settings.smtp_host} answers"
    except MailError as error:
        yield "e-mail", False, f"{settings.smtp_host} cannot be used: {trouble(error)}; see SMTP_HOST"


def _database_problem(database: Database) -> str | None:
    try:
        have = current_revision(database.engine)
    except sa.exc.SQLAlchemyError as error:
        return f"does not answer: {first_line(error)}"
    if have != newest_revision():
        return "not of this version; run `lti-tool migrate`"
    return None


def _signing_key(database: Database) -> Line:
    try:
        with database.write() as session:
            key = current_signing_key(session, now())
            assert key.private_pem
            return "signing key", True, f"{key.kid[:12]}, made {key.created_at:%Y-%m-%d}"
    except Exception as error:  # a wrong encryption key shows as many kinds of error
        return "signing key", False, f"cannot be read with these ENCRYPTION_KEYS ({type(error).__name__})"


def registration_lines(registration: Registration, settings: Settings, database: Database) -> Iterator[Line]:
    """What there is to say of one registration, asking its platform."""
    label = f"registration {registration.id} ({registration.issuer})"
    if not registration.active:
        yield label, True, "waits for `lti-tool activate`"
        return
    for what, well, sentence in check_registration(registration, settings=settings, database=database):
        yield f"{label} {what}", well, sentence
    yield from _given(label, registration, settings, database)
    yield from _copies(label, registration, database)
    yield from _clock(label, registration, settings)


def _given(label: str, registration: Registration, settings: Settings, database: Database) -> Iterator[Line]:
    """What its administrator left out of what we ask for: by the newest launch, and by a token now."""
    with database.read() as session:
        given = given_by(session, registration, str)
    seen = (
        f"the launch of {given.scopes_seen_at:%Y-%m-%d %H:%M} UTC"
        if given.scopes_seen_at
        else "no launch yet"
    )
    refused = set(scopes_refused(registration, settings=settings, database=database))
    dropped = [
        each
        for each in scopes_asked(str, registration.product_family)
        if each in given.missing_scopes or each.key in refused
    ]
    for each in dropped:
        where = "by the token service" if each.key in refused else f"by {seen}"
        name = each.key.rpartition("/")[2]
        yield (
            f"{label} scope {name}",
            False if each.key == ROSTER else None,
            f"not given, {where}. {each.without}",
        )
    if not dropped:
        yield f"{label} scopes", True, f"all we ask for ({seen})"
    for each in given.missing_placements:
        yield f"{label} placement {each.key}", None, f"not given. {each.without}"
    if given.same_platform:
        others = ", ".join(map(str, given.same_platform))
        yield (
            f"{label} platform",
            None,
            f"the same LMS is also registration {others}, with its own people and courses",
        )


def _copies(label: str, registration: Registration, database: Database) -> Iterator[Line]:
    """Whether the LMS tells us of copied courses; never bad, because a launch tells it, too."""
    with database.read() as session:
        told = told_of_copies(session, registration, plain)
    for each in told:
        when = f" (agreed {each.set_at:%Y-%m-%d %H:%M} UTC)" if each.set_at else ""
        well = None if each.well is False or each.error else True
        yield (
            f"{label} copied courses, deployment {each.deployment}",
            well,
            f"{each.sentence} {each.error}".strip() + when,
        )


def _clock(label: str, registration: Registration, settings: Settings) -> Iterator[Line]:
    try:
        answer = make_session(settings).get(registration.jwks_url)
        theirs = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, OutboundError, KeyError, ValueError):
        return
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    yield f"{label} clock", skew <= MOST_SKEW_SECONDS, f"differs by {skew:.0f} s from ours"


def _connection(connection: Connection, settings: Settings, database: Database) -> Line:
    label = f"connection {connection.id} ({connection.kind})"
    if connection.state == "waiting":
        key = Key(connection.api_url, connection.oauth_client_id or "", connection.oauth_secret or "")
        trouble = check_key(key, settings)
        if trouble is not None:
            return label, False, str(trouble)
        return label, True, "Canvas knows the key; it waits until a teacher or administrator allows it"
    with database.read() as session:
        course_id, learner_id = course_to_try(session, connection)
    check = renew_for_check(connection, settings=settings, database=database, now=now()) or check_connection(
        connection, settings=settings, course_id=course_id, learner_id=learner_id
    )
    with database.write() as session:
        keep_check(session, connection.id, check, now=now())
    well = None if check.ok and check.code else check.ok
    return label, well, check.sentence


def _unseen(connection: Connection, database: Database) -> Iterator[Line]:
    """Groups that a Moodle does not show our access, course by course, some of them."""
    if connection.kind != "moodle":
        return
    with database.read() as session:
        courses = session.execute(
            sa.select(Context.id, Context.title)
            .where(Context.registration_id == connection.registration_id, Context.started_at.is_not(None))
            .where(sa.exists().where(Membership.context_id == Context.id, Membership.grades_unread))
            .order_by(Context.id)
            .limit(MOST_COURSES)
        ).all()
        for course in courses:
            unseen = unseen_groups(session, course.id)
            if unseen is not None:
                label = f"connection {connection.id} (moodle) course {course.id} “{course.title}”"
                yield label, None, unseen_words(unseen, "Moodle", plain)


def _not_read(database: Database) -> Iterator[Line]:
    """Courses whose newest reading went wrong: an access may work, and yet not see one of them."""
    newest = (
        sa.select(SyncRun.id)
        .where(SyncRun.context_id == Context.id, SyncRun.state.in_(("done", "failed")))
        .order_by(SyncRun.finished_at.desc(), SyncRun.id)
        .limit(1)
        .correlate(Context)
        .scalar_subquery()
    )
    with database.read() as session:
        rows = session.execute(
            sa.select(Context.id, Context.title, SyncRun.error, SyncRun.finished_at)
            .join(SyncRun, SyncRun.id == newest)
            .where(Context.started_at.is_not(None), Context.read_only.is_(False), SyncRun.state == "failed")
            .order_by(Context.id)
            .limit(MOST_COURSES)
        ).all()
    for row in rows:
        when = f" ({row.finished_at:%Y-%m-%d %H:%M} UTC)" if row.finished_at else ""
        yield f"course {row.id} “{row.title}”", None, row.error + when
