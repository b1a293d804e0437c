"""What its author alone does with an entry of a profile later: reword it, share it, let it go."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.history import check_version
from lti_tool.planning.profile_rows import WORDS, entry_problems, own_entry, said, write_down
from lti_tool.planning.texts import Incomplete, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.profile import Kind
from lti_tool.records.profile import Entry


def save_entry(
    session: Session,
    actor: Actor,
    entry_id: int,
    words: dict[str, str],
    seen: int,
    *,
    share: bool = False,
    now: datetime,
) -> Entry:
    """Change the words of one's own entry. seen: the version its author last read.

    Raises:
        NotFound: not theirs to see. Refused: somebody else's. Incomplete: not yet. Overtaken: saved
            meanwhile in another window, with other words.
    """
    row = own_entry(session, actor, entry_id)
    wanted = {name: tidy(words[name]) for name in WORDS if name in words}
    problems = entry_problems(
        Kind(row.kind), row.topic, {**said(row), **wanted}, view=row.beside_id is not None
    )
    if problems:
        raise Incomplete(problems)
    check_version(row, seen, said(row), wanted)
    shares = share and row.shared_at is None
    if not shares and row.retired_at is None and all(getattr(row, name) == wanted[name] for name in wanted):
        return row
    for name, text in wanted.items():
        setattr(row, name, text)
    write_down(session, actor, row, "shared" if shares else "saved", now, shares=shares)
    row.retired_at = None
    return row


def retire_entry(session: Session, actor: Actor, entry_id: int, *, now: datetime) -> Entry:
    """Let one's own entry go; its history stays, and goals made from it keep their link."""
    row = own_entry(session, actor, entry_id)
    if row.retired_at is None:
        row.retired_at = now
        write_down(session, actor, row, "let go", now)
    return row


def share_all(session: Session, actor: Actor, *, now: datetime) -> int:
    """Share every entry of one's own that is not shared yet; how many."""
    require(actor, Act.WRITE_PROFILE)
    rows = session.scalars(
        sa.select(Entry).where(
            Entry.registration_id == actor.registration_id,
            Entry.person_id == actor.person_id,
            Entry.author_id == actor.person_id,
            Entry.shared_at.is_(None),
            Entry.retired_at.is_(None),
        )
    ).all()
    for row in rows:
        write_down(session, actor, row, "shared", now, shares=True)
    return len(rows)
