"""Peer mentors on pages: the pairs of a course, a student's yes or no, what a mentor sees (B14)."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.peers import course_pairs, mentors_view
from lti_tool.overview.together import today_of
from lti_tool.planning.history import drop_draft
from lti_tool.planning.notes import note_read
from lti_tool.planning.peers import (
    answer_pair,
    end_pair,
    mentor_asks_to_check,
    offer_to_mentor,
    pair,
    share_with_mentor,
)
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Act, may
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.fields import day_typed, ids_ticked
from lti_tool.web.frame import staff_tabs
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit

PAIR = ("mentor", "mentee", "until")


def add_peer_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of peer mentors."""
    pages.get("/peers", endpoint="peers")(lambda: _course(deps, Typed({})))
    pages.post("/peers", endpoint="new_pair")(lambda: _pair(deps))
    pages.get("/peers/<int:peer_id>", endpoint="mentee")(lambda peer_id: _mentee(deps, peer_id, None))

    @pages.post("/peers/offer", endpoint="offer_to_mentor")
    def offer() -> Answer:
        wanted = request.form.get("offer") == "1"
        with deps.database.write() as session:
            offer_to_mentor(session, this_visit().actor, offer=wanted, now=deps.now())
        return _own()

    @pages.post("/peers/<int:peer_id>/answer", endpoint="answer_pair")
    def answer(peer_id: int) -> Answer:
        yes = request.form.get("yes") == "1"
        _do(deps, lambda session, actor, when: answer_pair(session, actor, peer_id, yes=yes, **when))
        return _own()

    @pages.post("/peers/<int:peer_id>/share", endpoint="share_with_mentor")
    def share(peer_id: int) -> Answer:
        goals = ids_ticked("goal")
        _do(deps, lambda session, actor, when: share_with_mentor(session, actor, peer_id, goals, **when))
        return _own()

    @pages.post("/peers/<int:peer_id>/end", endpoint="end_pair")
    def end(peer_id: int) -> Answer:
        _do(deps, lambda session, actor, when: end_pair(session, actor, peer_id, **when))
        if may(this_visit().actor, Act.MANAGE_GROUPS):
            return redirect(url_for("pages.peers"), 303)
        return _own()

    @pages.post("/peers/<int:peer_id>/note", endpoint="mentor_asks_to_check")
    def ask(peer_id: int) -> Answer:
        typed, once = sent(("words",)), request.form.get("once", "")
        try:
            _do(
                deps,
                lambda session, actor, when: mentor_asks_to_check(
                    session, actor, peer_id, typed.get("words"), once=once, **when
                ),
            )
            with deps.database.write() as session:
                drop_draft(session, this_visit().actor, _draft(peer_id))
        except Incomplete as incomplete:
            return _mentee(deps, peer_id, typed.refuse(incomplete.problems)), 422
        return redirect(url_for("pages.mentee", peer_id=peer_id, told="1"), 303)


def _do(deps: Deps, act: Any) -> None:
    actor = this_visit().actor
    with deps.database.write() as session:
        act(session, actor, {"today": today_of(session, actor, deps.now()), "now": deps.now()})


def _own() -> Answer:
    return redirect(url_for("pages.groups", _anchor="h-peers"), 303)


def _pair(deps: Deps) -> Answer:
    typed = sent(PAIR)
    mentor, mentee, until = sent_id("mentor"), sent_id("mentee"), day_typed(typed.get("until"))
    if mentor is None or mentee is None:
        for name in ("mentor", "mentee"):
            if sent_id(name) is None:
                typed.errors[name] = _("Choose a student.")
        return _course(deps, typed), 422
    try:
        _do(
            deps,
            lambda session, actor, when: pair(session, actor, mentor, mentee, until=until, **when),
        )
    except Incomplete as incomplete:
        return _course(deps, typed.refuse(incomplete.problems)), 422
    return redirect(url_for("pages.peers"), 303)


def _course(deps: Deps, typed: Typed) -> Response:
    with deps.database.read() as session:
        found = course_pairs(session, this_visit().actor, now=deps.now())
    return _answer("peers", view=found, typed=typed, errors=typed.errors, tabs=staff_tabs("groups"))


def _draft(peer_id: int) -> str:
    return f"peer-note:{peer_id}"


def _mentee(deps: Deps, peer_id: int, typed: Typed | None) -> Response:
    actor, now = this_visit().actor, deps.now()
    with deps.database.read() as session:
        found = mentors_view(session, actor, peer_id, now=now)
        typed = typed or filled(session, _draft(peer_id), {"words": ""})
    if request.method == "GET":
        with deps.database.write() as session:
            note_read(session, actor, found.mentee_id, now=now, role="peer")
    return _answer(
        "mentee",
        one=found,
        typed=typed,
        errors=typed.errors,
        draft_name=_draft(peer_id),
        told=request.args.get("told") == "1",
        once=request.form.get("once") or secrets.token_urlsafe(12),
        tabs=student_tabs("groups"),
        reader=True,
    )


def _answer(name: str, **values: Any) -> Response:
    return make_response(
        render_template(f"pages/{name}.html", day=lambda on: charts.day(on, long=True), **values)
    )
