"""The conferences of a course: who had one and who has not, slots to give out, and rounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.conference import course_talks
from lti_tool.overview.place import place
from lti_tool.planning.assessing import RoundKind, close_round, open_round
from lti_tool.planning.conferences import plan_conferences
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.conference import ALWAYS, INVITED, MINUTES, role_words
from lti_tool.plans.groups import is_large
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, sent, sent_id
from lti_tool.web.fields import ids_ticked
from lti_tool.web.frame import staff_tabs
from lti_tool.web.profile_words import round_words
from lti_tool.web.visits import this_visit

PLAN = ("first_at", "minutes")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


def add_conferences_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of a course's conferences and of its rounds."""
    pages.route("/conferences", methods=["GET", "POST"], endpoint="conferences")(lambda: _course(deps))

    @pages.post("/rounds", endpoint="open_round")
    def begin() -> Answer:
        kind = request.form.get("kind", "")
        if kind not in set(RoundKind):
            typed = Typed({"minutes": "20"}, 0)
            typed.errors["round"] = _("Choose which round it is.")
            return _course_page(deps, typed, []), 422
        with deps.database.write() as session:
            open_round(session, this_visit().actor, RoundKind(kind), now=deps.now())
        return redirect(url_for("pages.conferences"), 303)

    @pages.post("/rounds/<int:round_id>/close", endpoint="close_round")
    def end(round_id: int) -> Answer:
        with deps.database.write() as session:
            close_round(session, this_visit().actor, round_id, now=deps.now())
        return redirect(url_for("pages.conferences"), 303)


def _course(deps: Deps) -> Answer:
    """Who has had a conference and who has not; and the form that gives out slots."""
    with deps.database.read() as session:
        zone = place(session, this_visit().actor, this_visit().context_id).zone
    typed, chosen = sent(PLAN), ids_ticked("person")
    if request.method == "GET":
        typed.fields["minutes"] = "20"
        return _course_page(deps, typed, chosen)
    first_at = _moment(typed.get("first_at"), zone)
    if typed.get("first_at") and first_at is None:
        typed.errors["first_at"] = _("Write the day and the time like this: 2026-03-23 14:30.")
        return _course_page(deps, typed, chosen), 422
    together = request.form.get("together") == "1"
    if together and is_large(len(set(chosen))) and "large" not in request.form:
        return _course_page(deps, typed, chosen, too_large=True), 422
    try:
        with deps.database.write() as session:
            plan_conferences(
                session,
                this_visit().actor,
                chosen,
                first_at=first_at,
                minutes=sent_id("minutes") or 0,
                together=together,
                roles=frozenset(request.form.getlist("role")),
                now=deps.now(),
            )
    except Incomplete as incomplete:
        return _course_page(deps, typed.refuse(incomplete.problems), chosen), 422
    return redirect(url_for("pages.conferences"), 303)


def _course_page(deps: Deps, typed: Typed, chosen: Sequence[int], *, too_large: bool = False) -> Response:
    with deps.database.read() as session:
        found = course_talks(session, this_visit().actor)
    asked = frozenset(request.form.getlist("role"))
    roles = INVITED[found.band]
    return make_response(
        render_template(
            "pages/conferences.html",
            view=found,
            typed=typed,
            errors=typed.errors,
            chosen=chosen,
            too_large=too_large,
            together=request.form.get("together") == "1",
            minutes=MINUTES,
            roles={role: (asked and role in asked) or (not asked and first) for role, first in roles.items()},
            always_asked=ALWAYS,
            role_words=role_words(_),
            round_words=round_words,
            round_kinds=[RoundKind.START, RoundKind.MIDDLE, RoundKind.END],
            when=charts.day_and_time,
            day=lambda on: charts.day(on, long=True, weekday=True),
            tabs=staff_tabs("conferences"),
        )
    )


def _moment(typed: str, zone: tzinfo) -> datetime | None:
    """A day and a time in the course's zone; None for anything else."""
    text = typed.strip().replace(" ", "T")[:16]
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None
