"""What pages have in common: the answer, and the tabs of the people who see several pages."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _

from lti_tool.launch.link_targets import FIELD, landing_note, target_of
from lti_tool.plans.access import Act, may
from lti_tool.web.visits import this_visit

Tab = tuple[str, str, bool]
STANDS_BY = ("assigned", "check-ins", "todo")  # the pages of somebody who reads whole plans


def make_page(name: str, **values: Any) -> Response:
    """A page of templates/pages as an answer; the first page says why a link led here, if it must."""
    if request.endpoint == "pages.home":
        visit = this_visit()
        values["landing_note"] = landing_note(target_of({FIELD: visit.extra.get(FIELD, "")}), visit.role)
    return make_response(render_template(f"pages/{name}.html", **values))


def staff_tabs(current: str = "", *, started: bool = True) -> list[Tab]:
    """(words, address, whether it is this page) of the pages this person may open; none where it is one.

    current: `board`, `todo`, `check-ins`, `assigned`, `conferences`, `lessons`, `groups`, `setup`, `admin`
    or `support`.
    """
    visit = this_visit()
    tabs = []
    if not may(visit.actor, Act.SEE_BOARD) and current in STANDS_BY:
        tabs.append((_("Your students"), url_for("pages.assigned"), current == "assigned"))
        tabs.append((_("Check-ins"), url_for("pages.check_ins"), current == "check-ins"))
        tabs.append((_("My steps"), url_for("pages.todo_list"), current == "todo"))
    if visit.context_id is not None and may(visit.actor, Act.SEE_BOARD) and started:
        tabs.append((_("Students"), url_for("pages.board"), current == "board"))
    if visit.context_id is not None and may(visit.actor, Act.SEE_BOARD) and started:
        tabs.append((_("My steps"), url_for("pages.todo_list"), current == "todo"))
        tabs.append((_("Check-ins"), url_for("pages.check_ins"), current == "check-ins"))
        tabs.append((_("Conferences"), url_for("pages.conferences"), current == "conferences"))
        tabs.append((_("Lessons"), url_for("pages.lessons"), current == "lessons"))
        tabs.append((_("Groups"), url_for("pages.groups"), current == "groups"))
    if visit.context_id is not None and may(visit.actor, Act.START_PLANS):
        tabs.append((_("Set up"), url_for("pages.setup"), current == "setup"))
    if may(visit.actor, Act.SEE_ADMIN):
        tabs.append((_("Administration"), url_for("pages.admin"), current == "admin"))
    if may(visit.actor, Act.MANAGE_SUPPORT):
        tabs.append((_("People who help"), url_for("pages.support"), current == "support"))
    return tabs if len(tabs) > 1 else []
