"""Lessons on pages of staff: the course's list, what the goals need, and one with its head."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.lesson_needs import goals_by_topic, topics_here
from lti_tool.overview.lessons import course_lessons, lesson_choices, lesson_view
from lti_tool.planning.history import drop_draft
from lti_tool.planning.lessons import end_lesson, make_lesson, save_lesson
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.access import Act, may
from lti_tool.plans.compare import word_changes
from lti_tool.plans.lesson_draft import LessonDraft
from lti_tool.plans.lessons import PartKind
from lti_tool.plans.rounding import number_text
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.frame import staff_tabs
from lti_tool.web.learning import own_lesson_page, own_lessons_page
from lti_tool.web.lesson_words import lesson_words
from lti_tool.web.student import safe_address
from lti_tool.web.visits import this_visit

HEAD = ("title", "aim", "topic", "item_id", "after_id", "below")
QUESTION = ("qkind", "text", "options", "right", "feedback")
NEW = "lesson:new"


def add_lesson_pages(pages: Blueprint, deps: Deps) -> None:
    """The addresses of lessons; what a student sees behind the same ones is in web/learning.py."""

    @pages.get("/lessons", endpoint="lessons")
    def lessons() -> Answer:
        if not may(this_visit().actor, Act.MAKE_LESSON):
            return own_lessons_page(deps)
        with deps.database.read() as session:
            found = course_lessons(session, this_visit().actor)
        return _answer("lessons", lessons=found)

    @pages.get("/lessons/needed", endpoint="lessons_needed")
    def needed() -> Answer:
        with deps.database.read() as session:
            found = goals_by_topic(session, this_visit().actor)
        return _answer("lessons-needed", topics=found)

    @pages.route("/lessons/new", methods=["GET", "POST"], endpoint="new_lesson")
    def new() -> Answer:
        return _new(deps)

    @pages.get("/lessons/<int:lesson_id>", endpoint="lesson")
    def lesson(lesson_id: int) -> Answer:
        if not may(this_visit().actor, Act.MAKE_LESSON):
            return own_lesson_page(deps, lesson_id)
        return lesson_page(deps, lesson_id, {})

    @pages.post("/lessons/<int:lesson_id>", endpoint="save_lesson")
    def save(lesson_id: int) -> Answer:
        return _save(deps, lesson_id)

    @pages.post("/lessons/<int:lesson_id>/end", endpoint="end_lesson")
    def end(lesson_id: int) -> Answer:
        with deps.database.write() as session:
            end_lesson(session, this_visit().actor, lesson_id, now=deps.now())
        return redirect(url_for("pages.lesson", lesson_id=lesson_id), 303)


def lesson_page(
    deps: Deps, lesson_id: int, forms: Mapping[str, Typed], *, theirs: Mapping[str, str] | None = None
) -> Response:
    """A lesson where it is made. forms: `head`, `part`, `question` or `give` as it was sent, with errors."""
    actor = this_visit().actor
    with deps.database.read() as session:
        view = lesson_view(session, actor, lesson_id)
        choices = lesson_choices(session, actor, lesson_id)
        topics = topics_here(session, actor)
        ask = forms.get("question") or filled(session, f"question:{lesson_id}", dict.fromkeys(QUESTION, ""))
        head = forms.get("head") or filled(
            session, f"lesson:{lesson_id}", _stored(view.row), view.row.version
        )
    errors = {name: sentence for typed in forms.values() for name, sentence in typed.errors.items()}
    return _answer(
        "lesson-make",
        view=view,
        choices=choices,
        topics=topics,
        head=head,
        shows=request.form.getlist("shows") if "head" in forms else view.row.shows,
        forms={"question": ask, **{name: forms.get(name) or Typed({}) for name in ("part", "give")}},
        open=next(iter(forms), "question" if ask.from_draft else ""),
        errors=errors,
        differences=[
            word_changes(text, head.get(name))
            for name, text in (theirs or {}).items()
            if text != head.get(name)
        ],
        draft_name=f"lesson:{lesson_id}",
        kinds=part_kind_words(),
        most=deps.settings.upload_mb,
        once=secrets.token_urlsafe(12),
        day=lambda at: charts.day(at.date(), long=True),
        number=number_text,
        safe=safe_address,
    )


def part_kind_words() -> dict[str, str]:
    """Kind of a resource → what it is called."""
    return {
        PartKind.LINK: _("A page or video elsewhere"),
        PartKind.WORK: _("Work of this course"),
        PartKind.FILE: _("A file"),
        PartKind.AUDIO: _("A sound"),
    }


def _new(deps: Deps) -> Answer:
    actor = this_visit().actor
    if request.method == "GET":
        with deps.database.read() as session:
            stored = {**dict.fromkeys(HEAD, ""), "topic": request.args.get("topic", "")[:500]}
            typed = filled(session, NEW, stored)
        return _new_page(deps, typed, [])
    typed, shows = sent(HEAD), request.form.getlist("shows")
    try:
        with deps.database.write() as session:
            row = make_lesson(
                session, actor, _draft(typed, shows), once=request.form.get("once", ""), now=deps.now()
            )
            drop_draft(session, actor, NEW)
    except Incomplete as incomplete:
        return _new_page(deps, typed.refuse(incomplete.problems), shows), 422
    return redirect(url_for("pages.lesson", lesson_id=row.id), 303)


def _new_page(deps: Deps, typed: Typed, shows: list[str]) -> Response:
    with deps.database.read() as session:
        choices = lesson_choices(session, this_visit().actor)
        topics = topics_here(session, this_visit().actor)
    return _answer(
        "lesson-new",
        head=typed,
        shows=shows,
        errors=typed.errors,
        choices=choices,
        topics=topics,
        draft_name=NEW,
        once=request.form.get("once") or secrets.token_urlsafe(12),
    )


def _save(deps: Deps, lesson_id: int) -> Answer:
    actor, typed = this_visit().actor, sent(HEAD)
    draft = _draft(typed, request.form.getlist("shows"))
    try:
        with deps.database.write() as session:
            save_lesson(session, actor, lesson_id, draft, seen=typed.version, now=deps.now())
            drop_draft(session, actor, f"lesson:{lesson_id}")
    except Overtaken as overtaken:
        typed.version = overtaken.version
        return lesson_page(deps, lesson_id, {"head": typed}, theirs=overtaken.theirs), 409
    except Incomplete as incomplete:
        return lesson_page(deps, lesson_id, {"head": typed.refuse(incomplete.problems)}), 422
    return redirect(url_for("pages.lesson", lesson_id=lesson_id), 303)


def _draft(typed: Typed, shows: list[str]) -> LessonDraft:
    return LessonDraft(
        title=typed.get("title"),
        aim=typed.get("aim"),
        topic=typed.get("topic"),
        shows=tuple(shows),
        item_id=sent_id("item_id"),
        after_id=sent_id("after_id"),
        below=typed.get("below").strip(),
    )


def _stored(row: Any) -> dict[str, str]:
    return {
        "title": row.title,
        "aim": row.aim,
        "topic": row.topic,
        "item_id": str(row.item_id or ""),
        "after_id": str(row.after_id or ""),
        "below": "" if row.below is None else number_text(row.below),
    }


def _answer(name: str, **values: Any) -> Response:
    return make_response(
        render_template(f"pages/{name}.html", **{**lesson_words(), "tabs": staff_tabs("lessons"), **values})
    )
