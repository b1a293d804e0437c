"""Check-ins and their gradebook column: the button on a student's page, the switch, what is not there yet."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import format_datetime
from flask_babel import gettext as _

from lti_tool.overview.place import place
from lti_tool.overview.scores import ColumnView, column_view
from lti_tool.planning.checkins import record_check_in
from lti_tool.planning.scores import retry, switch_off, switch_on
from lti_tool.plans.column import PLANNED, PLANNED_MOST
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

YEARS_AHEAD = 5


def add_score_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of check-ins and of the column."""
    pages.get("/scores", endpoint="scores")(lambda: scores_page(deps))

    @pages.post("/students/<int:person_id>/check-in")
    def check_in(person_id: int) -> Answer:
        typed = request.form.get("after", "")
        after = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else None
        with deps.database.write() as session:
            record_check_in(
                session,
                this_visit().actor,
                person_id,
                note=" ".join(request.form.get("note", "").split()),
                after=after,
                now=deps.now(),
            )
        return redirect(url_for("pages.student", person_id=person_id), 303)

    @pages.post("/scores/on")
    def column_on() -> Answer:
        return _switch_on(deps)

    @pages.post("/scores/off")
    def column_off() -> Answer:
        with deps.database.write() as session:
            switch_off(session, this_visit().actor, now=deps.now())
        return redirect(url_for("pages.scores"), 303)

    @pages.post("/scores/retry")
    def retry_scores() -> Answer:
        typed = request.form.get("score", "")
        which = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 11 else None
        if typed and which is None:
            return scores_page(deps, problem=_("Choose one of the scores below."), status=400)
        with deps.database.write() as session:
            retry(session, this_visit().actor, score_id=which, now=deps.now())
        return redirect(url_for("pages.scores"), 303)


def scores_page(deps: Deps, *, problem: str = "", status: int = 200) -> Answer:
    """The column, its switch, and each score that is not there with its reason."""
    visit = this_visit()
    with deps.database.read() as session:
        found = column_view(session, visit.actor, visit.context_id, now=deps.now(), lines=True)
    page = make_page("scores", **column_words(found), problem=problem, tabs=staff_tabs("setup"))
    return page, status


def column_words(found: ColumnView) -> dict[str, object]:
    """What pages say of a column."""
    return {
        "column": found,
        "column_state": _state_words(found),
        "weight_words": _weight_words(found),
        "due_words": _due_words(found),
        "planned": PLANNED,
        "planned_most": PLANNED_MOST,
        "number": charts.number,
        "when": lambda at: format_datetime(at, "short", rebase=False),
        "score_words": {
            "waiting": _("waits"),
            "failed": _("not there"),
            "stopped": _("stopped"),
            "sent": _("there, but hidden behind another number"),
        },
    }


def _state_words(found: ColumnView) -> str:
    lms = found.lms or _("your LMS")
    return {
        "none": _("It is off. Nothing is written into %(lms)s.", lms=lms),
        "off": _("It is off. What stands in %(lms)s stays there; a teacher may delete the column.", lms=lms),
        "wanted": _("It is being made. This takes less than a minute."),
        "linked": _("A “Check-in” link brings it. It is on as soon as %(lms)s has saved the link.", lms=lms),
        "made": _("It is on. Each check-in reaches %(lms)s within a minute.", lms=lms),
        "failed": _("It does not work now."),
        "gone": _("It is gone from %(lms)s.", lms=lms),
    }[found.state]


def _weight_words(found: ColumnView) -> str:
    """Honest about what the LMS does with a column a tool makes, and the one click that changes it."""
    if found.counts_in_grade is False:
        return _("It is worth nothing in the course grade: %(lms)s leaves it out.", lms=found.lms)
    if found.family == "canvas" and not found.is_on:
        return _(
            "It takes no submission, and we ask Canvas to leave it out of the course grade. Where our access "
            "may not do that, this page says what to tick."
        )
    if found.family == "canvas":
        return _(
            "It takes no submission. Canvas counts every new column until somebody says not to; so that it "
            "is worth nothing in the course grade, open “Check-ins done” in Canvas once, choose Edit, and "
            "tick “Do not count this assignment towards the final grade”."
        )
    if found.family == "moodle":
        return _(
            "Moodle counts every new column; so that it is worth nothing in the course total, open the "
            "gradebook setup in Moodle once and set the weight of “Check-ins done” to 0."
        )
    return _(
        "Your LMS may count every new column. So that it is worth nothing in the course grade, give "
        "“Check-ins done” a weight of 0 there."
    )


def _due_words(found: ColumnView) -> str:
    if found.due_on is None:
        return ""
    day = charts.day(found.due_on, today=found.today, long=True)
    if found.due_kept is False:
        return _("%(lms)s keeps no due date (%(day)s) for it.", lms=found.lms or _("Your LMS"), day=day)
    return _("Due on %(day)s.", day=day)


def _switch_on(deps: Deps) -> Answer:
    typed = request.form.get("maximum", "").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5 and 1 <= int(typed) <= PLANNED_MOST):
        problem = _("How many check-ins are planned? A number from 1 to %(most)s.", most=PLANNED_MOST)
        return scores_page(deps, problem=problem, status=422)
    visit, now = this_visit(), deps.now()
    with deps.database.read() as session:
        zone = place(session, visit.actor, visit.context_id).zone
    day = request.form.get("due_on", "").strip()
    due_at = None
    if day:
        due_on = _day(day, now.astimezone(zone).date())
        if due_on is None:
            return scores_page(
                deps, problem=_("The due date must be a day that is still to come."), status=422
            )
        due_at = datetime.combine(due_on, time(23, 59), tzinfo=zone)
    with deps.database.write() as session:
        switch_on(session, visit.actor, maximum=int(typed), due_at=due_at, now=now)
    return redirect(url_for("pages.scores"), 303)


def _day(typed: str, today: date) -> date | None:
    """A day from today to some years ahead; None for anything else."""
    try:
        day = date.fromisoformat(typed[:10]) if len(typed) == 10 else None
    except ValueError:
        return None
    return day if day is not None and today <= day <= today + timedelta(days=366 * YEARS_AHEAD) else None
