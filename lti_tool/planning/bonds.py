"""The bond an act needs: whoever has none with a student is told there is no such student."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.plans.access import Act, Actor, require
from lti_tool.records.bonds import Bond, bond_of


def bond_for(session: Session, actor: Actor, act: Act, student_id: int, context_id: int | None) -> Bond:
    """The actor's bond with a student. Raises Refused, NotFound."""
    require(actor, act)
    bond = bond_of(session, actor, student_id, context_id)
    if bond is None:
        raise NotFound
    return bond
