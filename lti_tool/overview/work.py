"""The work behind goals as their reader may see it: newest reading of each item (domain.md §3.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.plans.chart import Score
from lti_tool.plans.measure import MeasureKind, Reason
from lti_tool.plans.rounding import kept_down
from lti_tool.plans.zones import course_zone, day_in
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalItem, Reading
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.plan import Plan
from lti_tool.records.platform import Registration
from lti_tool.records.types import DecimalText, UtcDateTime

SHOWN, _EARLIER = aliased(ResultVersion), aliased(Reading)
LEFT = (Reason.NOT_GRADED, Reason.NOT_POSTED, Reason.MISSING)


@dataclass(frozen=True)
class Work:
    """One item of a goal. score and possible: points as the student was last shown them.

    reason: a plans.measure.Reason where it does not count. on: the day it stands for. handed_in: the LMS
    has the student's work, graded or not, as far as it was shown. tried_again: a new try waits for its grade;
    the old one counts. hidden: the LMS holds something the student may not see; all else stays as last shown.
    """

    item_id: int
    name: str
    url: str
    due_on: date | None
    on: date | None
    score: Decimal | None
    possible: Decimal | None
    counted: bool
    reason: str
    handed_in: bool
    read_at: datetime | None = None
    tried_again: bool = False
    hidden: bool = False

    @cached_property
    def percent(self) -> Decimal | None:
        """Per cent of the possible points, cut down."""
        return percent_of(self.score, self.possible)

    @property
    def is_left(self) -> bool:
        """In the goal and without a grade to show."""
        return not self.counted and self.reason in LEFT


def scores_of(work: list[Work]) -> list[Score]:
    """The dots of a goal's picture: every shown score that stands for a day."""
    found = []
    for line in work:
        percent, on = line.percent, line.on
        if percent is not None and on is not None:
            found.append(Score(on, percent, line.counted))
    return found


def chosen_items(*goals: sa.ColumnElement[bool]) -> Any:
    """(goal, item, position, person, registration) of all that these goals look at: what was chosen, or the
    whole course."""
    whose = (Plan.person_id, Plan.registration_id)
    picked = (
        sa.select(GoalItem.goal_id, GoalItem.item_id, GoalItem.position, *whose)
        .join(Goal, Goal.id == GoalItem.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*goals, Goal.measure != MeasureKind.COURSE.value)
    )
    whole = (
        sa.select(Goal.id.label("goal_id"), Item.id.label("item_id"), Item.position, *whose)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Item, Item.context_id == Goal.context_id)
        .where(
            *goals,
            Goal.measure == MeasureKind.COURSE.value,
            Item.published.is_(True),
            Item.gone_at.is_(None),
        )
    )
    return sa.union_all(picked, whole).subquery()


def newest_reading(chosen: Any) -> Any:
    """The id of the newest reading of each row of `chosen_items`.

    Looked up for each: as one list of all of them it would be gone through anew for every piece of work,
    which takes a second for a hundred students.
    """
    return (
        sa.select(sa.func.max(_EARLIER.id))
        .where(_EARLIER.goal_id == chosen.c.goal_id, _EARLIER.item_id == chosen.c.item_id)
        .scalar_subquery()
    )


def work_query(*goals: sa.ColumnElement[bool]) -> Any:
    """What `work_of` reads of the goals these conditions on Goal and Plan name."""
    chosen = chosen_items(*goals)
    return (
        sa.select(
            chosen.c.goal_id,
            Item.id.label("item_id"),
            Item.name,
            Item.url,
            Item.possible.label("item_possible"),
            Item.due_at.label("item_due_at"),
            Item.gone_at,
            Reading.id.label("reading_id"),
            Reading.counted,
            Reading.reason,
            ResultVersion.score,
            ResultVersion.possible,
            ResultVersion.due_at,
            ResultVersion.submitted_at,
            ResultVersion.graded_at,
            ResultVersion.read_at.label("version_read_at"),
            ResultVersion.regrade_pending,
            Result.hidden,
            SHOWN.submitted_at.label("handed_in_at"),
            Context.time_zone.label("context_zone"),
            Registration.time_zone.label("registration_zone"),
        )
        .select_from(chosen)
        .join(Registration, Registration.id == chosen.c.registration_id)
        .join(Item, Item.id == chosen.c.item_id)
        .join(Context, Context.id == Item.context_id)
        .outerjoin(Reading, Reading.id == newest_reading(chosen))
        .outerjoin(ResultVersion, ResultVersion.id == Reading.version_id)
        .outerjoin(Result, sa.and_(Result.item_id == Item.id, Result.person_id == chosen.c.person_id))
        .outerjoin(SHOWN, SHOWN.id == Result.released_version_id)
        .order_by(chosen.c.goal_id, chosen.c.position, Item.id)
    )


def scores_on(session: Session, zone: tzinfo, *goals: sa.ColumnElement[bool]) -> dict[int, list[Score]]:
    """goal → the dots of its picture (`scores_of` its work), and nothing else of its work. One statement.

    For pages with a hundred pictures. zone: of the course these goals are of.
    """
    chosen = chosen_items(*goals)
    query = (
        sa.select(
            chosen.c.goal_id,
            Reading.counted,
            ResultVersion.score,
            sa.func.coalesce(ResultVersion.possible, Item.possible, type_=DecimalText()).label("possible"),
            sa.func.coalesce(
                *(ResultVersion.due_at, Item.due_at, ResultVersion.submitted_at, ResultVersion.graded_at),
                type_=UtcDateTime(),
            ).label("at"),
        )
        .select_from(chosen)
        .join(Item, Item.id == chosen.c.item_id)
        .join(Reading, Reading.id == newest_reading(chosen))
        .join(ResultVersion, ResultVersion.id == Reading.version_id)
        .where(ResultVersion.score.is_not(None))
        .order_by(chosen.c.goal_id, chosen.c.position, Item.id)
    )
    found: dict[int, list[Score]] = defaultdict(list)
    for goal_id, counted, score, possible, at in session.execute(query):
        on, percent = day_in(at, zone), percent_of(score, possible)
        if on is not None and percent is not None:
            found[goal_id].append(Score(on, percent, counted))
    return found


def percent_of(score: Decimal | None, possible: Decimal | None) -> Decimal | None:
    """Per cent of the possible points, cut down."""
    if score is None or not possible or possible <= 0:
        return None
    return kept_down(100 * Fraction(score) / Fraction(possible))


def work_of(session: Session, *goals: sa.ColumnElement[bool]) -> dict[int, list[Work]]:
    """goal → its work in the order chosen, for the goals these conditions on Goal and Plan name.

    One statement. What is hidden changes nothing here but `hidden`, which only staff read.
    """
    return work_in(session.execute(work_query(*goals)))


def work_in(rows: Iterable[Any]) -> dict[int, list[Work]]:
    """goal → its work, from what `work_query` reads."""
    found: dict[int, list[Work]] = defaultdict(list)
    for row in rows:
        found[row.goal_id].append(_work(row))
    return found


def _work(row: Any) -> Work:
    zone = course_zone(row.context_zone, row.registration_zone)
    due: datetime | None = row.due_at or row.item_due_at
    graded = row.score is not None
    reason = row.reason or ""
    if row.reading_id is None or (not row.counted and reason in LEFT):
        reason = Reason.REMOVED.value if row.gone_at is not None else reason or Reason.NOT_GRADED.value
    return Work(
        item_id=row.item_id,
        name=row.name,
        url=row.url,
        due_on=day_in(due, zone),
        on=day_in(due or row.submitted_at or row.graded_at, zone),
        score=row.score,
        possible=row.possible if graded and row.possible is not None else row.item_possible,
        counted=bool(row.counted),
        reason=reason,
        handed_in=row.submitted_at is not None or row.handed_in_at is not None,
        read_at=None if row.version_read_at is None else row.version_read_at.astimezone(zone),
        tried_again=bool(row.regrade_pending) and row.score is not None,
        hidden=bool(row.hidden),
    )
