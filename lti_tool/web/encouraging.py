"""The two small forms beside a check-in: a word of encouragement, and ideas for later (A26, B12)."""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.check_in import check_in_view
from lti_tool.planning.encouraging import encourage, let_career_note_go, note_career
from lti_tool.planning.history import drop_draft
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.mentoring import Readers
from lti_tool.web.check_ins import CAREER, check_in_page, form_address, sent_about, small_draft
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, sent, sent_id
from lti_tool.web.visits import this_visit

WORD = ("words", "about")


def add_encouraging_pages(pages: Blueprint, deps: Deps) -> None:
    """POST a word, ideas for later, and letting such ideas go."""

    @pages.post("/check-ins/<int:person_id>/words", endpoint="encourage")
    def word(person_id: int) -> Answer:
        typed = sent(WORD)
        try:
            with deps.database.write() as session:
                encourage(
                    session,
                    this_visit().actor,
                    person_id,
                    sent_id("course"),
                    typed.get("words"),
                    about=sent_about(typed.get("about")),
                    token=_token(),
                    now=deps.now(),
                )
                drop_draft(session, this_visit().actor, small_draft("word", person_id))
        except Incomplete as incomplete:
            return _again(deps, person_id, word=typed.refuse(incomplete.problems))
        return redirect(form_address(person_id, sent_id("course")) + "#sent", 303)

    @pages.post("/check-ins/<int:person_id>/later", endpoint="career_note")
    def later(person_id: int) -> Answer:
        typed = sent(CAREER)
        try:
            with deps.database.write() as session:
                note_career(
                    session,
                    this_visit().actor,
                    person_id,
                    sent_id("course"),
                    **typed.fields,
                    token=_token(),
                    now=deps.now(),
                )
                drop_draft(session, this_visit().actor, small_draft("career", person_id))
        except Incomplete as incomplete:
            return _again(deps, person_id, career=typed.refuse(incomplete.problems))
        return redirect(form_address(person_id, sent_id("course")) + "#later", 303)

    @pages.post("/check-ins/<int:person_id>/later/<int:note_id>/go", endpoint="let_career_note_go")
    def let_go(person_id: int, note_id: int) -> Answer:
        with deps.database.write() as session:
            let_career_note_go(
                session, this_visit().actor, note_id, person_id, sent_id("course"), now=deps.now()
            )
        return redirect(form_address(person_id, sent_id("course")) + "#later", 303)


def _token() -> str:
    return request.form.get("token", "")[:32] or secrets.token_urlsafe(12)


def _again(deps: Deps, person_id: int, *, word: Typed | None = None, career: Typed | None = None) -> Answer:
    with deps.database.read() as session:
        view = check_in_view(session, this_visit().actor, person_id, sent_id("course"), now=deps.now())
    return check_in_page(
        view, Typed({"readers": Readers.SCHOOL.value}), token=_token(), word=word, career=career
    ), 422
