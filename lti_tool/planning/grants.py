"""Letting in guardians and mentors without an LMS account: grants, their codes, and who is inside now.

The address of a grant holds a public id only. The code (and the passphrase of a one-time code) is typed
into a form; both are kept as scrypt hashes, wrong ones are counted before they are looked at, and each
makes the next wait longer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.guardians import NAME_LONGEST, is_name_blocked
from lti_tool.planning.notes import note
from lti_tool.planning.people import clean_text
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.names import folded, is_seen
from lti_tool.records.guardians_here import has_guardians
from lti_tool.records.platform import Registration
from lti_tool.records.support import AccessGrant, GrantVisit

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that reads like something else on paper
CODE_LENGTH = 12
DAYS = (7, 30, 90)
KINDS = ("link", "once")
READERS = ("guardian", "mentor")
PASSPHRASE_SHORTEST, TYPED_LONGEST = 6, 200
TRIES_MOST = 20
WAIT_LONGEST = timedelta(minutes=15)
_log = structlog.get_logger()


@dataclass(frozen=True)
class GrantDraft:
    """What staff wrote: for whom, of which kind, for how many days."""

    name: str
    reader: str = "guardian"
    kind: str = "link"
    days: int = 30
    passphrase: str = ""


class GrantRefused(Exception):
    """A grant cannot be made like this; `problems` are (field, code) pairs: see `grant_problems`."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(", ".join(code for _field, code in problems))
        self.problems = problems


class CodeRefused(Exception):
    """Not let in. code: `ended`, `wrong` or `wait`; seconds: how long to wait before the next try."""

    def __init__(self, code: str, seconds: int = 0) -> None:
        super().__init__(code)
        self.code, self.seconds = code, seconds


def make_grant(
    session: Session, actor: Actor, person_id: int, draft: GrantDraft, *, now: datetime
) -> tuple[AccessGrant, str]:
    """A grant for a learner of the actor's course, and its code: shown once, kept only as a hash.

    Raises:
        Refused: not staff. NotFound: not a learner of this course now. GrantRefused: see `problems`.
    """
    require(actor, Act.LET_IN)
    context = course_of(session, actor)
    student = learner_in(session, context, person_id)
    problems = _problems(session, draft, student.person_id)
    if draft.reader == "guardian" and not has_guardians(session, actor.registration_id, context.id):
        problems.append(("kind", "no_guardians"))
    if problems:
        raise GrantRefused(problems)
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    name = clean_text(draft.name, NAME_LONGEST)
    row = AccessGrant(
        registration_id=actor.registration_id,
        public_id="".join(secrets.choice(LETTERS) for _ in range(10)).lower(),
        kind=draft.kind,
        reader=draft.reader,
        name=name,
        name_key=folded(name)[:NAME_LONGEST],
        person_id=student.person_id,
        context_id=context.id,
        made_by_id=actor.person_id,
        made_at=now,
        expires_at=now + timedelta(days=draft.days),
        secret_hash=hashed(code),
        passphrase_hash=hashed(spoken(draft.passphrase)) if draft.kind == "once" else "",
    )
    session.add(row)
    session.flush()
    note(session, actor, "made a guardian's grant", student.person_id, now=now, grant=row.id)
    return row, code


def _problems(session: Session, draft: GrantDraft, student_id: int) -> list[tuple[str, str]]:
    found = []
    if not is_seen(draft.name):
        found.append(("name", "missing"))
    elif is_name_blocked(session, student_id, clean_text(draft.name, NAME_LONGEST)):
        found.append(("name", "blocked"))
    if draft.kind not in KINDS or draft.reader not in READERS:
        found.append(("kind", "unknown"))
    if draft.days not in DAYS:
        found.append(("days", "unknown"))
    if draft.kind == "once" and len(spoken(draft.passphrase)) < PASSPHRASE_SHORTEST:
        found.append(("passphrase", "short"))
    return found


def revoke_grant(session: Session, actor: Actor, person_id: int, grant_id: int, *, now: datetime) -> None:
    """End a grant of a student of the actor's course, and every page open through it.

    Raises:
        Refused: not staff. NotFound: no such grant of this student in this course.
    """
    require(actor, Act.LET_IN)
    context = course_of(session, actor)
    row = session.get(AccessGrant, grant_id) if is_row_id(grant_id) else None
    if row is None or row.context_id != context.id or row.person_id != person_id:
        raise NotFound
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by_id = now, actor.person_id
    session.execute(
        sa.update(GrantVisit)
        .where(GrantVisit.grant_id == row.id, GrantVisit.ended_at.is_(None))
        .values(ended_at=now)
    )
    note(session, actor, "ended a guardian's grant", row.person_id, now=now, grant=row.id)


def take_a_try(session: Session, public_id: str, *, now: datetime) -> AccessGrant:
    """Count one try before its code is looked at, so that a thousand at once are one.

    Raises:
        CodeRefused: `ended` (unknown, over, revoked, used or tried too often) or `wait`.
    """
    row = session.scalar(
        sa.select(AccessGrant)
        .join(Registration, Registration.id == AccessGrant.registration_id)
        .where(AccessGrant.public_id == public_id, Registration.active)
        .with_for_update(of=AccessGrant)
    )
    if row is None or not is_open(row, now):
        raise CodeRefused("ended")
    if row.wait_until is not None and row.wait_until > now:
        raise CodeRefused("wait", _seconds(row.wait_until - now))
    row.attempts += 1
    row.wait_until = now + min(timedelta(seconds=2**row.attempts), WAIT_LONGEST)
    session.flush()
    return row


def is_open(row: AccessGrant, now: datetime) -> bool:
    """Whether a code may still let someone in by this grant."""
    if row.revoked_at is not None or row.expires_at <= now or row.attempts >= TRIES_MOST:
        return False
    return row.kind == "link" or row.used_at is None


def is_right(row: AccessGrant, code: str, passphrase: str) -> bool:
    """Whether what was typed fits; slow on purpose (scrypt), so call it outside any transaction."""
    typed = "".join(char for char in code.upper()[:TYPED_LONGEST] if char.isalnum())
    good = matches(typed, row.secret_hash)
    if row.kind == "once":
        good = matches(spoken(passphrase), row.passphrase_hash) and good
    return good


def let_in(session: Session, grant_id: int, *, now: datetime) -> str:
    """The cookie's secret for somebody whose code was right.

    Raises:
        CodeRefused: `ended` when the grant was ended, or a one-time code used, a moment earlier.
    """
    row = session.scalar(sa.select(AccessGrant).where(AccessGrant.id == grant_id).with_for_update())
    if row is None or row.revoked_at is not None or (row.kind == "once" and row.used_at is not None):
        raise CodeRefused("ended")
    row.used_at, row.attempts, row.wait_until = now, 0, None
    secret = secrets.token_urlsafe(32)
    session.add(GrantVisit(grant_id=row.id, secret_hash=digest(secret), created_at=now, last_seen_at=now))
    actor = Actor(row.registration_id, None, Role.GUARDIAN, row.context_id)
    note(session, actor, "came in by a grant", row.person_id, now=now, grant=row.id)
    _log.info("grant.used", grant_id=row.id, registration_id=row.registration_id)
    return secret


def end_visit(session: Session, public_id: str, secret: str, *, now: datetime) -> None:
    """Close the page on this browser; nothing happens where none is open."""
    grant = sa.select(AccessGrant.id).where(AccessGrant.public_id == public_id).scalar_subquery()
    session.execute(
        sa.update(GrantVisit)
        .where(GrantVisit.grant_id == grant, GrantVisit.secret_hash == digest(secret))
        .values(ended_at=now)
    )


def spoken(passphrase: str) -> str:
    """A passphrase as it may be told by telephone: case, accents' form and spaces do not matter."""
    text = unicodedata.normalize("NFKC", passphrase[:TYPED_LONGEST]).casefold()
    return "".join(text.split())


def digest(secret: str) -> str:
    """What is kept of a cookie's secret (256 random bits): its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hashed(text: str) -> str:
    """scrypt with a salt of its own, as `salt$hash` in base64."""
    salt = secrets.token_bytes(16)
    return "$".join(base64.b64encode(part).decode() for part in (salt, _scrypt(text, salt)))


def matches(text: str, stored: str) -> bool:
    """Whether the text has this hash, compared in constant time."""
    salt, _mark, wanted = stored.partition("$")
    return hmac.compare_digest(_scrypt(text, base64.b64decode(salt)), base64.b64decode(wanted))


def _scrypt(text: str, salt: bytes) -> bytes:
    return hashlib.scrypt(text.encode("utf-8", "replace"), salt=salt, n=2**14, r=8, p=1, dklen=32)


def _seconds(wait: timedelta) -> int:
    return max(1, round(wait.total_seconds()))
