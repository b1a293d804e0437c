"""Work that is not given to somebody any more (domain.md §3.5 "Item deleted/unassigned").

Canvas takes the submissions of whoever an assignment is not assigned to out of its lists, graded ones too,
and puts them back when it is assigned again. So what a whole list of a column leaves out is not theirs. Half
a list says nothing of the kind, and neither does one in which the column or the person is not named at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms_sync.platforms.base import ResultRow
from lti_tool.plans.observation import UNASSIGNED
from lti_tool.records.bulk import among
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item, Result
from lti_tool.records.plan import Plan

Pair = tuple[str, int]


def looked_at_without_a_cell(session: Session, context_id: int) -> set[Pair]:
    """(column key, person) of what goals look at and nothing is kept of: an empty cell leaves no row."""
    query = (
        sa.select(Item.key, Plan.person_id)
        .join(GoalItem, GoalItem.item_id == Item.id)
        .join(Goal, Goal.id == GoalItem.goal_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(Result, sa.and_(Result.item_id == Item.id, Result.person_id == Plan.person_id))
        .where(Item.context_id == context_id, Item.gone_at.is_(None), Result.id.is_(None))
    )
    return {(key, person_id) for key, person_id in session.execute(query)}


def left_out(
    session: Session,
    keys: dict[int, str],
    people: dict[int, str],
    unmet: Iterable[Pair],
    *,
    since: datetime,
) -> list[ResultRow]:
    """The cells of these columns and people that a whole list, begun at `since`, did not name.

    keys: our item id → key. people: person id → the API's id of them. unmet: what was looked for besides.
    """
    query = sa.select(Result.item_id, Result.person_id).where(
        among(session, Result.item_id, keys), among(session, Result.person_id, people), Result.read_at < since
    )
    found = {(keys[item_id], person) for item_id, person in session.execute(query)}
    found |= {(key, person) for key, person in unmet if key in keys.values() and person in people}
    return [unassigned_row(key, people[person]) for key, person in sorted(found)]


def unassigned_row(key: str, user_id: str) -> ResultRow:
    """The cell of somebody the work is not given to."""
    return ResultRow(key, user_id, None, None, state=UNASSIGNED)
