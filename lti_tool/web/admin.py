"""The administrator's page: registration, deployments, connections, what the sync runs did."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response
from flask_babel import format_date, format_datetime, gettext

from lti_tool.overview.admin import admin
from lti_tool.plans.translate import Translate
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

_: Translate = gettext


def add_admin_pages(pages: Blueprint, deps: Deps) -> None:
    """Add the one page of an administrator."""
    pages.get("/admin", endpoint="admin")(lambda: admin_page(deps))


def admin_page(deps: Deps) -> Response:
    """The state of the visitor's registration."""
    with deps.database.read() as session:
        found = admin(session, this_visit().actor, _)
    return make_page(
        "admin",
        admin=found,
        when=lambda at: format_datetime(at, "short", rebase=False),
        on=lambda day: format_date(date.fromisoformat(day), "medium"),
        tabs=staff_tabs("admin"),
    )
