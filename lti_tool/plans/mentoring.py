"""Who reads what was said in a check-in, and which lines a check-in begins from (domain.md B12, A26)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lti_tool.plans.checkins import Cadence
from lti_tool.plans.translate import Translate

NOTE = "check_in_note"  # what the versions of a check-in's note are kept under
ADULTS = ("teacher", "counselor", "mentor")


class Readers(StrEnum):
    """Who reads a check-in's note; its student always does."""

    PLAN = "plan"
    SCHOOL = "school"
    TWO = "two"


@dataclass(frozen=True)
class DraftLine:
    """One thing to talk about, found in the plan. kind: where from, such as `goal`, `step` or `agreed`."""

    kind: str
    words: str


def readers_words(_: Translate, *, families: bool = True) -> dict[str, str]:
    """Readers → what the form says. families: guardians read along here."""
    along = _("The student and everyone who reads the plan, the family too")
    return {
        Readers.PLAN: along if families else _("The student and everyone who reads the plan"),
        Readers.SCHOOL: _("The student and the school: teachers of the course, counselors, mentors"),
        Readers.TWO: _("Only the student and me"),
    }


def cadence_words(_: Translate) -> dict[str, str]:
    """Cadence → how people say it."""
    return {
        Cadence.WEEKLY: _("every week"),
        Cadence.TWO_WEEKLY: _("every two weeks"),
        Cadence.MONTHLY: _("every four weeks"),
        Cadence.NONE: _("when somebody thinks of it"),
    }


def may_read_note(readers: str, reader: str, *, own: bool) -> bool:
    """Whether a note is for this reader (a key of plans.profile.MAY_READ). own: they wrote it."""
    if reader == "student" or own:
        return True
    if readers == Readers.PLAN:
        return reader in {"staff", "guardian", "counselor", "mentor"}
    return readers == Readers.SCHOOL and reader in {"staff", "counselor", "mentor"}
