"""Who is behind a request to a page, and whether they may: asked before every page, in one place."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request

from lti_tool.launch.session import COOKIE, Visit, load_visit, read_cookie
from lti_tool.plans.access import ROUTES, CourseOver, may_change_when_over, require
from lti_tool.web.deps import Deps


def make_pages_blueprint(deps: Deps) -> Blueprint:
    """The blueprint of all pages of a launch, `/s/<launch_id>/…`.

    The launch's id is taken out of the address before a view is called and put back by `url_for`.
    """
    pages = Blueprint("pages", __name__, url_prefix="/s/<launch_id>")

    @pages.url_value_preprocessor
    def take_launch_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.launch_id = (values or {}).pop("launch_id", "")

    @pages.url_defaults
    def give_launch_id(_endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("launch_id", g.get("launch_id", ""))

    @pages.before_request
    def ask_the_table() -> None:
        g.visit = load_visit(deps.database, deps.settings, request, g.launch_id, deps.now())
        g.by_cookie = bool(read_cookie(request, deps.settings, COOKIE))  # else a script shows our pictures
        act = ROUTES[request.endpoint or ""]
        if act is not None:
            require(g.visit.actor, act)
        if (
            request.method == "POST"
            and g.visit.read_only
            and not may_change_when_over(request.endpoint or "")
        ):
            raise CourseOver

    return pages


def this_visit() -> Visit:
    """The visit of the page being answered."""
    visit: Visit = g.visit
    return visit
