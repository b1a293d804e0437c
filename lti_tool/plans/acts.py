"""Who acts, and everything that can be asked for: the nouns of the access table (access.py)."""

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
    CHECK_IN = "check in with the students one stands by"
    ENCOURAGE = "send a student a word, or ideas for later"
    ASSIGN_MENTOR = "give a student of one's course an adult mentor"
    HAND_OVER = "take over what staff who left had open"
    BE_REMINDED = "ask for a weekly e-mail or a calendar of one's own"
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
    HAND_OVER_PLAN = "hand a student their plan's archive"
    SET_COURSE = "say how plans work in a course"
    OVERRIDE_GOAL = "change a student's goal at once, with a reason everyone reads"
    CHANGE_GOAL = "change one's own goal"
    ANSWER_SUGGESTION = "take or decline a suggestion"
    SETTLE_TALK = "say that a talk a student asked for was had"
    WRITE_ENTRY = "write down a line for a goal counted by hand"
    TICK_ENTRY = "say that one saw what a student wrote down"
    CONFIRM_END = "confirm an end that a late grade changes"
    MANAGE_GROUPS = "make groups of a course, say who leads them, answer what they ask"
    SEE_GROUPS = "see groups, those of a course or one's own"
    SEE_TOGETHER = "see the screen of a group one leads or is in"
    SHARE_GOALS = "show goals to a group or a peer mentor"
    MAKE_LESSON = "make lessons and give them"
    SEE_LESSONS = "see lessons, those of a course or one's own"
    LEARN = "do a lesson that was given to one"


@dataclass(frozen=True)
class Actor:
    """Who acts. person_id is empty for the operator and the worker."""

    registration_id: int
    person_id: int | None
    role: Role
    context_id: int | None = None
    is_admin: bool = False
