"""Who is asked to a conference, by the age of the students, and how slots follow one another (A7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from lti_tool.plans.profile import Band
from lti_tool.plans.translate import Translate

UNDO_FOR = timedelta(days=7)
MINUTES = (10, 15, 20, 30, 45)

# Role → whether it is asked unless somebody says otherwise; a role that is not named cannot be asked.
INVITED: Mapping[Band, Mapping[str, bool]] = {
    Band.YOUNG: {"student": True, "teacher": True, "guardian": True, "counselor": False},
    Band.SCHOOL: {
        "student": True,
        "teacher": True,
        "guardian": True,
        "counselor": False,
        "mentor": False,
    },
    Band.COLLEGE: {"student": True, "teacher": True, "counselor": False, "mentor": False},
}
ALWAYS = frozenset({"student", "teacher"})


def invited(band: Band, chosen: frozenset[str]) -> list[str]:
    """The roles asked: student and teacher always, and those chosen that this age allows."""
    return [role for role in INVITED[band] if role in ALWAYS or role in chosen]


def role_words(_: Translate) -> dict[str, str]:
    """Role → what it is called at the table."""
    return {
        "student": _("Student"),
        "teacher": _("Teacher"),
        "guardian": _("Family"),
        "counselor": _("Counselor"),
        "mentor": _("Mentor"),
    }


def slots(first: datetime | None, minutes: int, count: int, *, together: bool) -> list[datetime | None]:
    """The time of each of `count` conferences: one after another, or all at once; none without a first."""
    if first is None:
        return [None] * count
    return [first + timedelta(minutes=0 if together else minutes * place) for place in range(count)]


def may_undo(made_at: datetime, now: datetime) -> bool:
    """Whether what was agreed can still be taken back without a word."""
    return now - made_at <= UNDO_FOR
