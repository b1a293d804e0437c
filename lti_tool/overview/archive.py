"""A plan as its student takes it along when they leave: everything that may be handed over (B15, A1).

Staff hand over the core and the goals of their own course, an administrator the whole plan. Drafts that
were never shared are their author's alone and stay out, and so do grades a student may not see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.peer_notes import NoteAbout, notes_about
from lti_tool.overview.people import display_name
from lti_tool.overview.place import place
from lti_tool.overview.plan import learner_of
from lti_tool.overview.reading import Reading, reading_of
from lti_tool.overview.work import Work, work_of
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalState
from lti_tool.plans.measure import Measure, MeasureKind, Method, Params
from lti_tool.plans.rounding import number_text
from lti_tool.records.course import Context
from lti_tool.records.goal import Goal, GoalVersion
from lti_tool.records.plan import Plan
from lti_tool.records.portfolio import Artifact, StoredFile
from lti_tool.records.step import Step


@dataclass(frozen=True)
class KeptGoal:
    """A goal with its work as the student was shown it, its steps and its versions (newest last)."""

    goal: Goal
    course: str
    measure: Measure
    work: Sequence[Work]
    steps: Sequence[Step]
    versions: Sequence[GoalVersion]


@dataclass(frozen=True)
class Archive:
    """What goes along. files: (name in the archive, file). today: in the course's zone.

    notes: "please check on …", which are the student's records, too; without the
    name of the student who wrote them.
    """

    person_id: int
    name: str
    course: str
    made_at: datetime
    today: date
    zone: tzinfo
    about: Reading
    goals: Sequence[KeptGoal]
    files: Sequence[tuple[str, StoredFile]]
    notes: Sequence[NoteAbout] = ()


def archive_of(session: Session, actor: Actor, person_id: int, *, now: datetime) -> Archive:
    """The archive of somebody who learns, or learned, in the actor's course. Raises Refused, NotFound."""
    require(actor, Act.HAND_OVER_PLAN)
    here = place(session, actor, actor.context_id)
    person, _left_at = learner_of(session, here, person_id)
    whose = sa.true() if actor.is_admin else Goal.context_id == here.context.id
    context_id = None if actor.is_admin else here.context.id
    return Archive(
        person_id=person.id,
        name=display_name(person),
        course=here.title,
        made_at=now.astimezone(here.zone),
        today=now.astimezone(here.zone).date(),
        zone=here.zone,
        about=reading_of(session, actor.registration_id, person_id, "staff", context_id),
        goals=_goals(session, actor.registration_id, person_id, whose),
        files=_files(session, actor.registration_id, person_id),
        notes=notes_about(session, actor.registration_id, person_id, context_id, here.zone),
    )


def _goals(
    session: Session, registration_id: int, person_id: int, whose: sa.ColumnElement[bool]
) -> list[KeptGoal]:
    mine = (
        Plan.person_id == person_id,
        Plan.registration_id == registration_id,
        Goal.state != GoalState.DRAFT,
        whose,
    )
    rows = session.execute(
        sa.select(Goal, Context.title)
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(Context, Context.id == Goal.context_id)
        .where(*mine)
        .order_by(Goal.created_at, Goal.id)
    ).all()
    ids = [goal.id for goal, _title in rows]
    work = work_of(session, *mine)
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in session.scalars(sa.select(Step).where(Step.goal_id.in_(ids)).order_by(Step.id)):
        steps[step.goal_id].append(step)
    versions: dict[int, list[GoalVersion]] = defaultdict(list)
    query = sa.select(GoalVersion).where(GoalVersion.goal_id.in_(ids)).order_by(GoalVersion.id)
    for version in session.scalars(query):
        versions[version.goal_id].append(version)
    return [
        KeptGoal(
            goal,
            title or "",
            Measure(MeasureKind(goal.measure), Method(goal.method), Params.of(goal.params)),
            work.get(goal.id, []),
            steps[goal.id],
            versions[goal.id],
        )
        for goal, title in rows
    ]


def _files(session: Session, registration_id: int, person_id: int) -> list[tuple[str, StoredFile]]:
    """The files of pieces that are ready, each with a name of its own."""
    rows = session.execute(
        sa.select(Artifact.id, StoredFile)
        .join(StoredFile, StoredFile.id == Artifact.file_id)
        .where(
            Artifact.person_id == person_id,
            Artifact.registration_id == registration_id,
            Artifact.ready_at.is_not(None),
            Artifact.retired_at.is_(None),
            StoredFile.gone_at.is_(None),
        )
        .order_by(Artifact.id)
    )
    return [(f"files/{artifact_id}-{_plain(file.name)}", file) for artifact_id, file in rows]


def _plain(name: str) -> str:
    """A file's name that no archive program takes for a path."""
    kept = "".join(one if one.isalnum() or one in "._- " else "_" for one in name).strip(". ")
    return kept[-100:] or "file"


def as_json(archive: Archive) -> dict[str, Any]:
    """The same as the page in the archive, for programs."""
    return {
        "format": "personal-plan-archive/1",
        "made_at": archive.made_at,
        "student": archive.name,
        "course": archive.course,
        "profile": asdict(archive.about.profile),
        "portfolio": [asdict(one) for one in archive.about.artifacts],
        "conferences": [asdict(one) for one in archive.about.talks],
        "check_ins": [asdict(one) for one in archive.about.notes],
        "careers": [asdict(one) for one in archive.about.careers],
        "lessons": [asdict(one) for one in archive.about.lessons],
        "notes_to_teachers": [asdict(one) for one in archive.notes],
        "goals": [_goal_json(one) for one in archive.goals],
        "files": [name for name, _file in archive.files],
    }


def _goal_json(one: KeptGoal) -> dict[str, Any]:
    goal = one.goal
    return {
        "title": goal.title,
        "course": one.course,
        "state": goal.state,
        "outcome": goal.outcome,
        "measure": goal.measure,
        "params": goal.params,
        "start": _number(goal.baseline),
        "target": _number(goal.target),
        "value": _number(goal.value),
        "starts_on": goal.starts_on,
        "due_on": goal.due_on,
        "area": goal.area,
        "work": [
            {"name": line.name, "score": _number(line.score), "possible": _number(line.possible)}
            for line in one.work
        ],
        "steps": [
            {"title": step.title, "helps": step.helps, "owner": step.owner_role, "state": step.state}
            for step in one.steps
        ],
        "versions": [
            {
                "number": row.number,
                "what": row.what,
                "by": row.author_role,
                "reason": row.reason,
                "at": row.at,
                "said": row.content,
            }
            for row in one.versions
        ],
    }


def _number(number: Decimal | None) -> str | None:
    return None if number is None else number_text(number)
