"""Correcting what one noted in a check-in: a new version that says why; the old one stays (A24, B12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.bonds import bond_for
from lti_tool.planning.checkins import CheckInDraft, check_draft
from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import check_version, write_change
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.mentoring import NOTE
from lti_tool.plans.problem import Problem
from lti_tool.records.history import Change
from lti_tool.records.mentoring import CheckInNote

TEXTS = ("well", "hard", "agreed")
WHY_LONGEST = 300


def correct_note(
    session: Session,
    actor: Actor,
    note_id: int,
    draft: CheckInDraft,
    *,
    why: str,
    seen: int,
    now: datetime,
) -> CheckInNote:
    """Its author, still standing by the student, changes the words, the agreed day or who reads them.

    seen: the version the form was made from. What nothing was changed of stays as it is.

    Raises:
        Refused, NotFound: not theirs, or they stand by the student no longer. Incomplete: no reason, or it
        cannot be kept so. Overtaken: they saved another version in another window meanwhile.
    """
    row = own_note(session, actor, note_id)
    bond = bond_for(session, actor, Act.CHECK_IN, row.person_id, row.context_id)
    texts = {name: tidy(getattr(draft, name)) for name in TEXTS}
    wanted = {**texts, **_rest(draft)}
    check_version(row, seen, words_of(row), wanted)
    if words_of(row) == wanted:
        return row
    check_draft(draft, texts, now.astimezone(bond.zone).date(), agreed_on=row.next_on)
    why = tidy(why)
    problems = text_problems("why", why, WHY_LONGEST)
    if not why:
        problems.append(Problem("why", "empty", lambda _: _("Say why in a few words.")))
    if problems:
        raise Incomplete(problems)
    _keep_first(session, row)
    for name, text in texts.items():
        setattr(row, name, text)
    row.next_on, row.readers, row.version = draft.next_on, draft.readers, row.version + 1
    session.flush()
    write_change(session, actor, NOTE, row, "corrected", _content(row), now=now, reason=why)
    return row


def own_note(session: Session, actor: Actor, note_id: int) -> CheckInNote:
    """A note of the actor's, locked. Raises Refused, NotFound."""
    require(actor, Act.CHECK_IN)
    row = session.get(CheckInNote, note_id, with_for_update=True) if is_row_id(note_id) else None
    if row is None or actor.person_id is None or row.by_id != actor.person_id:
        raise NotFound
    if row.registration_id != actor.registration_id:
        raise NotFound
    return row


def words_of(row: CheckInNote) -> dict[str, str]:
    """What its form holds."""
    return {
        **{name: getattr(row, name) for name in TEXTS},
        "next_on": "" if row.next_on is None else row.next_on.isoformat(),
        "readers": row.readers,
    }


def _rest(draft: CheckInDraft) -> dict[str, str]:
    return {
        "next_on": "" if draft.next_on is None else draft.next_on.isoformat(),
        "readers": draft.readers,
    }


def _content(row: CheckInNote) -> dict[str, Any]:
    return dict(words_of(row))


def _keep_first(session: Session, row: CheckInNote) -> None:
    """A note that was never corrected has no version yet: keep how it was made."""
    if row.version > 1:
        return
    there = sa.select(Change.id).where(Change.subject == NOTE, Change.subject_id == row.id)
    if session.scalar(there.limit(1)) is None:
        session.add(
            Change(
                registration_id=row.registration_id,
                person_id=row.person_id,
                subject=NOTE,
                subject_id=row.id,
                number=1,
                author_id=row.by_id,
                author_role=row.by_role,
                what="made",
                content=_content(row),
                at=row.at,
            )
        )
