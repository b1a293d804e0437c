"""Goals students want to talk about: staff say that the talk was had, or let the goal start as it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.choices import goal_choices
from lti_tool.overview.wishes import Wish
from lti_tool.planning.goals import GoalRefused
from lti_tool.planning.wishes import find_wish, grant_wish, settle_wish
from lti_tool.plans.problem import Problem
from lti_tool.plans.smart import check_smart
from lti_tool.plans.smart_verdict import Filled
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.goal_page import form_of
from lti_tool.web.visits import this_visit


def add_wish_pages(pages: Blueprint, deps: Deps, show: Any) -> None:
    """POST /wishes/<id>. show: the page of what students ask, with what is wrong."""

    @pages.post("/wishes/<int:wish_id>")
    def wish(wish_id: int) -> Answer:
        actor = this_visit().actor
        if "start" not in request.form:
            with deps.database.write() as session:
                settle_wish(session, actor, wish_id, now=deps.now())
            return redirect(url_for("pages.doubts"), 303)
        reason = request.form.get("reason", "")
        try:
            goal_id = _grant(deps, wish_id, reason)
        except GoalRefused as refused:
            sentence = " ".join(problem.sentence(_) for problem in refused)
            answer: Answer = show(deps, wrong_wish={wish_id: (reason, sentence)})
            return answer
        return redirect(url_for("pages.goal", goal_id=goal_id), 303)


def _grant(deps: Deps, wish_id: int, reason: str) -> int:
    actor, now = this_visit().actor, deps.now()
    with deps.database.write() as session:
        row = find_wish(session, actor, wish_id)
        filled = form_of(row.fields, goal_choices(session, actor, row.person_id, now=now))
        if filled.draft is None:
            sentences = " ".join(words for field in filled.errors.values() for words in field)
            raise GoalRefused([_cannot(sentences)])
        return grant_wish(session, actor, wish_id, filled.draft, reason, now=now).id


def _cannot(sentences: str) -> Problem:
    return Problem(
        "reason",
        "not_whole",
        lambda _: _("It cannot be counted yet: %(why)s Propose a goal instead.", why=sentences),
    )


def wish_words(one: Wish, today: date) -> dict[str, Any]:
    """A goal somebody wants to talk about, as staff read it."""
    verdict = check_smart(one.title, Filled(), one.fields.get("language", ""))
    found = {check.code: check.sentence for check in verdict.refused}
    return {
        "one": one,
        "day": charts.day(one.at.date(), today=today),
        "missing": [found[code](_) for code in one.missing if code in found],
        "fields": [
            (name, one.fields[field])
            for field, name in (("target", _("To")), ("due_on", _("By")))
            if one.fields.get(field)
        ],
    }
