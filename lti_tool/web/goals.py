"""The goal page, the form that makes or proposes a goal, and the student's answer to a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.overview.choices import Choices, goal_choices
from lti_tool.overview.goal import GoalView, goal_view
from lti_tool.planning.goals import GoalRefused, answer_goal, make_goal, propose_goal
from lti_tool.planning.linking import gap_words, link_gap
from lti_tool.planning.looking import Look, look_at_draft
from lti_tool.plans.goal import GoalDraft, default_end
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import sent_id
from lti_tool.web.forms import Filled, empty_form, read_answer, read_goal_form
from lti_tool.web.frame import staff_tabs
from lti_tool.web.goal_form import form_words
from lti_tool.web.goal_words import goal_page
from lti_tool.web.line_words import line_words
from lti_tool.web.measure_fields import offer_of
from lti_tool.web.roots import roots_words
from lti_tool.web.step_words import goal_steps
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit

Answer = str | tuple[str, int] | tuple[BaseResponse, int] | BaseResponse


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
        if accept is None:
            return show_goal(deps, goal_id, problem=_("Choose yes or no."), status=400)
        try:
            with deps.database.write() as session:
                answer_goal(
                    session, this_visit().actor, goal_id, accept=accept, reason=reason, now=deps.now()
                )
        except GoalRefused as refused:
            sentence = " ".join(problem.sentence(_) for problem in refused)
            return show_goal(deps, goal_id, problem=sentence, reason=reason, status=400)
        return redirect(url_for("pages.goal", goal_id=goal_id), 303)

    @pages.route("/goals/new", methods=["GET", "POST"])
    def new_goal() -> Answer:
        return _new(deps, None)

    @pages.route("/students/<int:person_id>/goals/new", methods=["GET", "POST"])
    def propose(person_id: int) -> Answer:
        return _new(deps, person_id)


def show_goal(
    deps: Deps,
    goal_id: int,
    *,
    problem: str = "",
    reason: str = "",
    trouble: Trouble | None = None,
    status: int = 200,
) -> Answer:
    """The goal page; `problem` says why an answer to it was not taken, `trouble` which form was not."""
    with deps.database.read() as session:
        view = goal_view(session, this_visit().actor, goal_id, now=deps.now())
        words = goal_page(view) | line_words(view) | roots_words(session, view)
        steps = goal_steps(session, this_visit().actor, view)
    page = render_template(
        "pages/goal.html",
        **words,
        steps=steps,
        problem=problem,
        typed_reason=reason,
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


def _new(deps: Deps, person_id: int | None) -> Answer:
    """The form, empty or as it was sent; a goal when nothing is wrong with it."""
    with deps.database.read() as session:
        choices = goal_choices(session, this_visit().actor, person_id, now=deps.now())
    if request.method == "GET":
        return _form(_begun(deps, choices), choices, person_id, deps)
    filled = read_goal_form(request.form, offer_of(choices))
    only_look = "look" in request.form
    if "use_title" in request.form:
        filled.take_title(request.form["use_title"])
        only_look = True
    if filled.draft is not None and not filled.errors and not only_look:
        try:
            return redirect(url_for("pages.goal", goal_id=_store(deps, person_id, filled.draft)), 303)
        except GoalRefused as refused:
            filled.refuse(refused.problems)
    return _form(filled, choices, person_id, deps), 200 if only_look and not filled.errors else 422


def _store(deps: Deps, person_id: int | None, draft: GoalDraft) -> int:
    actor, now = this_visit().actor, deps.now()
    with deps.database.write() as session:
        if person_id is None:
            goal_id = make_goal(session, actor, draft, now=now).id
        else:
            goal_id = propose_goal(session, actor, person_id, draft, now=now).id
        gap_id = sent_id("gap")
        if gap_id is not None:
            link_gap(session, actor, goal_id, gap_id, now=now)
        return goal_id


def _begun(deps: Deps, choices: Choices) -> Filled:
    """The empty form; the words of the gap it is made from stand in it already."""
    ends_on = default_end(choices.today, choices.term_ends_on)
    form, gap_id = empty_form(request.args.get("measure", ""), offer_of(choices), ends_on), sent_id("gap")
    if gap_id is not None:
        with deps.database.read() as session:
            form.typed["title"] = gap_words(session, this_visit().actor, gap_id)
    return form


def _form(filled: Filled, choices: Choices, person_id: int | None, deps: Deps) -> str:
    own = person_id is None
    look = _look(deps, filled, person_id)
    return render_template(
        "pages/goal-new.html",
        **form_words(filled, choices, look, own=own),
        person_id=person_id,
        tabs=student_tabs() if own else staff_tabs(),
        reader=own,
    )


def _look(deps: Deps, filled: Filled, person_id: int | None) -> Look | None:
    """What the draft would be, where enough of it can be read."""
    draft = filled.readable_draft()
    if draft is None or request.method == "GET":
        return None
    with deps.database.read() as session:
        return look_at_draft(session, this_visit().actor, person_id, draft, now=deps.now())
