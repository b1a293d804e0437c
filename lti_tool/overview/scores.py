"""How our gradebook column does: whether it is there, and every score that is not, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.overview.people import display_name
from lti_tool.overview.place import Place, place
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.column import CHECK_INS
from lti_tool.plans.translate import Translate
from lti_tool.plans.troubles import shown_trouble
from lti_tool.records.checkin import CheckIn
from lti_tool.records.course import Person
from lti_tool.records.platform import Registration
from lti_tool.records.score import OwnColumn, ScoreOut

_: Translate = gettext
MOST_ROWS = 200


@dataclass(frozen=True)
class ScoreLine:
    """One score that is not simply there. next_at: when it is tried again, in the course's zone."""

    id: int
    person_id: int
    name: str
    value: Decimal
    state: str
    reason: str
    attempts: int
    next_at: datetime


@dataclass(frozen=True)
class ColumnView:
    """The column of a course. state: `none` before it was ever asked for, else OwnColumn.state.

    family: `canvas`, `moodle` or empty. due_kept: unknown before it is made. counts_in_grade: as the LMS
    last said, if it did. counts: how many scores are in each state. lines: those with something to say, at
    most MOST_ROWS; more: how many besides.
    """

    lms: str
    family: str
    today: date
    state: str = "none"
    label: str = ""
    maximum: Decimal = Decimal(0)
    due_on: date | None = None
    due_kept: bool | None = None
    counts_in_grade: bool | None = None
    reason: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    lines: Sequence[ScoreLine] = ()
    more: int = 0

    @property
    def is_on(self) -> bool:
        """Whether staff want it, whatever stands in its way."""
        return self.state in ("wanted", "linked", "made", "failed")

    @property
    def needs_somebody(self) -> bool:
        """Whether anything waits for a person to act."""
        return self.state in ("failed", "gone") or bool(self.counts.get("failed"))


def column_view(
    session: Session, actor: Actor, context_id: int | None, *, now: datetime, lines: bool = False
) -> ColumnView:
    """The column of the actor's course; with `lines` also the scores that are not there.

    Raises:
        Refused: the actor may not. NotFound: not the actor's course.
    """
    require(actor, Act.RUN_COLUMN)
    here = place(session, actor, context_id)
    family = session.scalar(
        sa.select(Registration.product_family).where(Registration.id == here.context.registration_id)
    )
    common: dict[str, Any] = {
        "lms": here.lms,
        "family": (family or "").lower(),
        "today": now.astimezone(here.zone).date(),
    }
    column = session.scalar(
        sa.select(OwnColumn).where(OwnColumn.context_id == here.context.id, OwnColumn.kind == CHECK_INS)
    )
    if column is None:
        return ColumnView(**common)
    said, more = _lines(session, here, column.id) if lines else ([], 0)
    return ColumnView(
        **common,
        state=column.state,
        label=column.label,
        maximum=column.maximum,
        due_on=column.due_at.astimezone(here.zone).date() if column.due_at else None,
        due_kept=column.due_kept,
        counts_in_grade=column.counts,
        reason=shown_trouble(column.error_code, column.error_words, column.error, _),
        counts=_counts(session, column.id),
        lines=said,
        more=more,
    )


def _counts(session: Session, column_id: int) -> dict[str, int]:
    rows = session.execute(
        sa.select(ScoreOut.state, sa.func.count())
        .where(ScoreOut.column_id == column_id)
        .group_by(ScoreOut.state)
    )
    return {row[0]: row[1] for row in rows}


def _lines(session: Session, here: Place, column_id: int) -> tuple[list[ScoreLine], int]:
    """Scores that failed, stopped, wait, or stayed behind a teacher's own number: the worst first."""
    told = (ScoreOut.column_id == column_id, sa.or_(ScoreOut.state != "sent", ScoreOut.error != ""))
    order = sa.case((ScoreOut.state == "failed", 0), (ScoreOut.state == "stopped", 1), else_=2)
    rows = session.execute(
        sa.select(ScoreOut, Person)
        .join(Person, Person.id == ScoreOut.person_id)
        .where(*told)
        .order_by(order, Person.family_name, Person.name, ScoreOut.id)
        .limit(MOST_ROWS)
    ).all()
    total = len(rows)
    if total == MOST_ROWS:
        total = session.scalar(sa.select(sa.func.count()).select_from(ScoreOut).where(*told)) or total
    lines = [
        ScoreLine(
            id=row.id,
            person_id=person.id,
            name=display_name(person),
            value=row.value,
            state=row.state,
            reason=shown_trouble(row.error_code, row.error_words, row.error, _),
            attempts=row.attempts,
            next_at=row.next_at.astimezone(here.zone),
        )
        for row, person in rows
    ]
    return lines, total - len(lines)


def check_ins_of(session: Session, actor: Actor, person_id: int) -> tuple[int, datetime | None]:
    """(how many check-ins, when the last was, in the course's zone) of a student in the actor's course."""
    require(actor, Act.RECORD_CHECK_IN)
    here = place(session, actor, actor.context_id)
    count, last = session.execute(
        sa.select(sa.func.count(), sa.func.max(CheckIn.done_at)).where(
            CheckIn.context_id == here.context.id, CheckIn.person_id == person_id
        )
    ).one()
    return count, last.astimezone(here.zone) if last else None
