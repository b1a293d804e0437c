"""The form in which the author of a check-in's note corrects it (A24, B12)."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.check_in import check_in_view
from lti_tool.planning.checkins import CheckInDraft
from lti_tool.planning.correcting import TEXTS, correct_note, own_note, words_of
from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import drop_draft
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.compare import word_changes
from lti_tool.plans.mentoring import readers_words
from lti_tool.web import charts
from lti_tool.web.check_ins import day_of, form_address
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent
from lti_tool.web.frame import staff_tabs
from lti_tool.web.visits import this_visit

FIELDS = (*TEXTS, "next_on", "readers", "why")


def add_correcting_pages(pages: Blueprint, deps: Deps) -> None:
    """GET and POST /check-ins/notes/<id>."""

    @pages.route("/check-ins/notes/<int:note_id>", methods=["GET", "POST"], endpoint="correct_note")
    def correct(note_id: int) -> Answer:
        if request.method == "POST":
            return _save(deps, note_id)
        with deps.database.read() as session:
            row = own_note(session, this_visit().actor, note_id)
            typed = filled(session, f"note:{note_id}", {**words_of(row), "why": ""}, row.version)
        return _page(deps, note_id, typed)


def _save(deps: Deps, note_id: int) -> Answer:
    actor, typed = this_visit().actor, sent(FIELDS)
    next_on = day_of(typed.get("next_on"))
    if typed.get("next_on") and next_on is None:
        typed.errors["next_on"] = _("Write the day like this: 2026-03-23.")
        return _page(deps, note_id, typed), 422
    draft = CheckInDraft(
        **{name: typed.get(name) for name in TEXTS}, next_on=next_on, readers=typed.get("readers")
    )
    try:
        with deps.database.write() as session:
            row = correct_note(
                session, actor, note_id, draft, why=typed.get("why"), seen=typed.version, now=deps.now()
            )
            drop_draft(session, actor, f"note:{note_id}")
            back = form_address(row.person_id, row.context_id) + "#h-before"
    except Overtaken as overtaken:
        typed.version = overtaken.version
        return _page(deps, note_id, typed, theirs=overtaken.theirs), 409
    except Incomplete as incomplete:
        return _page(deps, note_id, typed.refuse(incomplete.problems)), 422
    return redirect(back, 303)


def _page(deps: Deps, note_id: int, typed: Typed, *, theirs: dict[str, str] | None = None) -> Response:
    with deps.database.read() as session:
        row = own_note(session, this_visit().actor, note_id)
        view = check_in_view(session, this_visit().actor, row.person_id, row.context_id, now=deps.now())
    said = [one for one in view.notes if one.id == note_id]
    if not said:
        raise NotFound  # so old that it is not shown any more
    page = render_template(
        "pages/check-in-correct.html",
        view=view,
        one=said[0],
        typed=typed,
        errors=typed.errors,
        draft_name=f"note:{note_id}",
        back=form_address(row.person_id, row.context_id) + "#h-before",
        readers_words=readers_words(_, families=this_visit().families),
        day=lambda on: charts.day(on, today=view.today, long=True),
        tabs=staff_tabs("check-ins"),
        differences=[
            word_changes(text, typed.get(name))
            for name, text in (theirs or {}).items()
            if name in TEXTS and text != typed.get(name)
        ],
    )
    return make_response(page)
