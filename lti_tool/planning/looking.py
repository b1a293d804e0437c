"""What a draft would mean before anything is stored: its start, what it asks for, the pace so far (A15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from lti_tool.planning.beside import beside_course
from lti_tool.planning.errors import NotFound
from lti_tool.planning.making import (
    CourseWork,
    ReadyGoal,
    course_observations,
    course_work,
    observed,
    ready,
)
from lti_tool.planning.measuring import Beside, evidence_of
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.baseline import Baseline
from lti_tool.plans.figures import Figures, figures_of
from lti_tool.plans.goal import GoalDraft
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.nearest import nearest_target
from lti_tool.plans.observation import Observation, eligible
from lti_tool.plans.problem import Problem
from lti_tool.plans.rounding import kept_down
from lti_tool.plans.terms import Terms

PACE = 3


@dataclass(frozen=True)
class Look:
    """start: as it would be kept. last: the newest scores, oldest first, per cent. figures: as of today.

    nearer: the highest target that the work to come can still carry, where this one is out of reach.
    """

    start: Baseline
    last: Sequence[Decimal]
    figures: Figures
    nearer: Decimal | None = None


@dataclass(frozen=True)
class Prepared:
    """A draft beside the course and the person it is for; problems: what keeps it from being a goal."""

    course: CourseWork
    goal: ReadyGoal
    seen: dict[int, Observation]
    problems: Sequence[Problem]
    beside: Beside | None = None

    @property
    def can_be_looked_at(self) -> bool:
        """Whether its measure, work and target say something."""
        return not any(problem.field in ("measure", "items", "target") for problem in self.problems)


def prepare(
    session: Session, actor: Actor, person_id: int | None, draft: GoalDraft, *, now: datetime
) -> Prepared:
    """The draft for the actor, or for `person_id`. Nothing is stored. Raises Refused, NotFound."""
    require(actor, Act.MAKE_GOAL if person_id is None else Act.PROPOSE_GOAL)
    wanted = actor.person_id if person_id is None else person_id
    context = course_of(session, actor)
    learner_in(session, context, wanted)
    if wanted is None:
        raise NotFound
    course = course_work(session, context, actor, now=now)
    seen = observed(session, course, [wanted]).get(wanted, {})
    beside = None
    if draft.measure == MeasureKind.COURSE:
        beside = beside_course(session, context, wanted, course.zone)
    goal, problems = ready(draft, wanted, course, seen, beside)
    return Prepared(course, goal, seen, problems, beside)


def look_of(
    goal: ReadyGoal, course: CourseWork, seen: Mapping[int, Observation], beside: Beside | None = None
) -> Look:
    """What a goal would be that has no problem with its measure, work and target."""
    facts = [course.items[item_id] for item_id in goal.draft.item_ids if item_id in course.items]
    work = [
        seen.get(one.id) or Observation(item_id=one.id, possible=one.possible, kind=one.kind) for one in facts
    ]
    if goal.draft.counted.kind is MeasureKind.COURSE:
        work = course_observations(course, seen)
    terms = Terms(
        measure=goal.draft.counted,
        target=goal.draft.target,
        baseline=goal.start.value,
        starts_on=course.today,
        due_on=max(goal.draft.due_on, course.today),
        milestones=goal.draft.milestones,
        term_ends_on=course.term_ends_on,
    )
    newest = [one.percent for one in eligible(work) if one.percent is not None][-PACE:]
    if terms.measure.kind is MeasureKind.COURSE:
        newest = []
    evidence = evidence_of(terms.measure, work, beside or Beside())
    figures = figures_of(terms, evidence, course.today)
    nearer = nearest_target(terms, evidence, course.today) if figures.needed.too_much else None
    return Look(goal.start, [kept_down(score) for score in newest], figures, nearer)
