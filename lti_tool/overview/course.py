"""A course as one JSON value: what `lti-tool course --json` prints (a stable contract; see README).

Numbers are cut downwards to four decimals, so nothing reads as reached that is not; times are UTC.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.course_history import group_names, moment, number, past, values_of, why_then
from lti_tool.overview.work import chosen_items, newest_reading
from lti_tool.plans.goal import GoalState
from lti_tool.plans.measure import MeasureKind, Reason
from lti_tool.plans.rounding import kept_down
from lti_tool.plans.status import Status
from lti_tool.records.course import Context, Membership, Person, PersonAlias
from lti_tool.records.goal import Goal, Reading
from lti_tool.records.gradebook import Item, Result, ResultVersion, SyncRun
from lti_tool.records.plan import Plan
from lti_tool.records.types import UtcDateTime

CURRENT = aliased(ResultVersion)


def course_report(session: Session, context_id: int) -> dict[str, Any]:
    """Course, newest finished run, people, items and goals with the readings behind them.

    A hidden grade is listed without its numbers and counts for nothing; what was released before it
    was hidden stays in use and is listed before it.

    Raises:
        LookupError: there is no such course.
    """
    lms_id = session.scalar(sa.select(Context.lms_id).where(Context.id == context_id))
    if lms_id is None:
        raise LookupError(f"no context {context_id}")
    return {
        "context": lms_id,
        "last_sync": _last_sync(session, context_id),
        "people": _people(session, context_id),
        "items": _items(session, context_id),
        "goals": _goals(session, context_id),
    }


def _last_sync(session: Session, context_id: int) -> dict[str, Any] | None:
    run = session.scalars(
        sa.select(SyncRun)
        .where(SyncRun.context_id == context_id, SyncRun.finished_at.is_not(None))
        .order_by(SyncRun.finished_at.desc(), SyncRun.queued_at.desc())
        .limit(1)
    ).one_or_none()
    if run is None:
        return None
    return {
        "started": moment(run.started_at),
        "finished": moment(run.finished_at),
        "kind": run.kind,
        "requests": run.requests,
        "rows": run.rows,
        "changed": run.changed,
        "error": run.error or None,
    }


def _people(session: Session, context_id: int) -> list[dict[str, Any]]:
    """Everybody who was ever seen in the course; those who left are not active."""
    query = (
        sa.select(Membership, Person.name, PersonAlias.value.label("sub"))
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(PersonAlias, sa.and_(PersonAlias.person_id == Person.id, PersonAlias.kind == "sub"))
        .where(Membership.context_id == context_id)
        .order_by(Person.id, PersonAlias.id)
    )
    people: dict[int, dict[str, Any]] = {}
    for member, name, sub in session.execute(query):
        roles = [*(member.launch_roles or []), *(member.roster_roles or [])]
        people.setdefault(
            member.person_id,
            {
                "sub": sub,
                "name": name,
                "roles": list(dict.fromkeys(roles)),
                "active": member.left_at is None,
            },
        )
    return list(people.values())


def _items(session: Session, context_id: int) -> list[dict[str, Any]]:
    """The gradebook's columns that are there now."""
    query = (
        sa.select(Item)
        .where(Item.context_id == context_id, Item.gone_at.is_(None))
        .order_by(Item.position, Item.id)
    )
    return [
        {"id": item.lms_id, "name": item.name, "possible": number(item.possible), "kind": item.kind}
        for item in session.scalars(query)
    ]


def _goals(session: Session, context_id: int) -> list[dict[str, Any]]:
    work = _work(session, context_id)
    history, names = values_of(session, context_id), group_names(session, context_id)
    query = (
        sa.select(Goal, PersonAlias.value.label("sub"))
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(PersonAlias, sa.and_(PersonAlias.person_id == Plan.person_id, PersonAlias.kind == "sub"))
        .where(Goal.context_id == context_id, Goal.state != GoalState.DRAFT)
        .order_by(Goal.id, PersonAlias.id)
    )
    goals: dict[int, dict[str, Any]] = {}
    for goal, sub in session.execute(query):
        rows = work[goal.id]
        proposed = goal.state == GoalState.PROPOSED
        goals.setdefault(
            goal.id,
            {
                "sub": sub,
                "title": goal.title,
                "measure": goal.measure,
                "items": [row.lms_id for row in rows if goal.measure != MeasureKind.COURSE],
                "baseline": number(goal.baseline),
                "target": number(goal.target),
                "due": goal.due_on.isoformat(),
                "value": number(goal.value),
                "progress": number(goal.progress),
                "status": Status.WAITING.value if proposed else goal.status,
                "readings": [reading for row in rows for reading in _readings(row)],
                "why": why_then(history[goal.id][-1], goal, names) if history[goal.id] else None,
                "history": [past(value, goal, names) for value in history[goal.id]],
            },
        )
    return list(goals.values())


def _work(session: Session, context_id: int) -> dict[int, list[Any]]:
    """goal → its items, each with its newest reading and what the LMS holds now."""
    chosen = chosen_items(Goal.context_id == context_id)
    newest = newest_reading(chosen)
    query = (
        sa.select(
            chosen.c.goal_id,
            Item.lms_id,
            Item.possible.label("item_possible"),
            Reading.id.label("reading_id"),
            Reading.counted,
            Reading.reason,
            ResultVersion.score,
            ResultVersion.possible,
            ResultVersion.graded_at,
            ResultVersion.read_at,
            Result.read_at.label("result_read_at"),
            CURRENT.hidden,
            CURRENT.score.label("hidden_score"),
            CURRENT.excused.label("hidden_excused"),
            CURRENT.state.label("hidden_state"),
            CURRENT.graded_at.label("hidden_graded_at"),
            sa.func.coalesce(Context.grades_read_at, Result.read_at, type_=UtcDateTime()).label(
                "course_read_at"
            ),
        )
        .select_from(chosen)
        .join(Item, Item.id == chosen.c.item_id)
        .join(Context, Context.id == Item.context_id)
        .outerjoin(Reading, Reading.id == newest)
        .outerjoin(ResultVersion, ResultVersion.id == Reading.version_id)
        .outerjoin(Result, sa.and_(Result.item_id == Item.id, Result.person_id == chosen.c.person_id))
        .outerjoin(CURRENT, CURRENT.id == Result.current_version_id)
        .order_by(chosen.c.goal_id, chosen.c.position, Item.id)
    )
    work: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        work[row.goal_id].append(row)
    return work


def _readings(row: Any) -> list[dict[str, Any]]:
    """The reading in use and, after it, a grade the student cannot see; or one line that says "not yet"."""
    listed = []
    says_something = row.reading_id is not None and (
        row.counted or row.reason not in (Reason.NOT_GRADED, Reason.MISSING)
    )
    hidden = _hides_a_grade(row, says_something)
    if says_something or (row.reading_id is not None and not hidden):
        listed.append(_shown_reading(row))
    if hidden:
        # When its own row was read last would say that something changed behind it.
        listed.append(_empty_reading(row.lms_id, Reason.NOT_POSTED, row.course_read_at))
    if not listed:
        listed.append(_empty_reading(row.lms_id, Reason.NOT_GRADED, row.result_read_at))
    return listed


def _hides_a_grade(row: Any, released_before: bool) -> bool:
    """Whether what the LMS holds now is a grade the student may not see (work without one hides none)."""
    if not row.hidden:
        return False
    graded = row.hidden_score is not None or row.hidden_excused or row.hidden_state == "graded"
    return bool(graded or row.hidden_graded_at is not None or released_before)


def _shown_reading(row: Any) -> dict[str, Any]:
    scored = row.score is not None
    possible = row.possible if row.possible is not None else row.item_possible
    percent = None
    if scored and possible is not None and possible > 0:
        percent = kept_down(100 * Fraction(row.score) / Fraction(possible))
    return {
        "item": row.lms_id,
        "score": number(row.score),
        "possible": number(possible) if scored else None,
        "percent": number(percent),
        "graded_at": moment(row.graded_at) if scored or row.reason == Reason.EXCUSED else None,
        "read_at": moment(row.read_at),
        "counted": bool(row.counted),
        "reason": row.reason or None,
    }


def _empty_reading(lms_id: str, reason: Reason, read_at: datetime | None) -> dict[str, Any]:
    return {
        "item": lms_id,
        "score": None,
        "possible": None,
        "percent": None,
        "graded_at": None,
        "read_at": moment(read_at),
        "counted": False,
        "reason": reason.value,
    }
