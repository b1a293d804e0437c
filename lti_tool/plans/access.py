"""Who may do what: the one table that every route and use case asks (design.md, rule 6).

Rights in a course come from membership roles only (lti.md §6); pages never decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is here and now. `operator` is the command line, `system` the worker."""

    STAFF = "staff"
    LEARNER = "learner"
    MENTOR = "mentor"
    ADMIN = "admin"
    NONE = "none"
    OPERATOR = "operator"
    SYSTEM = "system"


class Act(StrEnum):
    """Everything that can be asked for."""

    OPEN = "open"
    START_PLANS = "start plans in a course"
    SEE_BOARD = "see a course's board"
    SEE_OWN_PLAN = "see one's own plan"
    SEE_PLAN = "see a student's plan"
    PROPOSE_GOAL = "propose a goal"
    MAKE_GOAL = "make one's own goal"
    ANSWER_GOAL = "accept or decline a proposed goal"
    SYNC = "read grades now"
    SEE_SYNC = "see how reading grades goes"
    SEE_ADMIN = "see the registration's set-up"


@dataclass(frozen=True)
class Actor:
    """Who acts. person_id is empty for the operator and the worker."""

    registration_id: int
    person_id: int | None
    role: Role
    context_id: int | None = None
    is_admin: bool = False


TABLE: dict[Role, frozenset[Act]] = {
    Role.STAFF: frozenset(
        {
            Act.OPEN,
            Act.START_PLANS,
            Act.SEE_BOARD,
            Act.SEE_PLAN,
            Act.PROPOSE_GOAL,
            Act.SYNC,
            Act.SEE_SYNC,
        }
    ),
    Role.LEARNER: frozenset({Act.OPEN, Act.SEE_OWN_PLAN, Act.MAKE_GOAL, Act.ANSWER_GOAL, Act.SEE_SYNC}),
    Role.MENTOR: frozenset({Act.OPEN}),
    Role.ADMIN: frozenset({Act.OPEN, Act.START_PLANS, Act.SYNC, Act.SEE_SYNC, Act.SEE_ADMIN}),
    Role.NONE: frozenset({Act.OPEN}),
    Role.OPERATOR: frozenset(Act),
    Role.SYSTEM: frozenset({Act.SYNC, Act.START_PLANS, Act.PROPOSE_GOAL}),
}

# Every route of the web tool by its Flask endpoint; None = anyone may ask (no launch needed).
ROUTES: dict[str, Act | None] = {
    "static": None,
    "health.alive": None,
    "health.ready": None,
    "health.metrics": None,
    "lti.login": None,
    "lti.launch": None,
    "lti.jwks": None,
    "lti.config": None,
    "lti.register": None,
    "lti.confirm_registration": None,
    "pages.home": Act.OPEN,
    "pages.start": Act.START_PLANS,
    "pages.setup": Act.START_PLANS,
    "pages.board": Act.SEE_BOARD,
    "pages.sync_now": Act.SYNC,
    "pages.progress": Act.SYNC,
    "pages.admin": Act.SEE_ADMIN,
    "pages.student": Act.SEE_PLAN,
    "pages.propose": Act.PROPOSE_GOAL,
    "pages.new_goal": Act.MAKE_GOAL,
    "pages.goal": Act.OPEN,  # staff or its own student; overview/goal.py decides which
    "pages.answer": Act.ANSWER_GOAL,
}


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
