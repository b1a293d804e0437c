"""One goal with what is behind it: its work, how its number was made, what changed and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.course_history import group_names
from lti_tool.overview.drawn import drawn
from lti_tool.overview.ends import End, ends_of
from lti_tool.overview.entries import EntryView, entries_of
from lti_tool.overview.goal_card import GoalCard, card, target_now
from lti_tool.overview.history import Event, history_of
from lti_tool.overview.letters import scheme_of
from lti_tool.overview.people import display_name
from lti_tool.overview.place import Place, place
from lti_tool.overview.said import DoubtView, Left, doubts_of_goal, left_out_of
from lti_tool.overview.suggestions import Answered, answered_of, cards_of, resting_rules
from lti_tool.overview.versions import Overridden, overrides_of
from lti_tool.overview.work import Work, work_of
from lti_tool.plans.access import Act, Actor, NotFound, may, require
from lti_tool.plans.counting import may_still_come
from lti_tool.plans.freshness import is_stale
from lti_tool.plans.goal import GoalState
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.letters import Scheme
from lti_tool.plans.measure import MeasureKind, Params
from lti_tool.plans.observation import Reason
from lti_tool.plans.progress import Needed
from lti_tool.plans.suggestions import Card
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.goal import Goal
from lti_tool.records.learners import learns_in
from lti_tool.records.plan import Plan
from lti_tool.records.structure import ItemGroup


@dataclass(frozen=True)
class GoalView:
    """A goal on its page. earned, possible: points of the work that counts. state: plans.goal.GoalState.

    reached_on: the day it first touched its target. start_now: what the same work would make of the start
    now. groups, scheme: of a goal on the course grade, the names of its groups by id and its letters.
    family: which LMS it is, such as `moodle`.
    """

    card: GoalCard
    state: GoalState
    person_id: int
    person_name: str
    is_own: bool
    course: str
    lms: str
    read_at: datetime | None
    earned: Decimal
    possible: Decimal
    needed: Needed
    baseline_note: dict[str, Any]
    history: Sequence[Event]
    today: date
    doubts: Sequence[DoubtView] = ()
    left: Mapping[int, Left] = field(default_factory=dict)
    suggestions: Sequence[Card] = ()
    answered: Sequence[Answered] = ()
    entries: Sequence[EntryView] = ()
    end: End | None = None
    version: int = 1
    undo_until: datetime | None = None
    override: Overridden | None = None
    elsewhere: bool = False
    family: str = ""
    reached_on: date | None = None
    start_now: Decimal | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    scheme: Scheme = ()

    @property
    def counted(self) -> int:
        """How many grades count."""
        return sum(line.counted for line in self.card.work)


def goal_view(session: Session, actor: Actor, goal_id: int, *, now: datetime) -> GoalView:
    """A goal for its owner, or for staff of its course.

    Raises:
        Refused: neither staff nor learner. NotFound: no such goal for this actor.
    """
    is_staff = may(actor, Act.SEE_PLAN)
    if not is_staff:
        require(actor, Act.SEE_OWN_PLAN)
    here = place(session, actor, actor.context_id)
    whose = _staffs(here.context.id) if is_staff else Plan.person_id == actor.person_id
    goal, person, context = _find(session, actor, goal_id, whose)
    work = work_of(session, Goal.id == goal.id).get(goal.id, [])
    proposer = session.get(Person, goal.proposed_by_id) if goal.proposed_by_id else None
    today = now.astimezone(here.zone).date()
    counted = [line for line in work if line.counted]
    stale = is_stale(context.grades_read_at, now, over=context.ended_at is not None)
    history = history_of(session, goal.id, here.zone)
    shown = replace(card(goal, proposer.name if proposer else "", work, today), stale=stale)
    shown = replace(shown, facts=drawn(shown, history))
    is_own = person.id == actor.person_id
    return GoalView(
        card=shown,
        state=GoalState(goal.state),
        person_id=person.id,
        person_name=display_name(person),
        is_own=is_own,
        course=context.title or context.label or here.title,
        lms=here.lms,
        read_at=None if context.grades_read_at is None else context.grades_read_at.astimezone(here.zone),
        earned=sum((line.score or Decimal(0) for line in counted), Decimal(0)),
        possible=sum((line.possible or Decimal(0) for line in counted), Decimal(0)),
        needed=_needed(session, goal, work, today, here.family),
        baseline_note=goal.baseline_note or {},
        history=history,
        groups=group_names(session, context.id) if goal.measure == MeasureKind.COURSE else {},
        scheme=_scheme(session, goal, here),
        today=today,
        doubts=doubts_of_goal(session, goal.id, here.zone),
        left=left_out_of(session, [goal.id], here.zone).get(goal.id, {}),
        suggestions=_suggestions(session, shown, now) if is_own and goal.state == GoalState.ACTIVE else (),
        answered=answered_of(session, here.zone, now, Goal.id == goal.id),
        entries=entries_of(session, goal.id, here.zone),
        reached_on=goal.reached_on,
        start_now=_start_now(goal.baseline_note or {}, work),
        end=next(iter(ends_of(session, now, Goal.id == goal.id)), None),
        version=goal.version,
        family=here.family,
        elsewhere=not is_own and goal.context_id != here.context.id,
        undo_until=_still(goal.undo_until, now, here.zone),
        override=overrides_of(session, Goal.id == goal.id).get(goal.id),
    )


def _staffs(context_id: int) -> sa.ColumnElement[bool]:
    """Goals of the course, and those of the whole plan of who learns here."""
    learns = sa.select(Membership.person_id).where(
        learns_in(context_id),
    )
    return sa.or_(Goal.context_id == context_id, sa.and_(Goal.whole, Plan.person_id.in_(learns)))


def _start_now(note: Mapping[str, Any], work: Sequence[Work]) -> Decimal | None:
    """The middle of the same scores as they are now; None where a start was made otherwise or one is gone."""
    if note.get("how") not in ("median", "first three"):
        return None
    now = {line.item_id: line.percent for line in work if line.counted}
    scores = [score for item_id in note.get("items", ()) if (score := now.get(item_id)) is not None]
    return median(scores) if scores and len(scores) == len(note["items"]) else None


def _scheme(session: Session, goal: Goal, here: Place) -> Scheme:
    return scheme_of(session, here.context.id, here.family) if goal.measure == MeasureKind.COURSE else ()


def _still(until: datetime | None, now: datetime, zone: tzinfo) -> datetime | None:
    return None if until is None or until < now else until.astimezone(zone)


def _suggestions(session: Session, shown: GoalCard, now: datetime) -> list[Card]:
    return cards_of(shown, resting_rules(session, [shown.id], now).get(shown.id, frozenset()))


def _find(
    session: Session, actor: Actor, goal_id: int, whose: sa.ColumnElement[bool]
) -> tuple[Goal, Person, Context]:
    if not is_row_id(goal_id):
        raise NotFound
    found = session.execute(
        sa.select(Goal, Person, Context)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Person, Person.id == Plan.person_id)
        .join(Context, Context.id == Goal.context_id)
        .where(
            Goal.id == goal_id,
            Plan.registration_id == actor.registration_id,
            Goal.state != GoalState.DRAFT,
            whose,
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1], found[2]


def _needed(session: Session, goal: Goal, work: list[Work], today: date, lms: str) -> Needed:
    """What is needed as last measured, with the work it spreads over."""
    params = Params.of(goal.params)
    if goal.measure == MeasureKind.COUNT:
        return _still_needed(goal, work, params, today)
    rest = [line for line in work if line.is_left and line.possible]
    points = sum((line.possible or Decimal(0) for line in rest), Decimal(0))
    if goal.needed is None or not rest:
        return Needed(None)
    of_course = goal.measure == MeasureKind.COURSE  # more work may come, and weights are not points
    return Needed(
        goal.needed,
        points,
        goal.needed * points / 100,
        len(rest),
        estimate=of_course and (lms == "moodle" or _may_shift(session, goal, work)),
        open_ended=of_course,
        at_most=params.lower,
    )


def _still_needed(goal: Goal, work: list[Work], params: Params, today: date) -> Needed:
    """How many pieces are still needed, and how many can still come."""
    more = int(target_now(goal, work)) - sum(line.counted for line in work)
    lines = ((Reason(line.reason) if line.reason else None, line) for line in work)
    left = [may_still_come(why, line.due_on, params, today, waits=line.tried_again) for why, line in lines]
    return Needed(None, items=sum(left), more=max(0, more))


def _may_shift(session: Session, goal: Goal, work: list[Work]) -> bool:
    """Whether drop rules or extra credit may change what is needed (domain.md §3.4); Moodle does not say."""
    if any(line.score is not None and line.score > (line.possible or 0) for line in work):
        return True
    rules = (ItemGroup.drop_lowest > 0, ItemGroup.drop_highest > 0)
    query = sa.select(ItemGroup.id).where(
        ItemGroup.context_id == goal.context_id, ItemGroup.gone_at.is_(None), sa.or_(*rules)
    )
    return session.scalar(query.limit(1)) is not None
