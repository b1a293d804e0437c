"""The school's days off, typed once: they never count as silence, grace or missed steps (domain.md §3.4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.texts import Incomplete, text_problems
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.records.school import SchoolBreak

NAME_LONGEST = 100
DAYS_MOST = 120
BREAKS_MOST = 60


def add_break(
    session: Session, actor: Actor, first_on: date | None, last_on: date | None, name: str, *, now: datetime
) -> SchoolBreak:
    """Add days off, first and last included; the same days twice are one break.

    Raises:
        Refused: not an administrator. Incomplete: no days, the wrong way round, or far too long.
    """
    require(actor, Act.SET_SCHOOL)
    name = " ".join(name.split())
    problems = text_problems("name", name, NAME_LONGEST)
    if first_on is None:
        problems.append(Problem("first_on", "empty", lambda _: _("Choose the first day off.")))
    if last_on is None:
        problems.append(Problem("last_on", "empty", lambda _: _("Choose the last day off.")))
    if first_on is not None and last_on is not None:
        if last_on < first_on:
            problems.append(
                Problem(
                    "last_on", "order", lambda _: _("The last day comes before the first. Turn them round.")
                )
            )
        elif last_on - first_on > timedelta(days=DAYS_MOST):
            problems.append(
                Problem(
                    "last_on", "long", lambda _: _("That is longer than a summer. Look at the days again.")
                )
            )
    if problems or first_on is None or last_on is None:
        raise Incomplete(problems)
    mine = sa.select(SchoolBreak).where(SchoolBreak.registration_id == actor.registration_id)
    there = session.scalar(
        mine.where(SchoolBreak.first_on == first_on, SchoolBreak.last_on == last_on).limit(1)
    )
    if there is not None:
        return there
    if (session.scalar(sa.select(sa.func.count()).select_from(mine.subquery())) or 0) >= BREAKS_MOST:
        raise Incomplete(
            [Problem("first_on", "many", lambda _: _("Remove old days off before you add more."))]
        )
    row = SchoolBreak(registration_id=actor.registration_id, first_on=first_on, last_on=last_on, name=name)
    session.add(row)
    session.flush()
    _note(session, actor, "school.break_added", now)
    return row


def remove_break(session: Session, actor: Actor, break_id: int, *, now: datetime) -> None:
    """Make them school days again; gone already is fine. Raises Refused, NotFound."""
    require(actor, Act.SET_SCHOOL)
    if not is_row_id(break_id):
        raise NotFound
    row = session.get(SchoolBreak, break_id)
    if row is None:
        return
    if row.registration_id != actor.registration_id:
        raise NotFound
    session.delete(row)
    _note(session, actor, "school.break_removed", now)


def _note(session: Session, actor: Actor, act: str, now: datetime) -> None:
    if actor.person_id is not None:
        note(session, actor, act, actor.person_id, now=now)
