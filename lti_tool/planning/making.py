"""From checked drafts to stored goals, for one goal and for thousands alike (domain.md §3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.enrolment import ensure_plans
from lti_tool.planning.measuring import Beside, evidence_of
from lti_tool.planning.observations import course_zone, day_in, observations_of
from lti_tool.planning.recompute import recompute_goals
from lti_tool.planning.scope import chunks
from lti_tool.plans.access import Actor, Role
from lti_tool.plans.baseline import Baseline, given, start_of
from lti_tool.plans.goal import GoalDraft, GoalState, ItemFacts, Problem, check_draft
from lti_tool.plans.measure import Evidence, MeasureKind
from lti_tool.plans.observation import Observation
from lti_tool.plans.status import Status
from lti_tool.records.audit import AuditEntry
from lti_tool.records.course import Context, ResourceLink
from lti_tool.records.goal import Goal, GoalItem, GoalVersion
from lti_tool.records.gradebook import Item
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration


@dataclass(frozen=True)
class CourseWork:
    """A course's items as a draft may choose them, what day it is there, and its last day, if known."""

    context: Context
    zone: tzinfo
    today: date
    items: dict[int, ItemFacts]
    lms_ids: dict[int, str]
    term_ends_on: date | None = None

    @property
    def title(self) -> str:
        """What people call the course."""
        return self.context.title or self.context.label or self.context.lms_id


@dataclass(frozen=True)
class ReadyGoal:
    """A draft that has no problem, with its person and its start."""

    person_id: int
    draft: GoalDraft
    start: Baseline


def course_work(session: Session, context: Context, actor: Actor, *, now: datetime) -> CourseWork:
    """The items of a course. A learner is offered published ones only; staff choose knowingly."""
    zone_name = session.scalar(
        sa.select(Registration.time_zone).where(Registration.id == context.registration_id)
    )
    zone = course_zone(context.time_zone, zone_name)
    links = set(session.scalars(sa.select(ResourceLink.lms_id).where(ResourceLink.context_id == context.id)))
    query = sa.select(Item).where(Item.context_id == context.id).order_by(Item.position, Item.id)
    if actor.role is Role.LEARNER:
        query = query.where(Item.published.is_(True))
    rows = session.scalars(query).all()
    facts = {
        row.id: ItemFacts(
            id=row.id,
            name=row.name,
            kind=row.kind,
            possible=row.possible,
            own=row.module == "lti" and row.instance in links,
            gone=row.gone_at is not None,
            group=row.group_lms_id,
            published=row.published,
        )
        for row in rows
    }
    today = now.astimezone(zone).date()
    ids = {row.id: row.lms_id for row in rows}
    return CourseWork(context, zone, today, facts, ids, day_in(context.term_ends_at, zone))


def observed(
    session: Session, course: CourseWork, person_ids: Iterable[int]
) -> dict[int, dict[int, Observation]]:
    """person → item → what they were last shown."""
    return observations_of(session, course.context.id, person_ids, course.zone)


def ready(
    draft: GoalDraft,
    person_id: int,
    course: CourseWork,
    seen: dict[int, Observation],
    beside: Beside | None = None,
) -> tuple[ReadyGoal, list[Problem]]:
    """The goal a draft would be, and what is wrong with it. The start is typed or captured now.

    beside: the course's groups and the LMS's own scores, for a goal on the course grade.
    """
    draft = draft.tidy()
    if draft.baseline is not None:
        start = given(draft.baseline)
    else:
        start = _start(draft, seen, course, beside or Beside())
    problems = check_draft(
        draft, course.items, today=course.today, baseline=start.value, term_ends_on=course.term_ends_on
    )
    return ReadyGoal(person_id, draft, start), problems


def course_observations(course: CourseWork, seen: Mapping[int, Observation]) -> list[Observation]:
    """The whole course as a goal on its grade looks at it: published work, graded or not."""
    return [
        seen.get(one.id) or Observation(item_id=one.id, possible=one.possible, kind=one.kind, group=one.group)
        for one in course.items.values()
        if one.published and not one.gone and not one.own
    ]


def _start(draft: GoalDraft, seen: dict[int, Observation], course: CourseWork, beside: Beside) -> Baseline:
    """The start as the gradebook has it; a draft of no known kind has none."""
    try:
        measure = draft.counted
    except ValueError:
        return Baseline(None, "none")
    if measure.kind is MeasureKind.COURSE:
        return start_of(
            measure, evidence_of(measure, course_observations(course, seen), beside), course.today
        )
    work = [seen[item_id] for item_id in draft.item_ids if item_id in seen]
    return start_of(measure, Evidence(work), course.today)


def store_goals(
    session: Session,
    actor: Actor,
    course: CourseWork,
    goals: Sequence[ReadyGoal],
    state: GoalState,
    *,
    what: str = "",
    reason: str = "",
    now: datetime,
) -> list[Goal]:
    """Write goals with their items, first version and audit row, begin their plans, measure at once."""
    registration_id = course.context.registration_id
    people = {goal.person_id for goal in goals}
    ensure_plans(session, registration_id, people, now=now)
    plans = _begun_plans(session, people, now)
    rows = [_goal_row(actor, course, ready, plans[ready.person_id], state, now) for ready in goals]
    session.add_all(rows)
    session.flush()
    chosen = [
        {"goal_id": row.id, "item_id": item_id, "position": position}
        for row, one in zip(rows, goals, strict=True)
        for position, item_id in enumerate(one.draft.item_ids)
    ]
    if chosen:
        session.execute(sa.insert(GoalItem), chosen)
    contents = [
        said(row, [course.lms_ids[item_id] for item_id in one.draft.item_ids])
        for row, one in zip(rows, goals, strict=True)
    ]
    what = what or ("made" if state is GoalState.ACTIVE else "proposed")
    write_versions(session, actor, list(zip(rows, contents, strict=True)), what, now=now, reason=reason)
    recompute_goals(session, [row.id for row in rows], now=now)
    return rows


def _goal_row(
    actor: Actor, course: CourseWork, one: ReadyGoal, plan_id: int, state: GoalState, now: datetime
) -> Goal:
    draft, proposed = one.draft, state is GoalState.PROPOSED
    return Goal(
        plan_id=plan_id,
        context_id=course.context.id,
        title=draft.title,
        state=state.value,
        measure=draft.counted.kind.value,
        method=draft.counted.method.value,
        params=draft.params.as_json(),
        milestones=[[day.isoformat(), str(number)] for day, number in draft.milestones],
        target=draft.target,
        baseline=one.start.value,
        baseline_note={
            "how": one.start.how,
            "n": len(one.start.scores),
            "provisional": one.start.provisional,
            "scores": [str(score) for score in one.start.scores],
            "items": list(one.start.items),
            "at": now.isoformat(),
            **({"reason": draft.baseline_reason} if draft.baseline_reason else {}),
        },
        starts_on=course.today,
        due_on=draft.due_on,
        created_at=now,
        created_by_id=actor.person_id,
        proposed_by_id=actor.person_id if proposed else None,
        status=(Status.WAITING if proposed else Status.JUST_STARTED).value,
    )


def _begun_plans(session: Session, people: set[int], now: datetime) -> dict[int, int]:
    """person → open plan; a plan's first goal is its first word."""
    found: dict[int, int] = {}
    for part in chunks(sorted(people)):
        mine = sa.and_(Plan.person_id.in_(part), Plan.closed_at.is_(None))
        session.execute(
            sa.update(Plan).where(mine, Plan.started_at.is_(None)).values(started_at=now),
            execution_options={"synchronize_session": "fetch"},
        )
        found.update(
            (row.person_id, row.id) for row in session.execute(sa.select(Plan.person_id, Plan.id).where(mine))
        )
    return found


def said(goal: Goal, lms_ids: Sequence[str]) -> dict[str, Any]:
    """What a goal says now, as its version keeps it."""
    return {
        "title": goal.title,
        "state": goal.state,
        "measure": goal.measure,
        "method": goal.method,
        "params": goal.params or {},
        "milestones": goal.milestones or [],
        "items": list(lms_ids),
        "baseline": None if goal.baseline is None else str(goal.baseline),
        "target": str(goal.target),
        "due_on": goal.due_on.isoformat(),
    }


def write_versions(
    session: Session,
    actor: Actor,
    goals: Sequence[tuple[Goal, dict[str, Any]]],
    what: str,
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """The version each change leaves behind, and its audit row (ids only)."""
    versions = [
        {
            "goal_id": goal.id,
            "number": goal.version,
            "author_id": actor.person_id,
            "author_role": actor.role.value,
            "what": what,
            "reason": reason,
            "content": content,
            "at": now,
        }
        for goal, content in goals
    ]
    entries: list[dict[str, Any]] = [
        {
            "registration_id": actor.registration_id,
            "actor_id": actor.person_id,
            "actor_role": actor.role.value,
            "act": f"goal.{what}",
            "subject": f"goal:{goal.id}",
            "context_id": goal.context_id,
            "details": {},
            "at": now,
        }
        for goal, _content in goals
    ]
    session.execute(sa.insert(GoalVersion), versions)
    session.execute(sa.insert(AuditEntry), entries)
