"""Steps on pages: the form of a new one, ticking, answering, ending, and an adult's own list."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lti_tool.overview.choices import goal_choices
from lti_tool.overview.goal import GoalView, goal_view
from lti_tool.overview.todo import todo
from lti_tool.planning.changing_steps import change_step as change
from lti_tool.planning.changing_steps import changeable
from lti_tool.planning.goals import GoalRefused
from lti_tool.planning.step_files import step_file
from lti_tool.planning.steps import add_step, answer_step, end_step
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.planning.ticking import do_step, undo_step
from lti_tool.plans.problem import Problem
from lti_tool.plans.step_bank import starters
from lti_tool.plans.step_draft import TITLE_LONGEST
from lti_tool.plans.steps import Owner, Rhythm
from lti_tool.web.answer_form import read_answer
from lti_tool.web.deps import Deps
from lti_tool.web.files import FILE, hand_out
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.goals import Answer, Trouble, show_goal
from lti_tool.web.step_form import StepForm, empty_step, read_step_form, starter_step, stored_step
from lti_tool.web.step_words import goal_steps, step_rows, weekday_names
from lti_tool.web.student import student_tabs
from lti_tool.web.uploads import MEGABYTE, receive_any
from lti_tool.web.visits import this_visit

OWNERS = (Owner.STUDENT, Owner.TEACHER, Owner.GUARDIAN, Owner.COUNSELOR, Owner.MENTOR)


def add_step_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of steps."""

    @pages.route("/goals/<int:goal_id>/steps/new", methods=["GET", "POST"])
    def new_step(goal_id: int) -> Answer:
        return _new(deps, goal_id)

    @pages.get("/steps/<int:step_id>/file", endpoint="step_file")
    def file(step_id: int) -> Answer:
        with deps.database.read() as session:
            stored = step_file(session, this_visit().actor, step_id)
        return hand_out(deps, stored, FILE)

    @pages.post("/steps/<int:step_id>/done")
    def tick(step_id: int) -> Answer:
        after = request.form.get("after", "")
        seen = int(after) if after.isascii() and after.isdigit() and len(after) < 4 else None
        return _then(
            deps, lambda session, actor: do_step(session, actor, step_id, after=seen, now=deps.now())
        )

    @pages.post("/steps/<int:step_id>/undo")
    def untick(step_id: int) -> Answer:
        return _then(deps, lambda session, actor: undo_step(session, actor, step_id, now=deps.now()))

    @pages.post("/steps/<int:step_id>/answer")
    def answer_step_of_plan(step_id: int) -> Answer:
        accept, reason = read_answer(request.form)
        if accept is None:
            return _refused([Problem("", "choose", lambda _: _("Choose yes or no."))], deps)
        return _then(
            deps,
            lambda session, actor: answer_step(
                session, actor, step_id, accept=accept, reason=reason, now=deps.now()
            ),
        )

    @pages.post("/steps/<int:step_id>/end")
    def end_step_of_goal(step_id: int) -> Answer:
        reason = request.form.get("reason", "")
        return _then(
            deps, lambda session, actor: end_step(session, actor, step_id, reason=reason, now=deps.now())
        )

    @pages.route("/steps/<int:step_id>/change", methods=["GET", "POST"])
    def change_step(step_id: int) -> Answer:
        return _change(deps, step_id)

    @pages.get("/todo")
    def todo_list() -> Answer:
        actor = this_visit().actor
        with deps.database.read() as session:
            found = todo(session, actor, now=deps.now())
        rows = step_rows([one.line for one in found], actor.person_id, ticks={one.line.id for one in found})
        return make_page("todo", rows=list(zip(found, rows, strict=True)), tabs=staff_tabs("todo"))


def _then(deps: Deps, act: Any) -> Answer:
    """Do it and go back to the page it was asked from."""
    goal_id = _row("goal")
    try:
        with deps.database.write() as session:
            act(session, this_visit().actor)
    except GoalRefused as refused:
        return _refused(refused, deps)
    if goal_id:
        return redirect(url_for("pages.goal", goal_id=goal_id, _anchor="steps"), 303)
    place = request.form.get("from")
    if place == "child":
        return redirect(url_for("pages.child", context_id=_row("context"), person_id=_row("person")), 303)
    return redirect(url_for("pages.todo_list" if place == "todo" else "pages.home"), 303)


def _refused(problems: Iterable[Problem], deps: Deps) -> Answer:
    """Why not, beside the steps of the goal they were on."""
    sentence, goal_id = " ".join(problem.sentence(_) for problem in problems), _row("goal")
    if goal_id:
        return show_goal(deps, goal_id, trouble=Trouble("steps", {"": sentence}, {}), status=422)
    return make_page("nothing-here", words=sentence), 422


def _row(field: str) -> int:
    """A row's number from the form; 0 (which no row has) for anything else."""
    typed = request.form.get(field, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 11 else 0


def _new(deps: Deps, goal_id: int) -> Answer:
    actor = this_visit().actor
    with deps.database.read() as session:
        view = goal_view(session, actor, goal_id, now=deps.now())
        choices = goal_choices(session, actor, None if view.is_own else view.person_id, now=deps.now())
    family = this_visit().families
    owners = [owner for owner in OWNERS if family or owner is not Owner.GUARDIAN]
    bank = [
        one for one in starters(view.card.measure.kind.value) if family or one.owner is not Owner.GUARDIAN
    ]
    if request.method == "GET":
        taken = next((one for one in bank if one.key == request.args.get("take")), None)
        form = starter_step(taken) if taken else empty_step(Owner.STUDENT.value)
        form.typed["title"] = form.typed["title"] or request.args.get("title", "")[:TITLE_LONGEST]
        return _form(deps, form, view, choices, bank, secrets.token_urlsafe(12), owners)
    form = read_step_form(request.form)
    token = request.form.get("token", "") or secrets.token_urlsafe(12)
    if not form.errors:
        quota = deps.settings.portfolio_mb * MEGABYTE
        try:
            received = receive_any(deps)
            with deps.database.write() as session:
                add_step(
                    session, actor, goal_id, form.draft, received, token=token, quota=quota, now=deps.now()
                )
            return redirect(url_for("pages.goal", goal_id=goal_id, _anchor="steps"), 303)
        except Incomplete as incomplete:
            form.refuse(incomplete.problems)
        except GoalRefused as refused:
            form.refuse(refused.problems)
    return _form(deps, form, view, choices, bank, token, owners), 422


def _change(deps: Deps, step_id: int) -> Answer:
    """The form of a step as it stands; saved by whose it is."""
    actor = this_visit().actor
    with deps.database.read() as session:
        step, found = changeable(session, actor, step_id, lock=False)
        stored, version = stored_step(step), step.version
        goal_id = found.goal.id
        view = goal_view(session, actor, goal_id, now=deps.now())
        choices = goal_choices(session, actor, None if view.is_own else view.person_id, now=deps.now())
    changing = {"id": step_id, "version": version}
    if request.method == "GET":
        return _form(deps, stored, view, choices, [], "", [], changing)
    form = read_step_form(request.form)
    if not form.errors:
        try:
            with deps.database.write() as session:
                change(session, actor, step_id, form.draft, seen=_row("version"), now=deps.now())
            return redirect(url_for("pages.goal", goal_id=goal_id, _anchor="steps"), 303)
        except Overtaken as overtaken:
            words = _(
                "Somebody changed it meanwhile. Now it says: “%(words)s”.", words=overtaken.theirs["title"]
            )
            form.errors["title"] = [words]
            return _form(deps, form, view, choices, [], "", [], changing), 409
        except GoalRefused as refused:
            form.refuse(refused.problems)
    return _form(deps, form, view, choices, [], "", [], changing), 422


def _form(
    deps: Deps,
    form: StepForm,
    view: GoalView,
    choices: Any,
    bank: Any,
    token: str,
    owners: Sequence[Owner],
    changing: Any = None,
) -> str:
    with deps.database.read() as session:
        has_steps = bool(goal_steps(session, this_visit().actor, view))
    names = {
        Owner.STUDENT: _("Me") if view.is_own else view.person_name,
        Owner.TEACHER: _("My teacher") if view.is_own else _("Me"),
        Owner.GUARDIAN: _("My family") if view.is_own else _("The family"),
        Owner.COUNSELOR: _("My counselor") if view.is_own else _("The counselor"),
        Owner.MENTOR: _("My mentor") if view.is_own else _("The mentor"),
    }
    return render_template(
        "pages/step-new.html",
        view=view,
        typed=form.typed,
        errors=form.errors,
        owners=[(owner.value, names[owner]) for owner in owners],
        weekdays=list(enumerate(weekday_names())),
        work=choices.work,
        bank=[(one.key, one.title(_)) for one in bank],
        rhythms=Rhythm,
        first=view.is_own and not has_steps,
        changing=changing,
        token=token,
        tabs=student_tabs() if view.is_own else staff_tabs(),
        reader=view.is_own,
    )
