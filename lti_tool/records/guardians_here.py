"""Whether a registration's school lets guardians read along: asked before any of them is let in."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.guardians_on import guardians_on
from lti_tool.records.course import Context
from lti_tool.records.platform import Registration


def has_guardians(session: Session, registration_id: int, context_id: int | None = None) -> bool:
    """Whether it does; no registration has none. context_id: of this course, whose age may be its own."""
    here = sa.and_(Context.registration_id == Registration.id, Context.id == context_id)
    row = session.execute(
        sa.select(Registration.guardians, Registration.age_band, Context.age_band.label("course"))
        .outerjoin(Context, here)
        .where(Registration.id == registration_id)
    ).one_or_none()
    return row is not None and guardians_on(row.guardians, row.course, row.age_band)
