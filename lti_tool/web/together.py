"""The screen of a group in class, and a student's own groups with what each of them may see (B8)."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.peers import own_pairs
from lti_tool.overview.together import group_screen, own_groups, today_of
from lti_tool.planning.history import drop_draft
from lti_tool.planning.leading import ask_to_check
from lti_tool.planning.sharing import share_with_group
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Act, may
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.fields import ids_ticked
from lti_tool.web.frame import Tab, staff_tabs
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit


def add_together_pages(pages: Blueprint, deps: Deps) -> None:
    """A group's screen, the note to the teacher, and what a student shows."""

    @pages.get("/together/<int:group_id>", endpoint="together")
    def together(group_id: int) -> Answer:
        return _screen(deps, group_id, None)

    @pages.post("/together/<int:group_id>/note", endpoint="ask_to_check")
    def ask(group_id: int) -> Answer:
        actor, typed = this_visit().actor, sent(("words", "about"))
        try:
            with deps.database.write() as session:
                ask_to_check(
                    session,
                    actor,
                    group_id,
                    sent_id("about"),
                    typed.get("words"),
                    once=request.form.get("once", ""),
                    today=today_of(session, actor, deps.now()),
                    now=deps.now(),
                )
                drop_draft(session, actor, _draft(group_id))
        except Incomplete as incomplete:
            return _screen(deps, group_id, typed.refuse(incomplete.problems)), 422
        return redirect(url_for("pages.together", group_id=group_id, told="1"), 303)

    @pages.post("/together/<int:group_id>/share", endpoint="share_with_group")
    def share(group_id: int) -> Answer:
        with deps.database.write() as session:
            share_with_group(session, this_visit().actor, group_id, ids_ticked("goal"), now=deps.now())
        return redirect(url_for("pages.groups"), 303)


def own_groups_page(deps: Deps) -> Response:
    """A student's groups: what each is for, and which of their goals it sees."""
    actor = this_visit().actor
    with deps.database.read() as session:
        groups = own_groups(session, actor, now=deps.now())
        peers = own_pairs(session, actor, now=deps.now())
    return make_response(
        render_template(
            "pages/own-groups.html",
            groups=groups,
            peers=peers,
            goals=peers.goals,
            day=lambda on: charts.day(on, long=True),
            tabs=student_tabs("groups"),
            reader=True,
        )
    )


def _draft(group_id: int) -> str:
    return f"group-note:{group_id}"


def _screen(deps: Deps, group_id: int, typed: Typed | None) -> Response:
    with deps.database.read() as session:
        view = group_screen(session, this_visit().actor, group_id, now=deps.now())
        typed = typed or filled(session, _draft(group_id), {"words": "", "about": ""})
    values: dict[str, Any] = {
        "view": view,
        "typed": typed,
        "errors": typed.errors,
        "draft_name": _draft(group_id),
        "told": request.args.get("told") == "1",
        "once": request.form.get("once") or secrets.token_urlsafe(12),
    }
    return make_response(
        render_template("pages/together.html", **values, tabs=_tabs(), reader=True, together=True)
    )


def _tabs() -> list[Tab]:
    if may(this_visit().actor, Act.MANAGE_GROUPS):
        return staff_tabs("groups")
    return student_tabs("groups")
