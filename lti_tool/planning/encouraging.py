"""Words of encouragement about a goal, a step or the plan, and ideas for later (domain.md A26, B12)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.bonds import bond_for
from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import write_change
from lti_tool.planning.notes import note
from lti_tool.planning.once import added_once, own_one
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import MEASURED, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.profile import SHORT_LONGEST, TEXT_LONGEST
from lti_tool.records.bonds import Bond
from lti_tool.records.goal import Goal
from lti_tool.records.mentoring import CareerNote, Encouragement
from lti_tool.records.plan import Plan
from lti_tool.records.step import Step

WORDS_LONGEST = 500
TOKEN_LONGEST = 32


def encourage(
    session: Session,
    actor: Actor,
    student_id: int,
    context_id: int | None,
    words: str,
    *,
    about: tuple[str, int] | None = None,
    token: str,
    now: datetime,
) -> Encouragement:
    """A word for a student. about: (`goal` or `step`, id), of what the actor sees of the plan.

    Raises:
        Refused, NotFound: the actor does not stand by this student, or it is not theirs.
        Incomplete: no words, or words that cannot be kept.
    """
    bond = bond_for(session, actor, Act.ENCOURAGE, student_id, context_id)
    which = sa.select(Encouragement).filter_by(person_id=student_id, token=token[:TOKEN_LONGEST])
    there = session.scalar(which)
    if there is not None:
        return own_one(there, actor)
    words = tidy(words)
    problems = text_problems("words", words, WORDS_LONGEST)
    if not words:
        problems.append(Problem("words", "empty", lambda _: _("Write a word or two.")))
    goal_id, step_id = _about(session, bond, about)
    if problems:
        raise Incomplete(problems)
    row = Encouragement(
        registration_id=actor.registration_id,
        person_id=student_id,
        goal_id=goal_id,
        step_id=step_id,
        by_id=actor.person_id,
        by_role=bond.role,
        token=token[:TOKEN_LONGEST],
        words=words,
        made_at=now,
    )
    there = added_once(session, row, which)
    if there is not row:
        return own_one(there, actor)
    note(session, actor, "encouraged", student_id, now=now, encouragement=row.id)
    return row


def _about(session: Session, bond: Bond, about: tuple[str, int] | None) -> tuple[int | None, int | None]:
    """The goal and step it is about, of this student and of what the bond reaches. Raises NotFound."""
    if about is None:
        return None, None
    kind, row_id = about
    if kind not in ("goal", "step") or not is_row_id(row_id):
        raise NotFound
    query = (
        sa.select(Goal.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(Plan.person_id == bond.student.id, Plan.closed_at.is_(None), Goal.state.in_(MEASURED))
    )
    if bond.context_id is not None:
        query = query.where(Goal.context_id == bond.context_id)
    if kind == "step":
        query = query.join(Step, Step.goal_id == Goal.id).where(Step.id == row_id)
    else:
        query = query.where(Goal.id == row_id)
    goal_id = session.scalar(query)
    if goal_id is None:
        raise NotFound
    return goal_id, row_id if kind == "step" else None


def note_words_seen(session: Session, actor: Actor, *, now: datetime) -> None:
    """The student opened their plan and saw them."""
    require(actor, Act.SEE_OWN_PLAN)
    session.execute(
        sa.update(Encouragement)
        .where(Encouragement.person_id == actor.person_id, Encouragement.seen_at.is_(None))
        .values(seen_at=now)
    )


def note_career(
    session: Session,
    actor: Actor,
    student_id: int,
    context_id: int | None,
    *,
    interest: str,
    courses: str,
    activities: str,
    token: str,
    now: datetime,
) -> CareerNote:
    """Ideas for what a student may want to be (nurse: courses, clubs), for them and all who read the plan.

    Raises:
        Refused, NotFound: the actor does not stand by this student. Incomplete: say for what, and one idea.
    """
    bond = bond_for(session, actor, Act.ENCOURAGE, student_id, context_id)
    which = sa.select(CareerNote).filter_by(person_id=student_id, token=token[:TOKEN_LONGEST])
    there = session.scalar(which)
    if there is not None:
        return own_one(there, actor)
    texts = {"interest": tidy(interest), "courses": tidy(courses), "activities": tidy(activities)}
    problems = text_problems("interest", texts["interest"], SHORT_LONGEST)
    for name in ("courses", "activities"):
        problems += text_problems(name, texts[name], TEXT_LONGEST)
    if not texts["interest"]:
        problems.append(Problem("interest", "empty", lambda _: _("Say what they may want to be.")))
    if not (texts["courses"] or texts["activities"]):
        problems.append(
            Problem("courses", "empty", lambda _: _("Write at least one course or one activity."))
        )
    if problems:
        raise Incomplete(problems)
    row = CareerNote(
        registration_id=actor.registration_id,
        person_id=student_id,
        context_id=bond.context_id,
        by_id=actor.person_id,
        by_role=bond.role,
        token=token[:TOKEN_LONGEST],
        made_at=now,
        version=1,
        **texts,
    )
    there = added_once(session, row, which)
    if there is not row:
        return own_one(there, actor)
    write_change(session, actor, "career_note", row, "made", texts, now=now)
    return row


def let_career_note_go(
    session: Session, actor: Actor, note_id: int, student_id: int, context_id: int | None, *, now: datetime
) -> None:
    """Its author shows it no longer; its words stay in the history. Raises Refused, NotFound."""
    bond_for(session, actor, Act.ENCOURAGE, student_id, context_id)
    row = session.get(CareerNote, note_id) if is_row_id(note_id) else None
    if row is None or (row.person_id, row.by_id) != (student_id, actor.person_id):
        raise NotFound
    if row.retired_at is None:
        row.retired_at, row.version = now, row.version + 1
        session.flush()
        write_change(session, actor, "career_note", row, "let go", {}, now=now)
