"""One student's check-in as the adult opens it: what there is to talk about, and what was said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.breaks import breaks_of
from lti_tool.overview.check_in_notes import Said, notes_of
from lti_tool.overview.check_ins import NOTHING, Met, cadences_of, due_of, talks_of
from lti_tool.overview.mentoring import Career, career_notes
from lti_tool.overview.people import display_name
from lti_tool.overview.talk_lines import Wanted, talk_lines
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.checkins import Cadence, Due
from lti_tool.plans.goal import MEASURED
from lti_tool.plans.mentoring import DraftLine
from lti_tool.records.bonds import Bond, bond_of
from lti_tool.records.goal import Goal
from lti_tool.records.plan import Plan
from lti_tool.records.step import Step


@dataclass(frozen=True)
class CheckInView:
    """The form with one student: what there is to talk about, and what was said before.

    cadence: what holds; own_cadence: of this student alone, empty where the rest's holds. about: goals and
    steps a word can be about, ((`goal` or `step`, id), title).
    """

    bond: Bond
    name: str
    given_name: str
    today: date
    last: date | None
    due: Due | None
    cadence: Cadence
    own_cadence: str
    lines: Sequence[DraftLine]
    notes: Sequence[Said]
    careers: Sequence[Career]
    about: Sequence[tuple[str, str]]


def check_in_view(
    session: Session, actor: Actor, person_id: int, context_id: int | None, *, now: datetime
) -> CheckInView:
    """The form of the actor and one of their students. Raises Refused, NotFound."""
    require(actor, Act.CHECK_IN)
    bond = bond_of(session, actor, person_id, context_id)
    if bond is None:
        raise NotFound
    kind, row_id = ("course", context_id) if context_id is not None else ("assigned", bond.assignment_id)
    place = Met(kind, row_id or 0, "", bond.role, context_id, bond.zone)
    cadences = cadences_of(session, [place])
    own = cadences.get((kind, place.id, person_id))
    held = own or cadences.get((kind, place.id, None), NOTHING)
    talk = talks_of(session, [(place, bond.student)]).get((bond.role, context_id, person_id))
    ids = actor.registration_id, person_id
    wanted = Wanted(*ids, context_id, None if talk is None else talk.at, now, bond.zone)
    reader = "staff" if bond.role == "teacher" else bond.role
    person = bond.student
    return CheckInView(
        bond=bond,
        name=display_name(person),
        given_name=person.given_name.strip() or display_name(person),
        today=wanted.today,
        last=None if talk is None else talk.at.astimezone(bond.zone).date(),
        due=due_of(*held, talk, bond.zone, now, breaks_of(session, actor.registration_id)),
        cadence=held[0],
        own_cadence="" if own is None else own[0],
        lines=talk_lines(session, wanted),
        notes=notes_of(session, *ids, reader, context_id=context_id, me=actor.person_id, zone=bond.zone),
        careers=career_notes(session, *ids, context_id=context_id, me=actor.person_id),
        about=_about(session, bond),
    )


def _about(session: Session, bond: Bond) -> list[tuple[str, str]]:
    """(`goal-1` or `step-2`, title) of what a word can be about; one statement."""
    query = (
        sa.select(Goal.id, Goal.title, Step.id.label("step_id"), Step.title.label("step"))
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(Step, sa.and_(Step.goal_id == Goal.id, Step.state == "active"))
        .where(Plan.person_id == bond.student.id, Plan.closed_at.is_(None), Goal.state.in_(MEASURED))
        .order_by(Goal.id, Step.id)
    )
    if bond.context_id is not None:
        query = query.where(Goal.context_id == bond.context_id)
    found: dict[str, str] = {}
    for row in session.execute(query):
        found[f"goal-{row.id}"] = row.title
        if row.step_id is not None:
            found[f"step-{row.step_id}"] = row.step
    return list(found.items())
