"""Which lessons the goals of a course need: goals by topic with the lessons that fit (domain.md B17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.place import place
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import MEASURED
from lti_tool.records.course import Membership, Person
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.gradebook import Item
from lti_tool.records.lesson import Lesson
from lti_tool.records.plan import Plan
from lti_tool.records.profile import Entry


@dataclass(frozen=True)
class TopicGoals:
    """A topic. goals, students: how many goals are about it, of how many students.
    lessons: (id, title) made for it. people: the students, for finding groups.
    """

    topic: str
    goals: int
    students: int
    lessons: Sequence[tuple[int, str]]
    people: frozenset[int]
    goal_ids: Sequence[int]


def goals_by_topic(session: Session, actor: Actor) -> list[TopicGoals]:
    """The topics of the active goals of the actor's course, those of most students first. Five statements.

    A goal is about the assignment groups it looks at; without any, about its one piece of work, the gap it
    came from, or itself.

    Raises:
        Refused, NotFound: not staff of a course.
    """
    require(actor, Act.MAKE_LESSON)
    here = place(session, actor, actor.context_id)
    goals = session.execute(
        sa.select(Goal.id, Goal.title, Plan.person_id, Entry.topic)
        .join(Plan, Plan.id == Goal.plan_id)
        .join(Person, Person.id == Plan.person_id)
        .join(
            Membership,
            sa.and_(Membership.person_id == Person.id, Membership.context_id == Goal.context_id),
        )
        .outerjoin(Entry, Entry.id == Goal.gap_id)
        .where(
            Goal.context_id == here.context.id,
            Goal.state.in_(MEASURED),
            Plan.closed_at.is_(None),
            Membership.left_at.is_(None),
            Person.is_test.is_(False),
        )
        .order_by(Goal.id)
    ).all()
    work = _work(session, here.context.id)
    about: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for goal in goals:
        for topic in _topics(work.get(goal.id, []), goal.topic or "", goal.title):
            about[topic].append((goal.id, goal.person_id))
    lessons = _lessons(session, here.context.id)
    found = [
        TopicGoals(
            topic,
            len(several),
            len({person_id for _goal, person_id in several}),
            lessons.get(topic, []),
            frozenset(person_id for _goal, person_id in several),
            [goal_id for goal_id, _person in several],
        )
        for topic, several in about.items()
    ]
    return sorted(found, key=lambda one: (-one.students, one.topic.casefold()))


def topics_here(session: Session, actor: Actor) -> list[str]:
    """Names a lesson's topic can take: what goals are about, and the assignment groups of the course."""
    here = place(session, actor, actor.context_id)
    groups = session.scalars(
        sa.select(Item.group_name)
        .where(Item.context_id == here.context.id, Item.gone_at.is_(None), Item.group_name != "")
        .distinct()
        .order_by(Item.group_name)
    )
    return list(dict.fromkeys([*(one.topic for one in goals_by_topic(session, actor)), *groups]))


def _topics(work: Sequence[tuple[str, str]], gap: str, title: str) -> list[str]:
    groups = list(dict.fromkeys(group for group, _name in work if group))
    if groups:
        return groups
    if len(work) == 1:
        return [work[0][1]]
    return [gap or title]


def _work(session: Session, context_id: int) -> dict[int, list[tuple[str, str]]]:
    """goal → (assignment group, name) of the work it looks at that students can see."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = session.execute(
        sa.select(GoalItem.goal_id, Item.group_name, Item.name)
        .join(Item, Item.id == GoalItem.item_id)
        .where(Item.context_id == context_id, Item.gone_at.is_(None), Item.published.is_(True))
        .order_by(GoalItem.goal_id, GoalItem.position)
    )
    for goal_id, group, name in rows:
        found[goal_id].append((group, name))
    return found


def _lessons(session: Session, context_id: int) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    rows = session.execute(
        sa.select(Lesson.topic, Lesson.id, Lesson.title)
        .where(Lesson.context_id == context_id, Lesson.ended_at.is_(None), Lesson.topic != "")
        .order_by(Lesson.id)
    )
    for topic, lesson_id, title in rows:
        found[topic].append((lesson_id, title))
    return found
