"""What staff say of plans in their course: who looks after them, what a cycle taught (B1, B15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.planning.notes import note
from lti_tool.planning.scope import course_of
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.problem import Problem
from lti_tool.plans.profile import SHORT_LONGEST, TEXT_LONGEST
from lti_tool.records.course import Context
from lti_tool.records.rollout import CycleReview


def set_owner(session: Session, actor: Actor, owner: str, *, now: datetime) -> Context:
    """Say who looks after plans in the course; empty is nobody yet. Raises Refused, NotFound, Incomplete."""
    require(actor, Act.SET_COURSE)
    context = course_of(session, actor)
    words = " ".join(owner.split())
    problems = text_problems("owner", words, SHORT_LONGEST)
    if problems:
        raise Incomplete(problems)
    if context.plan_owner != words:
        context.plan_owner = words
        if actor.person_id is not None:
            note(session, actor, "course.owner", actor.person_id, now=now)
    return context


def review_cycle(
    session: Session,
    actor: Actor,
    *,
    worked: str,
    changes: str,
    figures: Mapping[str, Any],
    now: datetime,
) -> CycleReview:
    """Keep what worked and what will change, with the figures of today; earlier ones stay as they are.

    Raises Refused, NotFound, Incomplete.
    """
    require(actor, Act.SET_COURSE)
    context = course_of(session, actor)
    texts = {"worked": tidy(worked), "changes": tidy(changes)}
    problems = [one for name, text in texts.items() for one in text_problems(name, text, TEXT_LONGEST)]
    if not any(texts.values()):
        problems.append(Problem("worked", "empty", lambda _: _("Write a sentence in one of the two.")))
    if problems:
        raise Incomplete(problems)
    row = CycleReview(
        context_id=context.id, author_id=actor.person_id, figures=dict(figures), at=now, **texts
    )
    session.add(row)
    session.flush()
    return row
