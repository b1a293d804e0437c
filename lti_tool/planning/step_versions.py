"""What a change of a step leaves behind: a version of what it then said, and an audit row (domain.md A24).

Versions stand in `change` like those of every other row of the plan. Older databases hold earlier ones in
`step_version`; they are read (overview/step_changes.py) and never written again.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.planning.history import author_role
from lti_tool.plans.access import Actor
from lti_tool.plans.steps import Rhythm
from lti_tool.records.audit import AuditEntry
from lti_tool.records.goal import Goal
from lti_tool.records.history import Change
from lti_tool.records.step import Step


def next_version(
    session: Session,
    actor: Actor,
    step: Step,
    what: str,
    whose: tuple[int, Goal],
    now: datetime,
    reason: str = "",
) -> None:
    """One more version of a stored step. whose: the student, and the goal it is a step of."""
    step.version += 1
    session.flush()
    write_version(session, actor, step, what, whose, now, reason)


def write_version(
    session: Session,
    actor: Actor,
    step: Step,
    what: str,
    whose: tuple[int, Goal],
    now: datetime,
    reason: str = "",
) -> None:
    """The version a step has now. whose: as in `next_version`."""
    person_id, goal = whose
    session.add(
        Change(
            registration_id=actor.registration_id,
            person_id=person_id,
            subject="step",
            subject_id=step.id,
            number=step.version,
            author_id=actor.person_id,
            author_role=author_role(actor),
            what=what,
            reason=reason,
            content=_content(step),
            at=now,
        )
    )
    session.add(
        AuditEntry(
            registration_id=actor.registration_id,
            actor_id=actor.person_id,
            actor_role=actor.role.value,
            act=f"step.{what}",
            subject=f"step:{step.id}",
            context_id=goal.context_id,
            at=now,
        )
    )
    session.flush()


def _content(step: Step) -> dict[str, Any]:
    """What a step says now, as its version keeps it."""

    def day(on: date | None) -> str | None:
        return None if on is None else on.isoformat()

    kept: dict[str, Any] = {
        name: getattr(step, name)
        for name in (
            "title",
            "helps",
            "if_then",
            "owner_role",
            "rhythm",
            "state",
            "unit",
            "link",
            "link_name",
        )
    }
    if step.rhythm == Rhythm.RELATIVE:
        kept |= {"item": step.item_id, "offset": step.offset, "item_due_on": day(step.item_due_on)}
    amount = None if step.amount is None else str(step.amount)
    if step.file_id is not None:
        kept["file"] = step.file_id
    return {
        **kept,
        "due_on": day(step.due_on),
        "weekdays": step.weekdays,
        "times": step.times,
        "amount": amount,
    }
