"""The administrator's page: registration, deployments, connections, what the sync runs did."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import format_date, format_datetime, gettext

from lti_tool.overview.admin import admin
from lti_tool.overview.breaks import days_off
from lti_tool.overview.connection import ALL
from lti_tool.overview.privacy_requests import privacy_requests
from lti_tool.planning.breaks import add_break, remove_break
from lti_tool.planning.privacy import NOTE_LONGEST, answer_request
from lti_tool.planning.school import say_band, set_school
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.profile import band_words
from lti_tool.plans.translate import Translate
from lti_tool.web.consent import connect_form, redirect_address
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, sent
from lti_tool.web.forms import read_day
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

_: Translate = gettext

SCHOOL_FIELDS = ("age_band", "talk_words", "talk_to", "year_ends", "guardians")


def add_admin_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /admin, and POST /admin/privacy/<id>: a request about somebody's data was answered."""
    pages.get("/admin", endpoint="admin")(lambda: admin_page(deps))

    @pages.post("/admin/privacy/<int:request_id>")
    def answer_privacy(request_id: int) -> Answer:
        typed = request.form.get("note", "")
        try:
            with deps.database.write() as session:
                answer_request(session, this_visit().actor, request_id, typed, now=deps.now())
        except ValueError:
            problem = (
                _("Say in a sentence what was done. The person reads it.")
                if not typed.strip()
                else _("This is longer than %(most)s characters.", most=NOTE_LONGEST)
            )
            return admin_page(deps, wrong=(request_id, typed, problem)), 400
        return redirect(url_for("pages.admin") + "#h-requests", 303)

    @pages.post("/admin/school", endpoint="set_school")
    def school() -> Answer:
        typed = sent(SCHOOL_FIELDS)
        try:
            with deps.database.write() as session:
                set_school(session, this_visit().actor, **typed.fields, now=deps.now())
        except Incomplete as incomplete:
            return admin_page(deps, typed.refuse(incomplete.problems)), 422
        return redirect(url_for("pages.admin") + "#school", 303)

    @pages.post("/admin/band", endpoint="say_band")
    def band() -> Answer:
        typed = sent(("age_band",))
        try:
            with deps.database.write() as session:
                say_band(session, this_visit().actor, typed.get("age_band"), now=deps.now())
        except Incomplete as incomplete:
            return admin_page(deps, band=typed.refuse(incomplete.problems)), 422
        return redirect(url_for("pages.admin"), 303)

    @pages.post("/admin/breaks", endpoint="add_break")
    def breaks() -> Answer:
        typed = sent(("first_on", "last_on", "name"))
        first, last = read_day(typed.get("first_on")), read_day(typed.get("last_on"))
        try:
            with deps.database.write() as session:
                add_break(session, this_visit().actor, first, last, typed.get("name"), now=deps.now())
        except Incomplete as incomplete:
            return admin_page(deps, off=typed.refuse(incomplete.problems)), 422
        return redirect(url_for("pages.admin") + "#breaks", 303)

    @pages.post("/admin/breaks/<int:break_id>/remove", endpoint="remove_break")
    def no_break(break_id: int) -> Answer:
        with deps.database.write() as session:
            remove_break(session, this_visit().actor, break_id, now=deps.now())
        return redirect(url_for("pages.admin") + "#breaks", 303)


def admin_page(
    deps: Deps,
    typed: Typed | None = None,
    *,
    band: Typed | None = None,
    off: Typed | None = None,
    wrong: tuple[int, str, str] = (0, "", ""),
) -> Response:
    """The state of the visitor's registration.

    typed: the school's words as sent, with what is wrong; band: school or college; off: days off.
    wrong: (request, what was typed, what is wrong).
    """
    actor = this_visit().actor
    with deps.database.read() as session:
        found = admin(session, actor, _)
        breaks = days_off(session, actor.registration_id)
        requests = privacy_requests(session, actor, now=deps.now())
    words = replace(found.no_connection, mark=found.connections_mark)
    return make_page(
        "admin",
        admin=found,
        breaks=[
            (one, format_date(one.first_on, "medium"), format_date(one.last_on, "medium")) for one in breaks
        ],
        band=band or Typed({"age_band": found.school[0]}),
        off=off or Typed(dict.fromkeys(("first_on", "last_on", "name"), "")),
        connect=connect_form(deps, words, ALL) if found.can_connect else {},
        redirect_address=redirect_address(deps),
        requests=requests,
        wrong=wrong,
        note_longest=NOTE_LONGEST,
        day=lambda day: format_date(day, "medium"),
        school=typed or Typed(dict(zip(SCHOOL_FIELDS, found.school, strict=True))),
        bands=band_words(_),
        when=lambda at: format_datetime(at, "short", rebase=False),
        on=lambda day: format_date(date.fromisoformat(day), "medium"),
        tabs=staff_tabs("admin"),
    )
