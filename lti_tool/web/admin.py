"""The administrator's page: registration, deployments, connections, what the sync runs did."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import format_date, format_datetime, gettext

from lti_tool.overview.admin import admin
from lti_tool.planning.school import set_school
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.profile import Band
from lti_tool.plans.translate import Translate
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, sent
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

_: Translate = gettext

SCHOOL_FIELDS = ("age_band", "talk_words", "talk_to")


def add_admin_pages(pages: Blueprint, deps: Deps) -> None:
    """Add the one page of an administrator."""
    pages.get("/admin", endpoint="admin")(lambda: admin_page(deps))

    @pages.post("/admin/school", endpoint="set_school")
    def school() -> Answer:
        typed = sent(SCHOOL_FIELDS)
        try:
            with deps.database.write() as session:
                set_school(session, this_visit().actor, **typed.fields, now=deps.now())
        except Incomplete as incomplete:
            return admin_page(deps, typed.refuse(incomplete.problems)), 422
        return redirect(url_for("pages.admin") + "#school", 303)


def admin_page(deps: Deps, typed: Typed | None = None) -> Response:
    """The state of the visitor's registration. typed: the school's words as sent, with what is wrong."""
    with deps.database.read() as session:
        found = admin(session, this_visit().actor, _)
    return make_page(
        "admin",
        admin=found,
        school=typed or Typed(dict(zip(SCHOOL_FIELDS, found.school, strict=True))),
        bands={
            Band.YOUNG: _("School, young children"),
            Band.SCHOOL: _("School"),
            Band.COLLEGE: _("College"),
        },
        when=lambda at: format_datetime(at, "short", rebase=False),
        on=lambda day: format_date(date.fromisoformat(day), "medium"),
        tabs=staff_tabs("admin"),
    )
