"""What goals look at besides single grades: entries by hand, course scores, groups, days off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.measuring import Beside
from lti_tool.planning.weights import groups_of
from lti_tool.plans.gradebook import Total
from lti_tool.plans.measure import Entry, MeasureKind
from lti_tool.plans.terms import Break
from lti_tool.plans.zones import course_zone, day_in
from lti_tool.records.course import Context
from lti_tool.records.goal import GoalEntry
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.plan import Plan
from lti_tool.records.school import CourseTotal, SchoolBreak
from lti_tool.records.types import UtcDateTime


def beside_of(session: Session, goals: Sequence[Any]) -> dict[int, Beside]:
    """goal → what it looks at besides its work; at most six statements, however many goals."""
    by_hand = [goal.id for goal in goals if MeasureKind(goal.measure).is_manual]
    of_course = [goal for goal in goals if goal.measure == MeasureKind.COURSE]
    entries = _entries(session, by_hand) if by_hand else {}
    totals = _totals(session, of_course) if of_course else {}
    groups = groups_of(session, {goal.context_id for goal in of_course}) if of_course else {}
    breaks = breaks_of(session, {goal.registration_id for goal in goals})
    return {
        goal.id: Beside(
            entries=entries.get(goal.id, ()),
            totals=totals.get(goal.id, ()),
            groups=groups.get(goal.context_id, ()) if goal.measure == MeasureKind.COURSE else (),
            breaks=breaks.get(goal.registration_id, ()),
        )
        for goal in goals
    }


def beside_course(session: Session, context: Context, person_id: int, zone: tzinfo) -> Beside:
    """What a goal on the course's grade would look at besides single grades, before there is one."""
    rows = session.scalars(
        sa.select(CourseTotal).filter_by(context_id=context.id, person_id=person_id).order_by(CourseTotal.id)
    )
    totals = [
        Total(row.read_at.astimezone(zone).date(), row.score, row.has_hidden)
        for row in _in_use(session, rows.all())
    ]
    return Beside(totals=totals, groups=groups_of(session, [context.id]).get(context.id, ()))


def breaks_of(session: Session, registration_ids: set[int]) -> dict[int, list[Break]]:
    """registration → its days off."""
    found: dict[int, list[Break]] = defaultdict(list)
    query = sa.select(SchoolBreak).where(SchoolBreak.registration_id.in_(registration_ids))
    for row in session.scalars(query.order_by(SchoolBreak.first_on, SchoolBreak.id)):
        found[row.registration_id].append((row.first_on, row.last_on))
    return found


def _entries(session: Session, goal_ids: list[int]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = defaultdict(list)
    query = sa.select(GoalEntry).where(GoalEntry.goal_id.in_(goal_ids)).order_by(GoalEntry.id)
    for row in session.scalars(query):
        found[row.goal_id].append(
            Entry(row.id, row.on, row.value, row.name, row.by_role, row.verified_at is not None)
        )
    return found


def _totals(session: Session, goals: Sequence[Any]) -> dict[int, list[Total]]:
    found: dict[int, list[Total]] = defaultdict(list)
    by_owner = defaultdict(list)
    for goal in goals:
        by_owner[goal.context_id, goal.person_id].append(goal)
    query = (
        sa.select(CourseTotal)
        .where(
            CourseTotal.context_id.in_({goal.context_id for goal in goals}),
            CourseTotal.person_id.in_(
                sa.select(Plan.person_id).where(Plan.id.in_({g.plan_id for g in goals}))
            ),
        )
        .order_by(CourseTotal.id)
    )
    for row in _in_use(session, session.scalars(query).all()):
        for goal in by_owner[row.context_id, row.person_id]:
            on = day_in(row.read_at, course_zone(goal.context_zone, goal.registration_zone))
            if on is not None:
                found[goal.id].append(Total(on, row.score, row.has_hidden))
    return found


def _in_use(session: Session, rows: Sequence[CourseTotal]) -> list[CourseTotal]:
    """Without those of somebody in whose total something became hidden, while nothing they see changed.

    The last total without it then stays in use: ours in its place, a little different, would tell of the
    hidden grade. One statement more, and only where there is such a total.
    """
    newest = {(row.context_id, row.person_id): row for row in rows}
    covered = {pair for pair, row in newest.items() if row.has_hidden}
    if not covered:
        return list(rows)
    clean = {(row.context_id, row.person_id): row.read_at for row in rows if not row.has_hidden}
    query = (
        sa.select(Item.context_id, Result.person_id, sa.func.max(ResultVersion.read_at, type_=UtcDateTime()))
        .join(Result, Result.item_id == Item.id)
        .join(ResultVersion, ResultVersion.id == Result.released_version_id)
        .where(
            Item.context_id.in_({context_id for context_id, _person in covered}),
            Result.person_id.in_({person_id for _context, person_id in covered}),
        )
        .group_by(Item.context_id, Result.person_id)
    )
    changed = {(context_id, person_id): at for context_id, person_id, at in session.execute(query)}
    stays = {
        pair for pair in covered if pair in clean and (pair not in changed or changed[pair] <= clean[pair])
    }
    return [row for row in rows if not (row.has_hidden and (row.context_id, row.person_id) in stays)]
