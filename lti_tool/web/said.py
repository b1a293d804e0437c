"""What people say of readings: "this looks wrong" and its answer, and a teacher's leaving out of one goal."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.said import doubt_list
from lti_tool.planning.doubts import answer_doubt, doubt_reading
from lti_tool.planning.goals import GoalRefused
from lti_tool.planning.leaving_out import leave_out, put_back
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.end_words import end_words
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.goal_words import doubt_words
from lti_tool.web.goals import Answer, Trouble, show_goal
from lti_tool.web.suggestion_words import answered_words
from lti_tool.web.visits import this_visit
from lti_tool.web.wishes import add_wish_pages, wish_words


def add_said_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of doubts and of work that is left out."""

    @pages.post("/goals/<int:goal_id>/doubts")
    def doubt(goal_id: int) -> Answer:
        words = request.form.get("words", "")
        item_id = _number(request.form.get("item", ""))
        return _on_goal(
            deps,
            goal_id,
            "doubt",
            lambda session: doubt_reading(
                session, this_visit().actor, goal_id, item_id or None, words, now=deps.now()
            ),
        )

    @pages.post("/goals/<int:goal_id>/leave-out")
    def leave_out_of_goal(goal_id: int) -> Answer:
        item_id, reason = _number(request.form.get("item", "")), request.form.get("reason", "")
        return _on_goal(
            deps,
            goal_id,
            "leave-out",
            lambda session: leave_out(session, this_visit().actor, goal_id, item_id, reason, now=deps.now()),
        )

    @pages.post("/goals/<int:goal_id>/put-back")
    def put_back_into_goal(goal_id: int) -> Answer:
        item_id = _number(request.form.get("item", ""))
        return _on_goal(
            deps,
            goal_id,
            "leave-out",
            lambda session: put_back(session, this_visit().actor, goal_id, item_id, now=deps.now()),
        )

    @pages.get("/doubts")
    def doubts() -> Answer:
        return doubts_page(deps)

    @pages.post("/doubts/<int:doubt_id>/answer")
    def answer_doubt_of_student(doubt_id: int) -> Answer:
        typed = request.form.get("answer", "")
        try:
            with deps.database.write() as session:
                answer_doubt(session, this_visit().actor, doubt_id, typed, now=deps.now())
        except GoalRefused as refused:
            says = " ".join(problem.sentence(_) for problem in refused)
            return doubts_page(deps, wrong={doubt_id: (typed, says)})
        return redirect(url_for("pages.doubts"), 303)

    add_wish_pages(pages, deps, doubts_page)


def _number(typed: str) -> int:
    """A row's number from a form; 0 (which no row has) for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 11 else 0


def _on_goal(deps: Deps, goal_id: int, form: str, act: Callable[[Session], object]) -> Answer:
    """Do it and show the goal again; where it is refused, the form with what was typed."""
    try:
        with deps.database.write() as session:
            act(session)
    except GoalRefused as refused:
        errors = {problem.field: problem.sentence(_) for problem in refused}
        return show_goal(deps, goal_id, trouble=Trouble(form, errors, request.form.to_dict()), status=422)
    return redirect(url_for("pages.goal", goal_id=goal_id, _anchor=form), 303)


def doubts_page(
    deps: Deps,
    *,
    wrong: dict[int, tuple[str, str]] | None = None,
    wrong_wish: dict[int, tuple[str, str]] | None = None,
) -> Answer:
    """The teachers' list. wrong, wrong_wish: doubt or wish → (what was typed, what is wrong with it)."""
    visit = this_visit()
    with deps.database.read() as session:
        found = doubt_list(session, visit.actor, visit.context_id, now=deps.now())
    page = make_page(
        "doubts",
        course=found.course,
        waiting=[doubt_words(one, found.today) for one in found.waiting],
        answered=[doubt_words(one, found.today) for one in found.answered],
        talks=[answered_words(one, found.today, "staff") for one in found.talks],
        ticks=found.ticks,
        ends=[end_words(one, found.today, "staff") for one in found.ends],
        wishes=[wish_words(one, found.today) for one in found.wishes],
        unanswered=[(one, charts.day(one.at.date(), today=found.today)) for one in found.unanswered],
        wrong=wrong or {},
        wrong_wish=wrong_wish or {},
        tabs=staff_tabs("board"),
    )
    return (page, 422) if wrong or wrong_wish else page
