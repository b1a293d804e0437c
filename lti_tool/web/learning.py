"""A student's lessons on pages: the list, one to do, and the choice board of a goal (A21, A23, B9)."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.choice_board import choice_board
from lti_tool.overview.goal import goal_view
from lti_tool.overview.own_lessons import (
    LessonToDo,
    lesson_to_do,
    own_lessons,
    suggestion_now,
)
from lti_tool.planning.giving import answer_lesson
from lti_tool.planning.history import drop_draft, keep_draft
from lti_tool.planning.learning import check_answers, finish_lesson, pick_way
from lti_tool.planning.texts import Incomplete
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.goal_words import goal_page
from lti_tool.web.lesson_words import lesson_words
from lti_tool.web.student import safe_address, student_tabs
from lti_tool.web.visits import this_visit


def add_learning_pages(pages: Blueprint, deps: Deps) -> None:
    """What a student sends about lessons, and the choice board of a goal."""

    @pages.post("/lessons/<int:lesson_id>/way", endpoint="pick_way")
    def pick(lesson_id: int) -> Answer:
        part_id, goal_id = sent_id("part"), sent_id("goal")
        show = request.form.get("show", "") if part_id is None else ""
        with deps.database.write() as session:
            pick_way(
                session,
                this_visit().actor,
                lesson_id,
                part_id=part_id,
                show=show[:16],
                goal_id=goal_id,
                now=deps.now(),
            )
        if goal_id is not None:
            return redirect(url_for("pages.ways", goal_id=goal_id, _anchor=f"lesson-{lesson_id}"), 303)
        return redirect(url_for("pages.lesson", lesson_id=lesson_id, _anchor="ways"), 303)

    @pages.post("/lessons/<int:lesson_id>/check", endpoint="check_lesson")
    def check(lesson_id: int) -> Answer:
        return _check(deps, lesson_id)

    @pages.post("/lessons/<int:lesson_id>/suggestion", endpoint="answer_lesson")
    def answer(lesson_id: int) -> Answer:
        actor, take = this_visit().actor, request.form.get("take") == "yes"
        with deps.database.write() as session:
            because = suggestion_now(session, actor, lesson_id)
            answer_lesson(session, actor, lesson_id, because.percent, take=take, now=deps.now())
        if take:
            return redirect(url_for("pages.lesson", lesson_id=lesson_id), 303)
        return redirect(url_for("pages.lessons"), 303)

    @pages.get("/goals/<int:goal_id>/ways", endpoint="ways")
    def ways(goal_id: int) -> Answer:
        actor = this_visit().actor
        with deps.database.read() as session:
            board = choice_board(session, actor, goal_id)
            goal = goal_view(session, actor, goal_id, now=deps.now())
        return _answer("ways", board=board, reach=goal_page(goal)["reach"])


def own_lessons_page(deps: Deps) -> Response:
    """The student's lessons, and those a rule suggests with the reason."""
    with deps.database.read() as session:
        found = own_lessons(session, this_visit().actor)
    return _answer("own-lessons", found=found, day=lambda at: charts.day(at.date(), long=True))


def own_lesson_page(deps: Deps, lesson_id: int, typed: Typed | None = None) -> Response:
    """One lesson to do. What was typed and not sent yet is there again."""
    with deps.database.read() as session:
        view = lesson_to_do(session, this_visit().actor, lesson_id)
        typed = typed or filled(session, f"learn:{lesson_id}", _stored(view))
    return _answer(
        "lesson",
        view=view,
        one=view.lesson,
        typed=typed,
        errors=typed.errors,
        draft_name=f"learn:{lesson_id}",
        once=request.form.get("once") or secrets.token_urlsafe(12),
    )


def _check(deps: Deps, lesson_id: int) -> Answer:
    """Look at the answers, and finish where that was pressed; whatever is wrong, what was typed stays."""
    actor = this_visit().actor
    with deps.database.read() as session:
        view = lesson_to_do(session, actor, lesson_id)
    stored = _stored(view)
    typed = sent(stored)
    answers = {question.id: typed.get(f"q{question.id}") for question in view.questions}
    finishing = "finish" in request.form
    changed = any(text != stored[f"q{number}"] for number, text in answers.items())
    once = request.form.get("once", "")
    try:
        with deps.database.write() as session:
            if any(answers.values()) and (changed or not finishing):
                check_answers(session, actor, lesson_id, answers, once=once, now=deps.now())
            if not finishing:
                keep_draft(session, actor, f"learn:{lesson_id}", typed.fields, now=deps.now())
        if finishing:
            with deps.database.write() as session:
                finish_lesson(
                    session,
                    actor,
                    lesson_id,
                    well=typed.get("well"),
                    hard=typed.get("hard"),
                    now=deps.now(),
                )
                drop_draft(session, actor, f"learn:{lesson_id}")
    except Incomplete as incomplete:
        return own_lesson_page(deps, lesson_id, typed.refuse(incomplete.problems)), 422
    anchor = "done" if finishing else "self-check"
    return redirect(url_for("pages.lesson", lesson_id=lesson_id, _anchor=anchor), 303)


def _stored(view: LessonToDo) -> dict[str, str]:
    """Field → what the student answered and wrote last."""
    answers = {
        f"q{question.id}": str(view.checked.get(question.id, {}).get("answer", ""))
        for question in view.questions
    }
    return {**answers, "well": view.well, "hard": view.hard}


def _answer(name: str, **values: Any) -> Response:
    return make_response(
        render_template(
            f"pages/{name}.html",
            **{
                **lesson_words(),
                "safe": safe_address,
                "tabs": student_tabs("lessons"),
                "reader": True,
                **values,
            },
        )
    )
