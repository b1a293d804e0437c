"""What is stored about the reader, or about the person an administrator was asked about."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import format_date, format_datetime

from lti_tool.overview.privacy import stored_about
from lti_tool.planning.privacy import ask_about_data
from lti_tool.plans.deadlines import KINDS
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page
from lti_tool.web.visits import this_visit


def add_privacy_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /privacy, and POST /privacy to ask for a copy or for erasure."""
    pages.get("/privacy", endpoint="privacy")(lambda: privacy_page(deps))

    @pages.post("/privacy")
    def ask_privacy() -> Answer:
        kind = request.form.get("kind", "")
        if kind not in KINDS:
            abort(400)
        visit = this_visit()
        with deps.database.write() as session:
            ask_about_data(session, visit.actor, _about(), kind, now=deps.now())
        return redirect(url_for("pages.privacy"), 303)


def privacy_page(deps: Deps) -> Answer:
    """The counts by kind; a calm page when nothing is stored about the person."""
    if not _about():
        return make_page("privacy", stored=None)
    with deps.database.read() as session:
        stored = stored_about(session, this_visit().actor, _about())
    return make_page(
        "privacy",
        stored=stored,
        waits=lambda kind: kind in stored.requests and stored.requests[kind].answered_at is None,
        when=lambda at: format_datetime(at, "short", rebase=False),
        day=lambda day: format_date(day, "medium"),
    )


def _about() -> int:
    """The person this visit asks about; 0 for somebody we know nothing of."""
    visit = this_visit()
    return int(visit.extra.get("about", visit.person_id))
