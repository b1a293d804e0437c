"""The templates a goal may begin from in a course: its own, the school's and the district's (B1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.access import Actor
from lti_tool.records.goal import Goal
from lti_tool.records.rollout import Template

MOST = 100


@dataclass(frozen=True)
class TemplateView:
    """A template. begun: how many goals began from it. history: what it said before, oldest first."""

    id: int
    name: str
    level: str
    version: int
    fields: dict[str, Any]
    steps: Sequence[dict[str, Any]]
    history: Sequence[dict[str, Any]]
    changed_at: datetime
    begun: int


def templates_here(session: Session, actor: Actor) -> list[TemplateView]:
    """Those of the actor's course and of the school and district, by name. One statement."""
    begun = sa.select(sa.func.count()).where(Goal.template_id == Template.id).scalar_subquery()
    rows = session.execute(
        sa.select(Template, begun)
        .where(
            Template.registration_id == actor.registration_id,
            Template.retired_at.is_(None),
            sa.or_(Template.context_id.is_(None), Template.context_id == (actor.context_id or -1)),
        )
        .order_by(Template.name, Template.id)
        .limit(MOST)
    )
    return [
        TemplateView(
            row.id,
            row.name,
            row.level,
            row.version,
            row.fields,
            row.steps,
            row.history,
            row.changed_at,
            count,
        )
        for row, count in rows
    ]
