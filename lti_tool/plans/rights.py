"""Which acts each role has: one half of the access table (access.py); its routes are the other.

Rights in a course come from membership roles only (lti.md §6).
"""

from __future__ import annotations

from lti_tool.plans.acts import Act, Role

# Asked by people who have no part in a course here; which plans, if any, the rows of support decide.
_STANDS_BY = frozenset({Act.DO_STEP, Act.SEE_TODO, Act.CHECK_IN, Act.ENCOURAGE, Act.KEEP_DRAFT})
_ROWS_DECIDE = frozenset({Act.SEE_HOME, Act.SEE_CHILDREN, Act.SEE_ASSIGNED, *_STANDS_BY})

# Whoever opened the tool; about themself, and an administrator about the person the LMS asks for.
_ANYONE = frozenset({Act.OPEN, Act.SEE_PRIVACY, Act.ASK_PRIVACY, Act.BE_REMINDED})

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
            Act.SET_COURSE,
            Act.HAND_OVER_PLAN,
            Act.OVERRIDE_GOAL,
            Act.ADD_STEP,
            Act.DO_STEP,
            Act.SEE_TODO,
            Act.MANAGE_GROUPS,
            Act.SEE_GROUPS,
            Act.SEE_TOGETHER,
            Act.MAKE_LESSON,
            Act.SEE_LESSONS,
            Act.ASSIGN_MENTOR,
            Act.HAND_OVER,
            *_STANDS_BY,
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
            Act.SEE_LESSONS,
            Act.LEARN,
            Act.SEE_GROUPS,
            Act.SEE_TOGETHER,
            Act.SHARE_GOALS,
        }
    ),
    Role.MENTOR: frozenset({*_ANYONE, Act.SEE_CHILDREN, Act.SEE_ASSIGNED, *_STANDS_BY}),
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
