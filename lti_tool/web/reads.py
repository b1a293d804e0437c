"""Who has read a plan, for the student whose it is and for staff of their course."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import format_datetime

from lti_tool.overview.reads import Reads, own_reads, reads_of
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit


def add_reads_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /reads, and GET /students/<person_id>/reads."""

    @pages.get("/reads")
    def reads() -> Response:
        with deps.database.read() as session:
            return _page(own_reads(session, this_visit().actor), own=True)

    @pages.get("/students/<int:person_id>/reads")
    def reads_of_student(person_id: int) -> Response:
        with deps.database.read() as session:
            return _page(reads_of(session, this_visit().actor, person_id), own=False)


def _page(found: Reads, *, own: bool) -> Response:
    return make_page(
        "reads",
        reads=found,
        own=own,
        reader=own,
        tabs=[] if own else staff_tabs(),
        when=lambda at: format_datetime(at, "short", rebase=False),
    )
