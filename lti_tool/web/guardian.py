"""The pages of guardians and mentors who open the tool in the LMS: their children's plans, to read only.

The words are the student's own ("Let's look", "not yet"); the names of other students are nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _

from lti_tool.overview.goal_card import GoalCard
from lti_tool.overview.guardian import Children, children, childs_plan
from lti_tool.overview.plan import PlanView
from lti_tool.overview.portfolio import ArtifactView
from lti_tool.overview.reading import Reading, file_of, reading_of
from lti_tool.planning.notes import note_read
from lti_tool.plans.conference import role_words
from lti_tool.plans.rounding import shown_needed
from lti_tool.plans.steps import Owner
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.end_words import end_words
from lti_tool.web.files import hand_out
from lti_tool.web.frame import Tab, make_page
from lti_tool.web.goal_words import override_words, row_words
from lti_tool.web.profile_words import profile_words
from lti_tool.web.status_words import mark_words
from lti_tool.web.step_words import read_steps
from lti_tool.web.student import due_words
from lti_tool.web.visits import this_visit


def add_guardian_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /children/<context_id>/<person_id>: one child's plan in one course."""

    @pages.get(
        "/children/<int:context_id>/<int:person_id>/artifacts/<int:artifact_id>/<what>", endpoint="child_file"
    )
    def file(context_id: int, person_id: int, artifact_id: int, what: str) -> Response:
        actor = this_visit().actor
        with deps.database.read() as session:
            childs_plan(session, actor, context_id, person_id, now=deps.now())
            found = file_of(session, actor.registration_id, person_id, artifact_id)
        return hand_out(deps, found, what)

    @pages.get("/children/<int:context_id>/<int:person_id>")
    def child(context_id: int, person_id: int) -> Response:
        return _child_page(deps, (context_id, person_id))


def guardian_home_response(deps: Deps) -> Response:
    """What a mentor lands on: the first child's plan, or in plain words why there is none."""
    return _child_page(deps)


def has_children(deps: Deps) -> bool:
    """Whether the visitor mentors anybody, known or not (asked outside a course)."""
    with deps.database.read() as session:
        return not children(session, this_visit().actor, now=deps.now()).none


def _child_page(deps: Deps, which: tuple[int, int] | None = None) -> Response:
    """The page of a child in a course (their ids); the first child's where none is named."""
    actor, now = this_visit().actor, deps.now()
    with deps.database.read() as session:
        found = children(session, actor, now=now)
        if which is None and not found.known:
            return make_page("guardian-none", found=found, reader=True)
        context_id, person_id = which or (found.known[0].context_id, found.known[0].person_id)
        plan = childs_plan(session, actor, context_id, person_id, now=now, found=found)
        steps = read_steps(session, actor, plan, ticks=True)
        about = reading_of(session, actor.registration_id, person_id, "guardian", context_id)
    with deps.database.write() as session:
        note_read(session, actor, person_id, now=now, context_id=context_id)
    return make_page(
        "guardian",
        **guardian_words(plan),
        **reading_words(
            about,
            lambda one, what: url_for(
                "pages.child_file", context_id=context_id, person_id=person_id, artifact_id=one.id, what=what
            ),
        ),
        steps=steps,
        family_steps=[row for rows in steps.values() for row in rows if row["line"].owner is Owner.GUARDIAN],
        promised=[one for talk in about.talks for one in talk.agreed if one.promised_by("guardian")],
        child=(context_id, person_id),
        base="layout.html",
        found=found,
        reader=True,
        tabs=_tabs(found, context_id, person_id),
    )


def _tabs(found: Children, context_id: int, person_id: int) -> list[Tab]:
    """One for each child; the course too where a child is there twice."""
    people = [child.person_id for child in found.known]
    return [
        (
            _("%(name)s, %(course)s", name=child.given_name, course=child.course)
            if people.count(child.person_id) > 1
            else child.given_name,
            url_for("pages.child", context_id=child.context_id, person_id=child.person_id),
            (child.context_id, child.person_id) == (context_id, person_id),
        )
        for child in found.known
    ]


def reading_words(
    about: Reading, file_address: Callable[[ArtifactView, str], str] | None = None
) -> dict[str, Any]:
    """What partials/profile-read.html shows. file_address: of a piece's `picture` or `file`."""
    return {
        "file_address": file_address,
        "about": about,
        "words": profile_words(),
        "role_words": role_words(_),
        "when": charts.day_and_time,
        "long_day": lambda on: charts.day(on, long=True, weekday=True),
    }


def guardian_words(plan: PlanView) -> dict[str, Any]:
    """A plan as somebody reads it who is neither the student nor their teacher."""
    return {
        "plan": plan,
        "as_of": charts.AsOf(plan.read_at, plan.today),
        "goals": [_goal(card, plan) for card in plan.goals],
        "proposals": [_goal(card, plan) for card in plan.proposals],
        "next_due": due_words(plan),
        "ends": [end_words(one, plan.today, "guardian") for one in plan.ends],
    }


def _goal(card: GoalCard, plan: PlanView) -> dict[str, Any]:
    return {
        "card": card,
        "drawing": charts.draw(card.facts),
        "status": mark_words(card.mark, "staff" if card.waits else "student"),  # who waits is another
        "journey": _journey(card, plan.given_name),
        "next": _next(card),
        "override": override_words(plan.overrides.get(card.id), plan.today),
        "rows": [row_words(line, plan.today, "student") for line in card.work],
        "counted": sum(line.counted for line in card.work),
    }


def _journey(card: GoalCard, name: str) -> str:
    """From where to where, with the student's name."""
    start, now, number = card.facts.baseline, card.facts.value, charts.said_of(card.measure)
    if card.waits and now is not None:
        return _("%(name)s is at %(now)s now.", name=name, now=number(now))
    if now is None:
        if start is None:
            return _("Not yet. No grade counts so far.")
        return _("%(name)s starts at %(start)s.", name=name, start=number(start))
    if start is None:
        return _("%(name)s is at %(now)s.", name=name, now=number(now))
    return _(
        "%(name)s started at %(start)s and is at %(now)s.",
        name=name,
        start=number(start),
        now=number(now),
    )


def _next(card: GoalCard) -> str:
    """What the work that is left asks for."""
    if card.facts.needed is None:
        return ""
    lower = card.facts.lower
    needed = shown_needed(card.facts.needed, at_most=lower)
    if needed > 100 and lower:
        return ""
    if needed > 100 or needed < 0:
        return _("Let's look at this goal together with the teacher: a new number or a new date.")
    if lower:
        return _("%(needed)s or less on the work that is left is enough.", needed=needed)
    return _("About %(needed)s on the work that is left gets there.", needed=needed)
