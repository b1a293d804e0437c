"""What there is to talk about in a check-in, found in the plan: so the form takes two minutes (A22, B12).

Each source finds its lines for one student; whoever has more to say adds a function to SOURCES.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from textwrap import shorten

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.overview.steps import StepLine, steps_of
from lti_tool.overview.talk_about import FinishedLesson, finished_lessons
from lti_tool.plans.goal import MEASURED, GoalState
from lti_tool.plans.lessons import right_words
from lti_tool.plans.mentoring import DraftLine
from lti_tool.plans.rounding import number_text
from lti_tool.plans.steps import adherence_words
from lti_tool.plans.suggestions import Way
from lti_tool.plans.translate import Translate
from lti_tool.records.conference import Agreement, Conference
from lti_tool.records.goal import Goal, GoalValue
from lti_tool.records.plan import Plan
from lti_tool.records.suggestion import Suggestion

_: Translate = gettext
LINES_MOST = 20
WORDS_MOST = 160  # letters of what somebody wrote


@dataclass(frozen=True)
class Wanted:
    """Whose lines: of one course, or of the whole plan (context_id empty). since: the last check-in."""

    registration_id: int
    person_id: int
    context_id: int | None
    since: datetime | None
    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        """The day there."""
        return self.now.astimezone(self.zone).date()


Source = Callable[[Session, Wanted], list[DraftLine]]


def talk_lines(session: Session, wanted: Wanted) -> list[DraftLine]:
    """Every source's lines, in the order of SOURCES; the caller has decided that the reader may see them."""
    found = [line for source in SOURCES for line in source(session, wanted)]
    return found[:LINES_MOST]


def _goals(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    here = [
        Plan.person_id == wanted.person_id,
        Plan.registration_id == wanted.registration_id,
        Plan.closed_at.is_(None),
        Goal.state.in_(MEASURED),
    ]
    return here if wanted.context_id is None else [*here, Goal.context_id == wanted.context_id]


def goal_lines(session: Session, wanted: Wanted) -> list[DraftLine]:
    """Each goal's number then and now; what waits for the student's yes."""
    goals = session.execute(
        sa.select(Goal.id, Goal.title, Goal.state, Goal.value, Goal.target, Goal.baseline)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*_goals(wanted))
        .order_by(Goal.due_on, Goal.id)
    ).all()
    then = _values_then(session, [goal.id for goal in goals], wanted.since)
    return [
        DraftLine(
            "goal",
            _("“%(goal)s” waits for an answer.", goal=goal.title)
            if goal.state == GoalState.PROPOSED
            else _moved(goal.title, then.get(goal.id), goal.baseline, goal.value),
        )
        for goal in goals
    ]


def _moved(title: str, then: Decimal | None, start: Decimal | None, now: Decimal | None) -> str:
    if now is None:
        return _("“%(goal)s”: no number yet.", goal=title)
    if then is None and start is not None and start != now:
        return _(
            "“%(goal)s”: from %(then)s to %(now)s since the start.",
            goal=title,
            then=number_text(start),
            now=number_text(now),
        )
    if then is None or then == now:
        return _("“%(goal)s”: at %(now)s, as before.", goal=title, now=number_text(now))
    return _(
        "“%(goal)s”: from %(then)s to %(now)s since last time.",
        goal=title,
        then=number_text(then),
        now=number_text(now),
    )


def _values_then(
    session: Session, goal_ids: Sequence[int], since: datetime | None
) -> dict[int, Decimal | None]:
    if since is None or not goal_ids:
        return {}
    newest = (
        sa.select(sa.func.max(GoalValue.id))
        .where(GoalValue.goal_id.in_(goal_ids), GoalValue.at <= since)
        .group_by(GoalValue.goal_id)
    )
    rows = session.execute(sa.select(GoalValue.goal_id, GoalValue.value).where(GoalValue.id.in_(newest)))
    return {row.goal_id: row.value for row in rows}


def step_lines(session: Session, wanted: Wanted) -> list[DraftLine]:
    """Open steps and how they go; it never says what was missed."""
    goal_ids = session.scalars(
        sa.select(Goal.id).join(Plan, Plan.id == Goal.plan_id).where(*_goals(wanted))
    ).all()
    found = steps_of(
        session, wanted.registration_id, goal_ids, today=wanted.today, states=("active", "proposed")
    )
    lines = [line for several in found.values() for line in several if not line.finished]
    lines.sort(key=lambda line: (line.next or date.max, line.id))
    return [DraftLine("step", _step_words(line)) for line in lines]


def _step_words(line: StepLine) -> str:
    if line.state == "proposed":
        return _("Step “%(step)s” waits for an answer.", step=line.title)
    how = adherence_words(line.seen, line.rule, _) if line.rule.repeats else ""
    return _("Step “%(step)s”. %(how)s", step=line.title, how=how).strip()


def agreed_lines(session: Session, wanted: Wanted) -> list[DraftLine]:
    """What was agreed in conferences since the last check-in and not taken back."""
    query = (
        sa.select(Agreement.text)
        .join(Conference, Conference.id == Agreement.conference_id)
        .where(
            Conference.registration_id == wanted.registration_id,
            Conference.person_id == wanted.person_id,
            Agreement.undone_at.is_(None),
        )
        .order_by(Agreement.id.desc())
        .limit(5)
    )
    if wanted.context_id is not None:
        query = query.where(Conference.context_id == wanted.context_id)
    if wanted.since is not None:
        query = query.where(Agreement.made_at > wanted.since)
    return [
        DraftLine("agreed", _("Agreed in the conference: %(words)s", words=text))
        for text in session.scalars(query)
    ]


def asked_lines(session: Session, wanted: Wanted) -> list[DraftLine]:
    """Goals the student asked to talk about, until the talk was had."""
    titles = session.scalars(
        sa.select(Goal.title)
        .join(Suggestion, Suggestion.goal_id == Goal.id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(*_goals(wanted), Suggestion.way == Way.TALK.value, Suggestion.settled_at.is_(None))
        .order_by(Suggestion.id)
    )
    return [
        DraftLine("asked", _("They asked to talk about “%(goal)s”.", goal=title))
        for title in dict.fromkeys(titles)
    ]


def lesson_lines(session: Session, wanted: Wanted) -> list[DraftLine]:
    """Lessons finished since the last check-in, with what went well and what was hard (A22)."""
    found = finished_lessons(
        session, wanted.registration_id, [wanted.person_id], wanted.context_id, since=wanted.since
    )
    return [DraftLine("lesson", _lesson_words(one)) for one in found.get(wanted.person_id, [])]


def _lesson_words(one: FinishedLesson) -> str:
    said = _(
        "Lesson “%(lesson)s”. Went well: %(well)s Was hard: %(hard)s",
        lesson=one.title,
        well=_sentence(one.well),
        hard=_sentence(one.hard),
    )
    return said if not one.questions else f"{said} {right_words(one.right, one.questions, _)}"


def _sentence(text: str) -> str:
    short = shorten(text, WORDS_MOST, placeholder=" …")
    return short if short.endswith((".", "!", "?", "…")) else f"{short}."


SOURCES: tuple[Source, ...] = (asked_lines, lesson_lines, goal_lines, step_lines, agreed_lines)
