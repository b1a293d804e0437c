"""Who may do what: the one table that every route and use case asks (design.md, rule 6).

Acts and roles are in acts.py, what each role may do in rights.py, what each route asks for in routes.py.
Rights in a course come from membership roles only (lti.md §6); pages never decide.
"""

from __future__ import annotations

from lti_tool.plans.acts import Act, Actor, Role
from lti_tool.plans.rights import TABLE
from lti_tool.plans.routes import ENDPOINTS_WHEN_OVER, ROUTES, WHEN_OVER

__all__ = [
    "ENDPOINTS_WHEN_OVER",
    "ROUTES",
    "TABLE",
    "WHEN_OVER",
    "Act",
    "Actor",
    "CourseOver",
    "NotFound",
    "Refused",
    "Role",
    "may",
    "may_change_when_over",
    "require",
]


class CourseOver(Exception):
    """The course has ended: its plans can be read, and nothing of them be changed."""


def may_change_when_over(endpoint: str) -> bool:
    """Whether a form of this address is taken although its course is over."""
    return endpoint in ENDPOINTS_WHEN_OVER or ROUTES.get(endpoint) in WHEN_OVER


class Refused(Exception):
    """The actor may not do this; `act` says what was asked."""

    def __init__(self, act: Act) -> None:
        super().__init__(str(act))
        self.act = act


class NotFound(Exception):
    """There is no such thing for this actor: unknown, of another course, or of another registration.

    The three look the same on purpose, so that nobody learns from the answer what exists elsewhere.
    """


def may(actor: Actor, act: Act) -> bool:
    """Whether the table lets this actor do this (an administrator keeps the rights of their role)."""
    allowed = TABLE[actor.role] | (TABLE[Role.ADMIN] if actor.is_admin else frozenset())
    return act in allowed


def require(actor: Actor, act: Act) -> None:
    """Raise Refused unless the table allows it."""
    if not may(actor, act):
        raise Refused(act)
