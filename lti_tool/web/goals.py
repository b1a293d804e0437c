"""The goal page, the form that makes or proposes a goal, and the student's answer to a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.goal import GoalView, goal_view
from lti_tool.overview.mentoring import words_about
from lti_tool.planning.goals import GoalRefused, TooMany, answer_goal
from lti_tool.planning.limits import go_on, make_room
from lti_tool.planning.templates import may_save
from lti_tool.web.answer_form import read_answer
from lti_tool.web.change_form import read_change
from lti_tool.web.changes import add_change_pages, change_words
from lti_tool.web.deps import Deps
from lti_tool.web.frame import staff_tabs
from lti_tool.web.goal_words import goal_page
from lti_tool.web.line_words import line_words
from lti_tool.web.new_goal import new_goal_page, sent_instead
from lti_tool.web.roots import roots_words
from lti_tool.web.step_words import goal_steps
from lti_tool.web.student import student_tabs
from lti_tool.web.templates import level_words
from lti_tool.web.visits import this_visit

__all__ = ["Answer", "Trouble", "add_goal_pages", "show_goal"]


@dataclass(frozen=True)
class Trouble:
    """A form of the goal page that was not taken. errors: field → sentence; typed: field → what was typed."""

    form: str
    errors: Mapping[str, str]
    typed: Mapping[str, str]


def add_goal_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of a goal."""

    @pages.get("/goals/<int:goal_id>")
    def goal(goal_id: int) -> Answer:
        return show_goal(deps, goal_id)

    @pages.post("/goals/<int:goal_id>/answer")
    def answer(goal_id: int) -> Answer:
        accept, reason = read_answer(request.form)
        form = read_change(request.form)
        if form.errors:
            return show_goal(deps, goal_id, trouble=Trouble("answer", form.errors, form.typed), status=422)
        if accept is None:
            return show_goal(deps, goal_id, problem=_("Choose yes or no."), status=400)
        try:
            with deps.database.write() as session:
                answer_goal(
                    session,
                    this_visit().actor,
                    goal_id,
                    accept=accept,
                    reason=reason,
                    instead=sent_instead(),
                    change=form.change,
                    now=deps.now(),
                )
        except TooMany as many:
            return show_goal(deps, goal_id, reason=reason, too_many=many, status=422)
        except GoalRefused as refused:
            sentence = " ".join(problem.sentence(_) for problem in refused)
            return show_goal(deps, goal_id, problem=sentence, reason=reason, status=400)
        return redirect(url_for("pages.goal", goal_id=goal_id), 303)

    @pages.post("/goals/<int:goal_id>/aside")
    def aside(goal_id: int) -> Answer:
        how = request.form.get("how", "")
        actor = this_visit().actor
        try:
            with deps.database.write() as session:
                if how == "go_on":
                    go_on(session, actor, goal_id, now=deps.now())
                else:
                    make_room(session, actor, goal_id, how, now=deps.now())
        except GoalRefused as refused:
            sentence = " ".join(problem.sentence(_) for problem in refused)
            return show_goal(deps, goal_id, problem=sentence, status=422)
        return redirect(url_for("pages.goal", goal_id=goal_id), 303)

    @pages.route("/goals/new", methods=["GET", "POST"])
    def new_goal() -> Answer:
        return new_goal_page(deps, None)

    @pages.route("/students/<int:person_id>/goals/new", methods=["GET", "POST"])
    def propose(person_id: int) -> Answer:
        return new_goal_page(deps, person_id)

    add_change_pages(pages, deps, show_goal, Trouble)


def show_goal(
    deps: Deps,
    goal_id: int,
    *,
    problem: str = "",
    reason: str = "",
    trouble: Trouble | None = None,
    too_many: TooMany | None = None,
    status: int = 200,
) -> Answer:
    """The goal page; `problem` says why an answer to it was not taken, `trouble` which form was not."""
    with deps.database.read() as session:
        view = goal_view(session, this_visit().actor, goal_id, now=deps.now())
        words = goal_page(view) | line_words(view) | roots_words(session, view)
        words |= change_words(session, view)
        steps = goal_steps(session, this_visit().actor, view)
        kind_words = words_about(session, view.person_id, goal_id) if view.is_own else []
    page = render_template(
        "pages/goal.html",
        **words,
        steps=steps,
        kind_words=kind_words,
        problem=problem,
        typed_reason=reason,
        too_many=too_many,
        frozen=view.elsewhere,
        template_levels=[(level, level_words()[level]) for level in may_save(this_visit().actor)],
        trouble=trouble or Trouble("", {}, {}),
        tabs=student_tabs() if view.is_own else staff_tabs(),
        back=_back_from(view),
        reader=view.is_own,
    )
    return page, status


def _back_from(view: GoalView) -> tuple[str, str]:
    """Where the goal page leads back to: (words, address)."""
    if view.is_own:
        return _("My plan"), url_for("pages.home")
    return view.person_name, url_for("pages.student", person_id=view.person_id)
