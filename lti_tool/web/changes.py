"""Changing a goal: the student's own change, one that is proposed to them, and its versions (A24, B13)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.goal import GoalView, goal_view
from lti_tool.overview.place import place
from lti_tool.overview.step_changes import step_changes
from lti_tool.overview.versions import Version, offered_to, versions_of
from lti_tool.planning.agreeing import take_back_goal
from lti_tool.planning.changing import change_goal, restore_goal
from lti_tool.planning.goals import GoalRefused
from lti_tool.planning.proposals import answer_change, override_goal, propose_change
from lti_tool.planning.texts import Overtaken
from lti_tool.plans.goal import GoalState
from lti_tool.web import charts
from lti_tool.web.change_form import as_typed, differences, offered_words, read_change
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import sent_id
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.history_words import version_words
from lti_tool.web.step_history import step_history
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit


def add_change_pages(pages: Blueprint, deps: Deps, show: Any, trouble: Any) -> None:
    """Every address of changes. show: the goal page; trouble: what was not taken there."""

    def refused(goal_id: int, form: str, errors: dict[str, str], typed: dict[str, str]) -> Answer:
        answer: Answer = show(deps, goal_id, trouble=trouble(form, errors, typed), status=422)
        return answer

    def on_goal(goal_id: int, form: str, act: Any, typed: dict[str, str]) -> Answer:
        try:
            with deps.database.write() as session:
                act(session)
        except Overtaken as overtaken:
            errors = {
                "overtaken": _(
                    "Somebody changed it meanwhile. Now it says: “%(title)s”, %(target)s, %(due_on)s.",
                    **overtaken.theirs,
                ),
            }
            typed = {**typed, "version": str(overtaken.version)}
            answer: Answer = show(deps, goal_id, trouble=trouble(form, errors, typed), status=409)
            return answer
        except GoalRefused as refusal:
            return refused(goal_id, form, {one.field: one.sentence(_) for one in refusal}, typed)
        return redirect(url_for("pages.goal", goal_id=goal_id), 303)

    @pages.post("/goals/<int:goal_id>/change")
    def change_own_goal(goal_id: int) -> Answer:
        form, actor = read_change(request.form), this_visit().actor
        if form.errors:
            return refused(goal_id, "change", form.errors, form.typed)
        reason, seen = form.typed["reason"], sent_id("version")
        return on_goal(
            goal_id,
            "change",
            lambda session: change_goal(
                session, actor, goal_id, form.change, reason=reason, seen=seen, now=deps.now()
            ),
            form.typed,
        )

    @pages.post("/goals/<int:goal_id>/propose")
    def change_proposed(goal_id: int) -> Answer:
        form, actor = read_change(request.form), this_visit().actor
        if form.errors:
            return refused(goal_id, "change", form.errors, form.typed)
        act = override_goal if "now" in request.form else propose_change
        reason = form.typed["reason"]
        return on_goal(
            goal_id,
            "change",
            lambda session: act(session, actor, goal_id, form.change, reason, now=deps.now()),
            form.typed,
        )

    @pages.post("/goals/<int:goal_id>/proposals/<int:proposal_id>")
    def answer_proposed_change(goal_id: int, proposal_id: int) -> Answer:
        form, actor = read_change(request.form), this_visit().actor
        if form.errors:
            return refused(goal_id, f"offered-{proposal_id}", form.errors, form.typed)
        edited = form.change if "edit" in request.form else None
        return on_goal(
            goal_id,
            f"offered-{proposal_id}",
            lambda session: answer_change(
                session,
                actor,
                proposal_id,
                accept="no" not in request.form,
                edited=edited,
                words=form.typed["reason"],
                now=deps.now(),
            ),
            form.typed,
        )

    @pages.post("/goals/<int:goal_id>/restore")
    def restore(goal_id: int) -> Answer:
        number = sent_id("number") or 0
        return on_goal(
            goal_id,
            "change",
            lambda session: restore_goal(session, this_visit().actor, goal_id, number, now=deps.now()),
            {},
        )

    @pages.post("/goals/<int:goal_id>/take-back")
    def take_back(goal_id: int) -> Answer:
        return on_goal(
            goal_id,
            "take-back",
            lambda session: take_back_goal(session, this_visit().actor, goal_id, now=deps.now()),
            {},
        )

    @pages.get("/goals/<int:goal_id>/versions")
    def versions(goal_id: int) -> Answer:
        return _versions(deps, goal_id)


def change_words(session: Session, view: GoalView) -> dict[str, Any]:
    """What the goal page shows of changes: those that wait, and the form as the goal stands."""
    facts, here = view.card.facts, place(session, this_visit().actor, this_visit().context_id)
    offered = offered_to(session, view.card.id, here.zone)
    return {
        "offered": [offered_words(one, view.card.measure, facts.today) for one in offered],
        "offer_typed": [
            as_typed(
                one.title or view.card.title,
                facts.target if one.target is None else one.target,
                one.due_on or facts.due_on,
            )
            for one in offered
        ],
        "can_change": view.state is GoalState.ACTIVE,
        "in_numbers": view.card.measure.kind.unit != "rank",
        "as_it_stands": as_typed(view.card.title, facts.target, facts.due_on),
    }


def _versions(deps: Deps, goal_id: int) -> Answer:
    actor = this_visit().actor
    with deps.database.read() as session:
        view = goal_view(session, actor, goal_id, now=deps.now())
        here = place(session, actor, this_visit().context_id)
        rows = versions_of(session, goal_id, here.zone)
        of_steps = step_changes(session, goal_id, here.zone)
    newer = _chosen(rows, "b") or (rows[0] if rows else None)
    older = _chosen(rows, "a") or (rows[1] if len(rows) > 1 else newer)
    if newer is not None and older is not None and older.number > newer.number:
        older, newer = newer, older
    today = view.card.facts.today
    return make_page(
        "versions",
        view=view,
        rows=[
            (
                row,
                version_words(row.what, row.who, mine=view.is_own and row.who_id == view.person_id),
                charts.day(row.at.date(), today=today),
            )
            for row in rows
        ],
        older=older,
        newer=newer,
        changed=[] if older is None or newer is None else differences(older, newer, view.card.measure),
        of_steps=step_history(of_steps, view.person_id, own=view.is_own, today=today),
        can_restore=view.is_own and view.state is GoalState.ACTIVE,
        tabs=student_tabs() if view.is_own else staff_tabs(),
        reader=view.is_own,
    )


def _chosen(rows: list[Version], name: str) -> Version | None:
    typed = request.args.get(name, "")
    return next((row for row in rows if str(row.number) == typed), None)
