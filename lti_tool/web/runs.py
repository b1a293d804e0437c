"""How reading goes: the list of a course's sync runs, one of them, and the board's own pulse."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.run_words import duration_words
from lti_tool.overview.runs import one_run, runs
from lti_tool.overview.sync import sync_state
from lti_tool.planning.watching import note_open_board
from lti_tool.web.charts import AsOf
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit


def add_run_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of reading."""
    pages.get("/runs", endpoint="runs")(lambda: runs_page(deps))

    @pages.get("/runs/<run_id>")
    def run(run_id: str) -> Answer:
        visit = this_visit()
        with deps.database.read() as session:
            found = one_run(session, visit.actor, visit.context_id, run_id, now=deps.now())
        return make_page(
            "run",
            found=found,
            when=lambda at: AsOf(at, found.today).words,
            duration=duration_words,
            tabs=staff_tabs("setup"),
        )

    @pages.post("/pulse")
    def pulse() -> Response:
        """The board is still open; says as of when grades are, and whether there are newer ones to see."""
        visit = this_visit()
        with deps.database.write() as session:
            note_open_board(session, visit.actor, now=deps.now())
        with deps.database.read() as session:
            state = sync_state(session, visit.actor, visit.context_id, now=deps.now())
        shown = request.args.get("shown", "")
        return make_response(
            render_template(
                "partials/pulse.html",
                sync=state,
                as_of=AsOf(state.as_of, state.today),
                shown=shown,
                newer=_newer(state.as_of, shown),
            )
        )


def runs_page(deps: Deps) -> Answer:
    """The list of runs, the newest first."""
    visit = this_visit()
    page = request.args.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    with deps.database.read() as session:
        found = runs(session, visit.actor, visit.context_id, page=number, now=deps.now())
    return make_page(
        "runs",
        runs=found,
        when=lambda at: AsOf(at, found.today).words,
        duration=duration_words,
        tabs=staff_tabs("setup"),
    )


def _newer(as_of: datetime | None, shown: str) -> bool:
    """Whether grades were read after what the page shows. shown: an ISO time, empty before the first."""
    if as_of is None:
        return False
    try:
        return not shown or as_of > datetime.fromisoformat(shown)
    except (ValueError, TypeError):
        return False
