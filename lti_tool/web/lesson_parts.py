"""What is put into a lesson, and to whom it goes: resources, questions, addresses; its files."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.lesson_parts import file_of
from lti_tool.planning.giving import Address, give_lesson, take_back
from lti_tool.planning.groups import group_chosen
from lti_tool.planning.history import drop_draft
from lti_tool.planning.lesson_parts import add_part, add_question, move_part, remove_part, remove_question
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.filetypes import FileKind
from lti_tool.plans.lesson_draft import PartDraft, QuestionDraft
from lti_tool.plans.lessons import PartKind
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, sent, sent_id
from lti_tool.web.files import FILE, hand_out
from lti_tool.web.lessons import QUESTION, lesson_page
from lti_tool.web.uploads import MEGABYTE, receive
from lti_tool.web.visits import this_visit

PART = ("kind", "format", "name", "url", "work")
GIVE = ("person", "group", "to")
WITH_FILE = {PartKind.FILE: FileKind.FILE, PartKind.AUDIO: FileKind.AUDIO}


def add_lesson_part_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of what is in a lesson."""
    pages.post("/lessons/<int:lesson_id>/parts", endpoint="add_part")(
        lambda lesson_id: _part(deps, lesson_id)
    )
    pages.post("/lessons/<int:lesson_id>/questions", endpoint="add_question")(
        lambda lesson_id: _question(deps, lesson_id)
    )
    pages.post("/lessons/<int:lesson_id>/give", endpoint="give_lesson")(
        lambda lesson_id: _give(deps, lesson_id)
    )

    @pages.post("/lessons/<int:lesson_id>/parts/<int:part_id>/remove", endpoint="remove_part")
    def remove(lesson_id: int, part_id: int) -> Answer:
        with deps.database.write() as session:
            remove_part(session, this_visit().actor, lesson_id, part_id, now=deps.now())
        return _back(lesson_id, "parts")

    @pages.post("/lessons/<int:lesson_id>/parts/<int:part_id>/move", endpoint="move_part")
    def move(lesson_id: int, part_id: int) -> Answer:
        with deps.database.write() as session:
            move_part(session, this_visit().actor, lesson_id, part_id, now=deps.now())
        return _back(lesson_id, "parts")

    @pages.post("/lessons/<int:lesson_id>/questions/<int:question_id>/remove", endpoint="remove_question")
    def drop(lesson_id: int, question_id: int) -> Answer:
        with deps.database.write() as session:
            remove_question(session, this_visit().actor, lesson_id, question_id, now=deps.now())
        return _back(lesson_id, "questions")

    @pages.post("/lessons/given/<int:given_id>/end", endpoint="take_lesson_back")
    def back(given_id: int) -> Answer:
        with deps.database.write() as session:
            lesson_id = take_back(session, this_visit().actor, given_id, now=deps.now())
        return _back(lesson_id, "give")

    @pages.get("/lessons/<int:lesson_id>/parts/<int:part_id>/file", endpoint="lesson_file")
    def file(lesson_id: int, part_id: int) -> Answer:
        with deps.database.read() as session:
            stored = file_of(session, this_visit().actor, lesson_id, part_id)
        return hand_out(deps, stored, FILE)


def _part(deps: Deps, lesson_id: int) -> Answer:
    typed = sent(PART)
    kind = typed.get("kind")
    try:
        received = receive(deps, WITH_FILE[PartKind(kind)]) if kind in WITH_FILE else None
        with deps.database.write() as session:
            add_part(
                session,
                this_visit().actor,
                lesson_id,
                PartDraft(kind, typed.get("format"), typed.get("name"), typed.get("url"), sent_id("work")),
                received,
                once=request.form.get("once", ""),
                quota=deps.settings.portfolio_mb * MEGABYTE,
                now=deps.now(),
            )
    except Incomplete as incomplete:
        return _again(deps, lesson_id, "part", typed, incomplete)
    return _back(lesson_id, "parts")


def _question(deps: Deps, lesson_id: int) -> Answer:
    typed = sent(QUESTION)
    draft = QuestionDraft(*(typed.get(name) for name in QUESTION))
    try:
        with deps.database.write() as session:
            add_question(
                session,
                this_visit().actor,
                lesson_id,
                draft,
                once=request.form.get("once", ""),
                now=deps.now(),
            )
            drop_draft(session, this_visit().actor, f"question:{lesson_id}")
    except Incomplete as incomplete:
        return _again(deps, lesson_id, "question", typed, incomplete)
    return _back(lesson_id, "questions")


def _give(deps: Deps, lesson_id: int) -> Answer:
    typed, actor = sent(GIVE), this_visit().actor
    group = request.form.get("group", "")
    try:
        with deps.database.write() as session:
            group_id = group_chosen(session, actor, group, now=deps.now()).id if group else None
            everyone = request.form.get("everyone") == "1"
            to = Address(sent_id("person"), group_id, typed.get("to"), everyone)
            give_lesson(session, actor, lesson_id, to, now=deps.now())
    except Incomplete as incomplete:
        return _again(deps, lesson_id, "give", typed, incomplete)
    return _back(lesson_id, "give")


def _again(deps: Deps, lesson_id: int, form: str, typed: Typed, incomplete: Incomplete) -> Answer:
    return lesson_page(deps, lesson_id, {form: typed.refuse(incomplete.problems)}), 422


def _back(lesson_id: int, part: str) -> Answer:
    return redirect(url_for("pages.lesson", lesson_id=lesson_id, _anchor=part), 303)
