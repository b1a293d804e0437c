"""Writing lines for goals counted by hand: the student ticks or types, staff say they saw it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from lti_tool.planning.entries import Line, tick_entry, write_entry
from lti_tool.planning.goals import GoalRefused
from lti_tool.web.deps import Deps
from lti_tool.web.forms import DAY
from lti_tool.web.goals import Answer, Trouble, show_goal
from lti_tool.web.visits import this_visit

FORM = "entry"


def add_line_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of lines written by hand."""

    @pages.post("/goals/<int:goal_id>/entries")
    def line(goal_id: int) -> Answer:
        typed = request.form.to_dict()
        found = read_line(typed)
        if found is None:
            errors = {"value": _("Write a number, such as 30.")}
            return show_goal(deps, goal_id, trouble=Trouble(FORM, errors, typed), status=422)
        try:
            with deps.database.write() as session:
                write_entry(session, this_visit().actor, goal_id, found, now=deps.now())
        except GoalRefused as refused:
            errors = {problem.field: problem.sentence(_) for problem in refused}
            return show_goal(deps, goal_id, trouble=Trouble(FORM, errors, typed), status=422)
        return redirect(url_for("pages.goal", goal_id=goal_id, _anchor="entries"), 303)

    @pages.post("/entries/<int:entry_id>/tick")
    def tick_line(entry_id: int) -> Answer:
        with deps.database.write() as session:
            goal_id = tick_entry(session, this_visit().actor, entry_id, now=deps.now()).goal_id
        return redirect(url_for("pages.goal", goal_id=goal_id, _anchor="entries"), 303)


def read_line(typed: Mapping[str, str]) -> Line | None:
    """What was typed as a line; a day nobody can read is before all days, so that the rules say it."""
    text = typed.get("value", "").strip().replace(",", ".")
    try:
        value = Decimal(text) if len(text) <= 40 else None
    except InvalidOperation:
        value = None
    if value is None:
        return None
    day = typed.get("on", "").strip()
    try:
        on = date.fromisoformat(day) if DAY.fullmatch(day) else date.min
    except ValueError:
        on = date.min
    return Line(on, value, typed.get("name", "")[:255], typed.get("note", ""))
