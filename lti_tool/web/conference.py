"""One conference: the screen to sit in front of together, what was agreed, the sheets, a student's talks."""

from __future__ import annotations

import re
import secrets
from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.changes import changes_of
from lti_tool.overview.conference import (
    ConferenceView,
    conference_view,
    sheets,
)
from lti_tool.overview.mentoring import own_mentoring
from lti_tool.overview.place import place
from lti_tool.overview.talks import own_talks
from lti_tool.planning.conferences import hold, save_notes
from lti_tool.planning.history import drop_draft
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.compare import word_changes
from lti_tool.plans.conference import may_undo, role_words
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent
from lti_tool.web.frame import staff_tabs
from lti_tool.web.profile_words import profile_words
from lti_tool.web.student import safe_address, student_tabs
from lti_tool.web.visits import this_visit

NOTES = ("notes", "summary")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def add_conference_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of one conference, of the printed sheets, and of a student's own talks."""
    pages.get("/conferences/sheets", endpoint="sheets")(lambda: _sheets(deps))
    pages.get("/talks", endpoint="talks")(lambda: talks_page(deps))

    @pages.route("/conferences/<int:conference_id>", methods=["GET", "POST"], endpoint="conference")
    def conference(conference_id: int) -> Answer:
        return _conference(deps, conference_id)

    @pages.post("/conferences/<int:conference_id>/done", endpoint="conference_done")
    def done(conference_id: int) -> Answer:
        return _done(deps, conference_id)


def _conference(deps: Deps, conference_id: int) -> Answer:
    name = f"conference:{conference_id}"
    actor = this_visit().actor
    with deps.database.read() as session:
        view = conference_view(session, actor, conference_id, now=deps.now())
        stored = {field: getattr(view.talk, field) for field in NOTES}
        if request.method == "GET":
            return _page(deps, view, filled(session, name, stored, view.talk.version))
    typed = sent(NOTES)
    try:
        with deps.database.write() as session:
            save_notes(session, actor, conference_id, typed.fields, typed.version, now=deps.now())
            drop_draft(session, actor, name)
    except Overtaken as overtaken:
        typed.version = overtaken.version
        return _page(deps, view, typed, theirs=overtaken.theirs), 409
    except Incomplete as incomplete:
        return _page(deps, view, typed.refuse(incomplete.problems)), 422
    return redirect(url_for("pages.conference", conference_id=conference_id) + "#notes-head", 303)


def again(deps: Deps, conference_id: int, problem: tuple[int, str]) -> Response:
    """The screen as it is stored, with what is wrong beside one agreement."""
    with deps.database.read() as session:
        view = conference_view(session, this_visit().actor, conference_id, now=deps.now())
    stored = {field: getattr(view.talk, field) for field in NOTES}
    return _page(deps, view, Typed(stored, view.talk.version), problem=problem)


def _done(deps: Deps, conference_id: int) -> Answer:
    actor, now = this_visit().actor, deps.now()
    next_on = request.form.get("next_on", "")
    with deps.database.read() as session:
        today = now.astimezone(place(session, actor, actor.context_id).zone).date()
    try:
        with deps.database.write() as session:
            hold(
                session,
                actor,
                conference_id,
                came=frozenset(request.form.getlist("came")),
                next_on=_day(next_on),
                today=today,
                now=now,
            )
    except Incomplete as incomplete:
        return refused_page(deps, conference_id, incomplete)
    return redirect(url_for("pages.conferences"), 303)


def refused_page(deps: Deps, conference_id: int, incomplete: Incomplete) -> Answer:
    with deps.database.read() as session:
        view = conference_view(session, this_visit().actor, conference_id, now=deps.now())
    stored = {field: getattr(view.talk, field) for field in NOTES}
    typed = Typed({**stored, **request.form.to_dict()}, view.talk.version).refuse(incomplete.problems)
    return _page(deps, view, typed), 422


def _page(
    deps: Deps,
    view: ConferenceView,
    typed: Typed,
    *,
    theirs: dict[str, str] | None = None,
    problem: tuple[int, str] = (0, ""),
) -> Response:
    visit = this_visit()
    now = deps.now()
    with deps.database.read() as session:
        here = place(session, visit.actor, visit.context_id)
        history = changes_of(session, visit.registration_id, "conference", view.talk.id, zone=here.zone)
    roles = [role for role in role_words(_) if role in view.talk.came]
    return make_response(
        render_template(
            "pages/conference.html",
            view=view,
            talk=view.talk,
            typed=typed,
            errors=typed.errors,
            differences=[
                word_changes(text, typed.get(field))
                for field, text in (theirs or {}).items()
                if text != typed.get(field)
            ],
            draft_name=f"conference:{view.talk.id}",
            roles=roles,
            history=[one for one in history if one.what == "noted"],
            problem_of=problem[0],
            problem=problem[1],
            rewording=request.form if "seen" in request.form and problem[0] else {},
            once=secrets.token_urlsafe(12),
            may_undo=lambda one: view.own and not one.undone and may_undo(one.made_at, now),
            next_typed=request.form.get(
                "next_on", view.talk.next_on.isoformat() if view.talk.next_on else ""
            ),
            together=True,
            **_words(),
            tabs=student_tabs("talks") if view.own else [],
            reader=True,
        )
    )


def _words() -> dict[str, object]:
    return {
        "words": profile_words(),
        "role_words": role_words(_),
        "safe": safe_address,
        "when": charts.day_and_time,
        "day": lambda on: charts.day(on, long=True, weekday=True),
    }


def _sheets(deps: Deps) -> Response:
    with deps.database.read() as session:
        found = sheets(session, this_visit().actor, now=deps.now())
    return make_response(
        render_template(
            "pages/sheets.html", views=found, **_words(), tabs=staff_tabs("conferences"), reader=True
        )
    )


def talks_page(deps: Deps, problem: str = "") -> Response:
    with deps.database.read() as session:
        talks = own_talks(session, this_visit().actor)
        beside = own_mentoring(session, this_visit().actor)
    return make_response(
        render_template(
            "pages/talks.html",
            talks=talks,
            problem=problem,
            notes=beside.notes,
            careers=beside.careers,
            kind_words=beside.words,
            helpers=beside.helpers,
            **_words(),
            tabs=student_tabs("talks"),
            reader=True,
        )
    )


def _day(typed: str) -> date | None:
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed) if _DAY.fullmatch(typed) else date.min
    except ValueError:
        return date.min  # refused beside the field
