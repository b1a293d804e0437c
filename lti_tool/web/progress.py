"""How the sync run under way goes, for the progress bar: asked again and again until the run ends."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from lti_tool.overview.sync import sync_state
from lti_tool.web.charts import AsOf
from lti_tool.web.deps import Deps
from lti_tool.web.visits import this_visit


def add_progress_pages(pages: Blueprint, deps: Deps) -> None:
    """Add the fragment that htmx asks for."""

    @pages.get("/progress")
    def progress() -> Response:
        visit = this_visit()
        with deps.database.read() as session:
            state = sync_state(session, visit.actor, visit.context_id, now=deps.now())
        answer = make_response(
            render_template("partials/progress.html", sync=state, as_of=AsOf(state.as_of, state.today))
        )
        if state.run is None or request.args.get("step", state.run.step) != state.run.step:
            # The page around the bar has changed too, such as the step it stands in: htmx loads it again.
            answer.headers["HX-Refresh"] = "true"
        return answer
