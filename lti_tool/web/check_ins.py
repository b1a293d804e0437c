"""Check-ins: the queue over all of an adult's students, the two-minute form, and how often (B12)."""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.check_in import CheckInView, check_in_view
from lti_tool.overview.check_ins import Queue, queue
from lti_tool.overview.handover import anybody_left
from lti_tool.overview.quiet import quiet_students
from lti_tool.planning.cadences import set_cadence, set_cadence_of_student
from lti_tool.planning.checkins import CheckInDraft, note_check_in
from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import drop_draft
from lti_tool.planning.notes import note_read
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Act, may
from lti_tool.plans.checkins import Turn
from lti_tool.plans.conference import role_words
from lti_tool.plans.mentoring import Readers, cadence_words, readers_words
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

TEXTS = ("well", "hard", "agreed")
FIELDS = (*TEXTS, "next_on", "readers")
CAREER = ("interest", "courses", "activities")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def add_check_in_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /check-ins, the form with one student, and the two forms of how often."""
    pages.get("/check-ins", endpoint="check_ins")(lambda: _queue_page(deps))

    @pages.route("/check-ins/<int:person_id>", methods=["GET", "POST"], endpoint="check_in_with")
    def check_in(person_id: int) -> Answer:
        return _form(deps, person_id) if request.method == "GET" else _save(deps, person_id)

    @pages.post("/check-ins/cadence", endpoint="cadence")
    def cadence() -> Answer:
        scope = request.form.get("scope", "")
        with deps.database.write() as session:
            set_cadence(
                session,
                this_visit().actor,
                (scope, sent_id("id") or 0),
                request.form.get("cadence", ""),
                now=deps.now(),
            )
        return redirect(url_for("pages.check_ins"), 303)

    @pages.post("/check-ins/<int:person_id>/cadence", endpoint="cadence_of_student")
    def own_cadence(person_id: int) -> Answer:
        with deps.database.write() as session:
            set_cadence_of_student(
                session,
                this_visit().actor,
                person_id,
                sent_id("course"),
                request.form.get("cadence", ""),
                now=deps.now(),
            )
        return redirect(form_address(person_id, sent_id("course")), 303)


def form_address(person_id: int, context_id: int | None) -> str:
    """Where the check-in with a student is; a teacher's names its course."""
    return url_for("pages.check_in_with", person_id=person_id, course=context_id)


def _queue_page(deps: Deps) -> Response:
    actor = this_visit().actor
    with deps.database.read() as session:
        found = queue(session, actor, now=deps.now())
        here = may(actor, Act.SEE_BOARD) and actor.context_id is not None
        quiet = quiet_students(session, actor, now=deps.now()) if here else []
        left = here and anybody_left(session, actor)
    return make_page(
        "check-ins", **queue_words(found), quiet=quiet, some_left=left, tabs=staff_tabs("check-ins")
    )


def queue_words(found: Queue) -> dict[str, Any]:
    """What the page of the queue shows."""
    heads = {
        Turn.MISSED: _("Waiting for a while"),
        Turn.DUE: _("Now"),
        Turn.SOON: _("In the next days"),
        Turn.DONE: _("Later"),
    }
    return {
        "queue": found,
        "groups": [(turn, words, found.of(turn)) for turn, words in heads.items()],
        "cadences": cadence_words(_),
        "role_words": role_words(_),
        "day": lambda on: charts.day(on, weekday=True),
        "address": form_address,
    }


def _name(person_id: int) -> str:
    return f"check-in:{sent_id('course') or 0}:{person_id}"


def small_draft(kind: str, person_id: int) -> str:
    """What a small form beside the check-in is kept under; kind: `word` or `career`."""
    return f"{kind}:{sent_id('course') or 0}:{person_id}"


def _form(deps: Deps, person_id: int) -> Answer:
    with deps.database.read() as session:
        view = check_in_view(session, this_visit().actor, person_id, sent_id("course"), now=deps.now())
        stored = {**dict.fromkeys(TEXTS, ""), "next_on": "", "readers": Readers.SCHOOL.value}
        typed = filled(session, _name(person_id), stored)
        about = {"words": "", "about": request.args.get("about", "")}
        word = filled(session, small_draft("word", person_id), about)
        career = filled(session, small_draft("career", person_id), dict.fromkeys(CAREER, ""))
    if view.bond.role != "teacher":  # reads by counselors and mentors are in the log
        with deps.database.write() as session:
            note_read(session, this_visit().actor, person_id, now=deps.now(), role=view.bond.role)
    return check_in_page(view, typed, word=word, career=career)


def check_in_page(
    view: CheckInView,
    typed: Typed,
    *,
    word: Typed | None = None,
    career: Typed | None = None,
    talked: list[str] | None = None,
    token: str = "",
) -> Response:
    """The page of one student's check-in; word, career: its two small forms as they were sent."""
    page = render_template(
        "pages/check-in.html",
        view=view,
        typed=typed,
        errors=typed.errors,
        word=word or Typed({}),
        career=career or Typed({}),
        talked=talked or [],
        token=token or secrets.token_urlsafe(12),
        draft_name=_name(view.bond.student.id),
        word_draft=small_draft("word", view.bond.student.id),
        career_draft=small_draft("career", view.bond.student.id),
        course=view.bond.context_id,
        cadences=cadence_words(_),
        readers_words=readers_words(_, families=this_visit().families),
        role_words=role_words(_),
        day=lambda on: charts.day(on, today=view.today, long=True),
        tabs=staff_tabs("check-ins"),
    )
    return make_response(page)


def _save(deps: Deps, person_id: int) -> Answer:
    actor, typed = this_visit().actor, sent(FIELDS)
    token, talked = request.form.get("token", "")[:32], request.form.getlist("talked")[:40]
    with deps.database.read() as session:
        view = check_in_view(session, actor, person_id, sent_id("course"), now=deps.now())
    next_on = day_of(typed.get("next_on"))
    if typed.get("next_on") and next_on is None:
        typed.errors["next_on"] = _("Write the day like this: 2026-03-23.")
        return check_in_page(view, typed, talked=talked, token=token), 422
    draft = CheckInDraft(
        **{name: typed.get(name) for name in TEXTS},
        lines=talked,
        next_on=next_on,
        readers=typed.get("readers"),
    )
    try:
        with deps.database.write() as session:
            note_check_in(
                session,
                actor,
                person_id,
                sent_id("course"),
                draft,
                token=token or secrets.token_urlsafe(12),
                now=deps.now(),
            )
            drop_draft(session, actor, _name(person_id))
    except Incomplete as incomplete:
        return check_in_page(view, typed.refuse(incomplete.problems), talked=talked, token=token), 422
    return redirect(url_for("pages.check_ins"), 303)


def day_of(typed: str) -> date | None:
    """A day as a browser sends it; None for anything else."""
    try:
        return date.fromisoformat(typed) if _DAY.fullmatch(typed) else None
    except ValueError:
        return None


def sent_about(typed: str) -> tuple[str, int] | None:
    """What a word is about, such as `goal-12`; None for the whole plan. Raises NotFound."""
    if not typed:
        return None
    kind, _dash, number = typed.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 11):
        raise NotFound
    return kind, int(number)
