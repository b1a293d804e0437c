"""Staff mend the words of what was agreed at the table; what it said before stays readable (A7, A24)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.agreeing import agreed_in
from lti_tool.planning.conferences import agreement_problems, staffs_conference
from lti_tool.planning.history import author_role
from lti_tool.planning.notes import note
from lti_tool.planning.texts import Incomplete, Overtaken, tidy
from lti_tool.plans.access import Actor
from lti_tool.plans.goal import Problem
from lti_tool.records.conference import Agreement, Conference
from lti_tool.records.history import Change

SUBJECT = "agreement"


def reword(
    session: Session,
    actor: Actor,
    agreement_id: int,
    *,
    owner: str,
    text: str,
    when_words: str,
    seen: str,
    now: datetime,
) -> Agreement:
    """Change an agreement of one's conference; the student's seven days to undo it begin anew.

    seen: `stamp` of the agreement as its author last read it. The same words again change nothing.

    Raises:
        Refused, NotFound: not staff of its course, or it was undone. Incomplete: not yet, or it is a goal
            or a step now. Overtaken: somebody else changed it meanwhile, to other words.
    """
    row = agreed_in(session, actor, agreement_id)
    conference = staffs_conference(session, actor, row.conference_id)
    wanted = {"text": tidy(text), "when_words": tidy(when_words), "owner": owner}
    problems = agreement_problems(wanted["owner"], wanted["text"], wanted["when_words"])
    if row.goal_id is not None or row.step_id is not None:
        problems = [Problem("text", "made", lambda _: _("It is a goal or a step now. Change it there."))]
    if problems:
        raise Incomplete(problems)
    says = _says(row)
    if says == wanted:
        return row
    if stamp(row) != seen:
        raise Overtaken(says, 0)
    _keep(session, conference, row, row.author_id, "teacher", "agreed")
    for name, words in wanted.items():
        setattr(row, name, words)
    row.author_id, row.made_at = actor.person_id, now
    _keep(session, conference, row, actor.person_id, author_role(actor), "reworded")
    note(session, actor, "conference.reworded", conference.person_id, now=now, agreement=row.id)
    return row


def stamp(row: Agreement) -> str:
    """What tells one wording of an agreement from the next."""
    return row.made_at.isoformat()


def _says(row: Agreement) -> dict[str, str]:
    return {"text": row.text, "when_words": row.when_words, "owner": row.owner}


def _keep(
    session: Session, conference: Conference, row: Agreement, author_id: int | None, role: str, what: str
) -> None:
    """One version more; the first words are kept when they are first changed."""
    of_this = (Change.subject == SUBJECT, Change.subject_id == row.id)
    newest = session.scalar(sa.select(sa.func.max(Change.number)).where(*of_this)) or 0
    if what == "agreed" and newest:
        return
    session.add(
        Change(
            registration_id=conference.registration_id,
            person_id=conference.person_id,
            subject=SUBJECT,
            subject_id=row.id,
            number=newest + 1,
            author_id=author_id,
            author_role=role,
            what=what,
            content=_says(row),
            at=row.made_at,
        )
    )
    session.flush()
