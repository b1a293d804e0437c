"""Who may do what: the one table that every route and use case asks (design.md, rule 6).

Rights in a course come from membership roles only (lti.md §6); pages never decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is here and now. `operator` is the command line, `system` the worker.

    `guardian`: somebody without an LMS account whom a grant let in; guardians of the LMS are `mentor`.
    """

    STAFF = "staff"
    LEARNER = "learner"
    MENTOR = "mentor"
    ADMIN = "admin"
    NONE = "none"
    GUARDIAN = "guardian"
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
    CONFIRM_GONE = "say that people a short list leaves out have left"
    SEE_RUNS = "see each reading of a course"
    SEE_ADMIN = "see the registration's set-up"
    PICK_LINKS = "add links to a course"
    SEE_PRIVACY = "see what is stored about a person"
    ASK_PRIVACY = "ask for a copy or for erasure"
    ANSWER_PRIVACY = "see and answer requests about people's data"
    RECORD_CHECK_IN = "record a check-in with a student"
    RUN_COLUMN = "put check-ins into the course's gradebook"
    CONNECT = "connect the grades of one's course"
    CONNECT_ALL = "connect the grades of every course"
    SEE_HOME = "see one's own page outside a course"
    SEE_CHILDREN = "see the plans of those one mentors"
    SEE_ASSIGNED = "see the plans of those one counsels"
    READ_BY_GRANT = "read the one plan a grant is for"
    LET_IN = "let a guardian or mentor read a student's plan"
    MANAGE_SUPPORT = "say who may stand by a student"
    WRITE_PROFILE = "write one's own profile and portfolio"
    SEE_PROFILE = "see a profile, one's own or a student's"
    ADD_VIEW = "add a view beside a student's profile"
    KEEP_DRAFT = "keep what one is typing"
    OPEN_ROUND = "open a round of looking again in a course"
    HOLD_CONFERENCE = "plan and hold conferences"
    SEE_CONFERENCE = "see a conference, one's own or a student's"
    UNDO_AGREEMENT = "take back what was agreed in one's own conference"
    SET_SCHOOL = "say the school's words: talk to an adult, the age of its students"
    ADD_STEP = "write a step of a goal, or end one"
    DO_STEP = "tick one's own step"
    SEE_TODO = "see one's own steps over all students"
    DOUBT_READING = "say that a reading looks wrong"
    ANSWER_DOUBT = "answer a student who says so"
    LEAVE_OUT = "leave a piece of work out of a goal"
    CHANGE_GOAL = "change one's own goal"
    ANSWER_SUGGESTION = "take or decline a suggestion"
    SETTLE_TALK = "say that a talk a student asked for was had"
    WRITE_ENTRY = "write down a line for a goal counted by hand"
    TICK_ENTRY = "say that one saw what a student wrote down"
    CONFIRM_END = "confirm an end that a late grade changes"


@dataclass(frozen=True)
class Actor:
    """Who acts. person_id is empty for the operator and the worker."""

    registration_id: int
    person_id: int | None
    role: Role
    context_id: int | None = None
    is_admin: bool = False


# Asked by people who have no part in a course here; which plans, if any, the rows of support decide.
_ROWS_DECIDE = frozenset({Act.SEE_HOME, Act.SEE_CHILDREN, Act.SEE_ASSIGNED, Act.DO_STEP, Act.SEE_TODO})

# Whoever opened the tool; about themself, and an administrator about the person the LMS asks for.
_ANYONE = frozenset({Act.OPEN, Act.SEE_PRIVACY, Act.ASK_PRIVACY})

# The profile, the portfolio and the conferences about them.
_PROFILE_OF_STAFF = frozenset(
    {
        Act.SEE_PROFILE,
        Act.ADD_VIEW,
        Act.KEEP_DRAFT,
        Act.OPEN_ROUND,
        Act.HOLD_CONFERENCE,
        Act.SEE_CONFERENCE,
    }
)
_PROFILE_OF_STUDENTS = frozenset(
    {Act.WRITE_PROFILE, Act.SEE_PROFILE, Act.KEEP_DRAFT, Act.SEE_CONFERENCE, Act.UNDO_AGREEMENT}
)

TABLE: dict[Role, frozenset[Act]] = {
    Role.STAFF: frozenset(
        {
            *_ANYONE,
            Act.START_PLANS,
            Act.SEE_BOARD,
            Act.PICK_LINKS,
            Act.SEE_PLAN,
            Act.PROPOSE_GOAL,
            Act.SYNC,
            Act.SEE_SYNC,
            Act.SEE_RUNS,
            Act.RECORD_CHECK_IN,
            Act.RUN_COLUMN,
            Act.CONFIRM_GONE,
            Act.CONNECT,
            Act.SEE_ASSIGNED,
            Act.LET_IN,
            Act.ANSWER_DOUBT,
            Act.LEAVE_OUT,
            *_PROFILE_OF_STAFF,
            Act.SETTLE_TALK,
            Act.WRITE_ENTRY,
            Act.TICK_ENTRY,
            Act.CONFIRM_END,
            Act.ADD_STEP,
            Act.DO_STEP,
            Act.SEE_TODO,
        }
    ),
    Role.LEARNER: frozenset(
        {
            Act.ADD_STEP,
            Act.DO_STEP,
            *_ANYONE,
            Act.SEE_OWN_PLAN,
            Act.MAKE_GOAL,
            Act.ANSWER_GOAL,
            Act.SEE_SYNC,
            Act.DOUBT_READING,
            *_PROFILE_OF_STUDENTS,
            Act.CHANGE_GOAL,
            Act.ANSWER_SUGGESTION,
            Act.WRITE_ENTRY,
        }
    ),
    Role.MENTOR: frozenset({*_ANYONE, Act.SEE_CHILDREN, Act.SEE_ASSIGNED, Act.DO_STEP, Act.SEE_TODO}),
    Role.ADMIN: frozenset(
        {
            *_ANYONE,
            Act.START_PLANS,
            Act.SYNC,
            Act.SEE_SYNC,
            Act.SEE_RUNS,
            Act.SEE_ADMIN,
            Act.CONNECT_ALL,
            Act.PICK_LINKS,
            Act.MANAGE_SUPPORT,
            Act.ANSWER_PRIVACY,
            Act.SET_SCHOOL,
            *_ROWS_DECIDE,
        }
    ),
    Role.NONE: frozenset({*_ANYONE, *_ROWS_DECIDE}),
    Role.GUARDIAN: frozenset({Act.READ_BY_GRANT}),
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
    "lti.prove": None,
    "lti.notices": None,
    "lti.jwks": None,
    "lti.config": None,
    "lti.register": None,
    "lti.confirm_registration": None,
    "pages.home": Act.OPEN,
    "pages.start": Act.START_PLANS,
    "pages.setup": Act.START_PLANS,
    "pages.board": Act.SEE_BOARD,
    "pages.sync_now": Act.SYNC,
    "pages.confirm_gone": Act.CONFIRM_GONE,
    "pages.connecting": Act.SYNC,
    "consent.begin": None,  # a ticket of a launch says who asks
    "consent.callback": None,  # the state says which window it answers
    "pages.progress": Act.SYNC,
    "pages.runs": Act.SEE_RUNS,
    "pages.run": Act.SEE_RUNS,
    "pages.pulse": Act.SEE_BOARD,
    "pages.admin": Act.SEE_ADMIN,
    "pages.student": Act.SEE_PLAN,
    "pages.reads": Act.SEE_OWN_PLAN,
    "pages.reads_of_student": Act.SEE_PLAN,
    "pages.propose": Act.PROPOSE_GOAL,
    "pages.new_goal": Act.MAKE_GOAL,
    "pages.goal": Act.OPEN,  # staff or its own student; overview/goal.py decides which
    "pages.answer": Act.ANSWER_GOAL,
    "pages.doubt": Act.DOUBT_READING,
    "pages.doubts": Act.ANSWER_DOUBT,
    "pages.answer_doubt_of_student": Act.ANSWER_DOUBT,
    "pages.leave_out_of_goal": Act.LEAVE_OUT,
    "pages.suggestion": Act.ANSWER_SUGGESTION,
    "pages.talked": Act.SETTLE_TALK,
    "pages.line": Act.WRITE_ENTRY,
    "pages.end": Act.ANSWER_GOAL,
    "pages.confirm_end_of_goal": Act.CONFIRM_END,
    "pages.tick_line": Act.TICK_ENTRY,
    "pages.put_back_into_goal": Act.LEAVE_OUT,
    "pages.new_step": Act.ADD_STEP,
    "pages.end_step_of_goal": Act.ADD_STEP,
    "pages.answer_step_of_plan": Act.ANSWER_GOAL,
    "pages.tick": Act.DO_STEP,
    "pages.untick": Act.DO_STEP,
    "pages.todo_list": Act.SEE_TODO,
    "pages.deep_linking": Act.PICK_LINKS,
    "pages.deep_linking_answer": Act.PICK_LINKS,
    "pages.privacy": Act.SEE_PRIVACY,
    "pages.ask_privacy": Act.ASK_PRIVACY,
    "pages.answer_privacy": Act.ANSWER_PRIVACY,
    "pages.check_in": Act.RECORD_CHECK_IN,
    "pages.scores": Act.RUN_COLUMN,
    "pages.column_on": Act.RUN_COLUMN,
    "pages.column_off": Act.RUN_COLUMN,
    "pages.retry_scores": Act.RUN_COLUMN,
    "pages.child": Act.SEE_CHILDREN,
    "pages.child_file": Act.SEE_CHILDREN,
    "pages.assigned_file": Act.SEE_ASSIGNED,
    "pages.assigned": Act.SEE_ASSIGNED,
    "pages.assigned_plan": Act.SEE_ASSIGNED,
    "pages.grants": Act.LET_IN,
    "pages.revoke_grant": Act.LET_IN,
    "pages.support": Act.MANAGE_SUPPORT,
    "pages.support_person": Act.MANAGE_SUPPORT,
    "pages.assign": Act.MANAGE_SUPPORT,
    "pages.end_assignment": Act.MANAGE_SUPPORT,
    "pages.block": Act.MANAGE_SUPPORT,
    "pages.block_all": Act.MANAGE_SUPPORT,
    "pages.lift_block": Act.MANAGE_SUPPORT,
    "pages.about": Act.WRITE_PROFILE,
    "pages.student_about": Act.ADD_VIEW,
    "pages.share_profile": Act.WRITE_PROFILE,
    "pages.add_entry": Act.WRITE_PROFILE,
    "pages.add_view": Act.ADD_VIEW,
    "pages.entry": Act.SEE_PROFILE,  # its author alone changes it; planning/profile.py decides
    "pages.retire_entry": Act.SEE_PROFILE,
    "pages.gap_from_grades": Act.WRITE_PROFILE,
    "pages.their_gap_from_grades": Act.ADD_VIEW,
    "pages.rounds": Act.WRITE_PROFILE,
    "pages.student_rounds": Act.ADD_VIEW,
    "pages.assess": Act.WRITE_PROFILE,
    "pages.goal_strength": Act.WRITE_PROFILE,
    "pages.set_school": Act.SET_SCHOOL,
    "pages.add_break": Act.SET_SCHOOL,
    "pages.remove_break": Act.SET_SCHOOL,
    "pages.portfolio": Act.WRITE_PROFILE,
    "pages.student_portfolio": Act.ADD_VIEW,
    "pages.add_artifact": Act.WRITE_PROFILE,
    "pages.artifact": Act.SEE_PROFILE,  # the student's own, or a ready one; planning/portfolio.py decides
    "pages.remove_artifact": Act.WRITE_PROFILE,
    "pages.become": Act.SEE_PROFILE,
    "pages.picture": Act.SEE_PROFILE,
    "pages.file": Act.SEE_PROFILE,
    "pages.conferences": Act.HOLD_CONFERENCE,
    "pages.sheets": Act.HOLD_CONFERENCE,
    "pages.talks": Act.UNDO_AGREEMENT,
    "pages.conference": Act.SEE_CONFERENCE,  # notes are written by staff; planning/conferences.py decides
    "pages.agree": Act.HOLD_CONFERENCE,
    "pages.conference_done": Act.HOLD_CONFERENCE,
    "pages.undo_agreement": Act.UNDO_AGREEMENT,
    "pages.open_round": Act.OPEN_ROUND,
    "pages.close_round": Act.OPEN_ROUND,
    "pages.keep_draft": Act.KEEP_DRAFT,
    "pages.drop_draft": Act.KEEP_DRAFT,
    "grants.door": None,
    "grants.enter": None,
    "grants.leave": None,
    "grants.plan": Act.READ_BY_GRANT,
    "grants.file": Act.READ_BY_GRANT,
}


# What may still be changed where a course is over: nothing of its plans, all that is not the course's.
WHEN_OVER = frozenset(
    {
        *(Act.SYNC, Act.ASK_PRIVACY, Act.PICK_LINKS, Act.SEE_ADMIN, Act.MANAGE_SUPPORT, Act.CONNECT_ALL),
        *(Act.SET_SCHOOL, Act.SEE_HOME),
    }
)
_ENDPOINTS_WHEN_OVER = frozenset({"pages.revoke_grant", "pages.pulse"})


class CourseOver(Exception):
    """The course has ended: its plans can be read, and nothing of them be changed."""


def may_change_when_over(endpoint: str) -> bool:
    """Whether a form of this address is taken although its course is over."""
    return endpoint in _ENDPOINTS_WHEN_OVER or ROUTES.get(endpoint) in WHEN_OVER


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
