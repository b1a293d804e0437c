"""What the tool asks an LMS for, why, and what does not work without it (canvas.md §1, lti.md §7).

One list for the configuration, the page an administrator confirms, `doctor` and the admin page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Translate = Callable[[str], str]

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
LINE_ITEM = _AGS + "lineitem"
RESULT = _AGS + "result.readonly"
SCORE = _AGS + "score"
NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
EVERYWHERE = (ROSTER, LINE_ITEM, RESULT, SCORE)
SCOPES = (*EVERYWHERE, NOTICES)

COURSE_NAVIGATION = "course_navigation"
USER_NAVIGATION = "user_navigation"
ASSIGNMENT_SELECTION = "assignment_selection"
LINK_SELECTION = "link_selection"
PLACEMENTS = (COURSE_NAVIGATION, USER_NAVIGATION, ASSIGNMENT_SELECTION, LINK_SELECTION)


@dataclass(frozen=True)
class Asked:
    """One thing asked for. name: what it is; why: what for; without: what does not work without it."""

    key: str
    name: str
    why: str
    without: str


def scopes_of(family: str | None) -> tuple[str, ...]:
    """The scopes asked of this kind of LMS. Notices are Canvas's alone so far; others are asked where they
    say that they have them."""
    return SCOPES if family == "canvas" else EVERYWHERE


def scopes_asked(_: Translate, family: str | None = "canvas") -> tuple[Asked, ...]:
    """Every service scope the tool asks of this kind of LMS, the most needed first."""
    every = (
        Asked(
            ROSTER,
            _("Names and roles of the people in a course"),
            _("Every student has a plan, also before they open it themselves."),
            _("Only people who open Personal Plans themselves appear in it."),
        ),
        Asked(
            LINE_ITEM,
            _("A gradebook column of our own"),
            _("A course may show its check-ins as a column. No other column is read or changed by this."),
            _("Check-ins cannot have a column in the gradebook."),
        ),
        Asked(
            RESULT,
            _("What stands in our own column"),
            _("We see when a teacher changed it by hand, and say so."),
            _("Changes made by hand in our column are not seen."),
        ),
        Asked(
            SCORE,
            _("Writing into our own column"),
            _("A check-in that is done shows in the gradebook."),
            _("Check-ins that are done do not show in the gradebook."),
        ),
        Asked(
            NOTICES,
            _("A notice when a course is copied"),
            _("A copied course is known as a copy from the first moment. Nobody’s plan comes along."),
            _("A copied course is known as a copy when somebody first opens Personal Plans in it."),
        ),
    )
    return tuple(each for each in every if each.key in scopes_of(family))


def placements_asked(_: Translate) -> tuple[Asked, ...]:
    """Every place in Canvas the tool asks to be opened from."""
    return (
        Asked(
            COURSE_NAVIGATION,
            _("The course menu"),
            _("Teachers and students open Personal Plans here. It is off until a teacher turns it on."),
            _("Courses have no entry for Personal Plans in their menu."),
        ),
        Asked(
            USER_NAVIGATION,
            _("The account menu"),
            _("Students, families and counselors find their plans outside any course."),
            _("Plans can only be opened from inside a course."),
        ),
        Asked(
            ASSIGNMENT_SELECTION,
            _("The assignment editor"),
            _("Teachers put an activity of a plan into an assignment."),
            _("An activity of a plan cannot be put into an assignment."),
        ),
        Asked(
            LINK_SELECTION,
            _("The module editor"),
            _("Teachers put a link to the plan into a module."),
            _("A link to the plan cannot be put into a module."),
        ),
    )


def people_asked(_: Translate) -> tuple[Asked, ...]:
    """What the tool asks to be told of people."""
    return (
        Asked(
            "names",
            _("Names"),
            _("Teachers see whose plan it is."),
            _("People are shown as “Student 17”."),
        ),
        Asked(
            "email",
            _("E-mail addresses"),
            _("Goals from a file find their student. No e-mail is sent."),
            _("Goals from a file need the LMS's own number of each student."),
        ),
        Asked(
            "roles",
            _("Roles in the course"),
            _("A teacher sees a board, a student their own plan."),
            _("Nobody sees more than their own page."),
        ),
    )


def dropped(asked: Iterable[Asked], kept: Iterable[str] | None) -> tuple[Asked, ...]:
    """Which of these the LMS does not give; none where it did not say (`kept` is None)."""
    if kept is None:
        return ()
    given = set(kept)
    return tuple(each for each in asked if each.key not in given)
