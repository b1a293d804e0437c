"""Gaps from an assignment group's grades: expected minus known, with the numbers behind it (A3)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.observations import ITEM_COLUMNS, VERSION_COLUMNS, observation
from lti_tool.planning.profile import EntryDraft, add_entry, add_view
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Act, Actor, may, require
from lti_tool.plans.goal import Problem
from lti_tool.plans.measure import why_not
from lti_tool.plans.profile import GroupGrade, GroupNumbers, Kind, group_numbers
from lti_tool.plans.rounding import number_text
from lti_tool.plans.zones import zone_named
from lti_tool.records.gradebook import Item, Result, ResultVersion
from lti_tool.records.profile import Entry


def groups_of(session: Session, actor: Actor, person_id: int | None = None) -> list[GroupNumbers]:
    """The assignment groups of the actor's course with what the student was last shown; one statement more.

    A grade that was never released is in no number. person_id: empty for the actor themselves.

    Raises:
        Refused, NotFound: not a learner of this course.
    """
    require(actor, Act.SEE_PROFILE)
    context = course_of(session, actor)
    if person_id is None or not may(actor, Act.ADD_VIEW):
        person_id = actor.person_id
    learner_in(session, context, person_id)
    zone = zone_named(context.time_zone or "UTC")
    query = (
        sa.select(Item.group_name, Item.name, *ITEM_COLUMNS, *VERSION_COLUMNS)
        .join(Result, Result.item_id == Item.id)
        .join(ResultVersion, ResultVersion.id == Result.released_version_id)
        .where(Item.context_id == context.id, Result.person_id == person_id, Item.group_name != "")
        .order_by(Item.group_name, Item.position, Item.id)
    )
    grades: dict[str, list[GroupGrade]] = defaultdict(list)
    names: dict[str, str] = {}
    for row in session.execute(query):
        seen = observation(row, zone)
        if why_not(seen) is None and seen.score is not None and seen.possible is not None:
            key = row.group_lms_id or row.group_name
            names[key] = row.group_name
            grades[key].append(GroupGrade(row.name, row.version_id, seen.score, seen.possible))
    found = (group_numbers(names[key], group, key) for key, group in grades.items())
    return [one for one in found if one is not None]


def gap_from_group(
    session: Session,
    actor: Actor,
    person_id: int | None,
    group: str,
    expected: Decimal | None,
    *,
    share: bool = True,
    once: str = "",
    now: datetime,
) -> Entry:
    """A gap of what a group's grades are to what was expected (per cent of points).

    Raises:
        Incomplete: no such group, no expected level from 0 to 100, or there is no gap.
    """
    numbers = next((one for one in groups_of(session, actor, person_id) if one.key == group), None)
    if numbers is None:
        raise NotFound
    if expected is None or not expected.is_finite() or not 0 < expected <= 100:
        raise _wrong("range", lambda _: _("Say what was expected, from 0 to 100, such as 80."))
    if numbers.percent >= expected:
        raise _wrong("no_gap", lambda _: _("The grades are there already. Choose a higher number."))
    draft = EntryDraft(
        Kind.GAP,
        text=numbers.name,
        topic=numbers.name,
        expected=number_text(expected),
        present=number_text(numbers.percent),
        once=once,
        source="grades",
        evidence={
            "grades": [
                [one.item, one.version_id, str(one.score), str(one.possible)] for one in numbers.grades
            ],
            "context_id": actor.context_id,
            "read_at": now.isoformat(),
        },
    )
    if may(actor, Act.ADD_VIEW):
        if person_id is None:
            raise NotFound
        return add_view(session, actor, person_id, draft, now=now)
    return add_entry(session, actor, draft, share=share, now=now)


def _wrong(code: str, sentence: object) -> Incomplete:
    return Incomplete([Problem("expected", code, sentence)])  # type: ignore[arg-type]
