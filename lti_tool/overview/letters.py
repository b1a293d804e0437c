"""The letters of a course, as its LMS told us (canvas.md §5, domain.md §3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.letters import CANVAS_DEFAULT, MOODLE_LETTERS, Scheme
from lti_tool.records.structure import GradingScheme


def scheme_of(session: Session, context_id: int, family: str | None) -> Scheme:
    """The letters of a course: its own scheme, else what its kind of LMS uses. Bounds in per cent."""
    row = session.scalars(
        sa.select(GradingScheme)
        .where(
            GradingScheme.context_id == context_id,
            GradingScheme.used.is_(True),
            GradingScheme.gone_at.is_(None),
        )
        .order_by(GradingScheme.id)
    ).first()
    own = [] if row is None else _bounds(row.bounds)
    return tuple(own) or (MOODLE_LETTERS if family == "moodle" else CANVAS_DEFAULT)


def _bounds(kept: Sequence[Sequence[str]]) -> list[tuple[str, Decimal]]:
    """Bounds as the scheme's row keeps them, shares of 1; what is no number is passed over."""
    found = []
    for name, least in kept:
        try:
            found.append((name, 100 * Decimal(least)))
        except InvalidOperation:
            continue
    return found
