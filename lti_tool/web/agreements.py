"""What is agreed in a conference: noted, mended, made a step, and undone by the student."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.planning.agreeing import agree_step, agreed_in, undo_agreement
from lti_tool.planning.conferences import agree
from lti_tool.planning.rewording import reword
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.goal import GoalRefused
from lti_tool.web.conference import again, refused_page, talks_page
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import sent_id
from lti_tool.web.forms import read_day
from lti_tool.web.visits import this_visit


def add_agreement_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of what was agreed."""

    @pages.post("/conferences/<int:conference_id>/agree", endpoint="agree")
    def agreed(conference_id: int) -> Answer:
        return _agree(deps, conference_id)

    @pages.post("/agreements/<int:agreement_id>/step", endpoint="agreement_step")
    def as_step(agreement_id: int) -> Answer:
        return _as_step(deps, agreement_id)

    @pages.post("/agreements/<int:agreement_id>/reword", endpoint="reword_agreement")
    def reworded(agreement_id: int) -> Answer:
        return _reword(deps, agreement_id)

    @pages.post("/agreements/<int:agreement_id>/undo", endpoint="undo_agreement")
    def undo(agreement_id: int) -> Answer:
        try:
            with deps.database.write() as session:
                row = undo_agreement(session, this_visit().actor, agreement_id, now=deps.now())
        except Incomplete as incomplete:
            return talks_page(deps, problem=incomplete.problems[0].sentence(_)), 422
        return redirect(url_for("pages.conference", conference_id=row.id) + "#agreed", 303)


def _agree(deps: Deps, conference_id: int) -> Answer:
    form = request.form
    try:
        with deps.database.write() as session:
            agree(
                session,
                this_visit().actor,
                conference_id,
                owner=form.get("owner", ""),
                text=form.get("text", ""),
                when_words=form.get("when_words", ""),
                once=form.get("once", ""),
                now=deps.now(),
            )
    except Incomplete as incomplete:
        return refused_page(deps, conference_id, incomplete)
    return redirect(url_for("pages.conference", conference_id=conference_id) + "#agreed", 303)


def _as_step(deps: Deps, agreement_id: int) -> Answer:
    actor, now = this_visit().actor, deps.now()
    due_on, helps = read_day(request.form.get("due_on", "")), _("We agreed on it in our conference.")
    with deps.database.read() as session:
        conference_id = agreed_in(session, actor, agreement_id).conference_id
    try:
        with deps.database.write() as session:
            agree_step(session, actor, agreement_id, sent_id("goal") or 0, due_on, helps, now=now)
    except GoalRefused as refused:
        sentence = " ".join(one.sentence(_) for one in refused)
        return again(deps, conference_id, (agreement_id, sentence)), 422
    return redirect(url_for("pages.conference", conference_id=conference_id) + "#agreed", 303)


def _reword(deps: Deps, agreement_id: int) -> Answer:
    actor, form = this_visit().actor, request.form
    with deps.database.read() as session:
        conference_id = agreed_in(session, actor, agreement_id).conference_id
    try:
        with deps.database.write() as session:
            reword(
                session,
                actor,
                agreement_id,
                owner=form.get("owner", ""),
                text=form.get("text", ""),
                when_words=form.get("when_words", ""),
                seen=form.get("seen", ""),
                now=deps.now(),
            )
    except Overtaken as overtaken:
        sentence = _(
            "Somebody changed it meanwhile. Now it says: “%(words)s”.", words=overtaken.theirs["text"]
        )
        return again(deps, conference_id, (agreement_id, sentence)), 409
    except Incomplete as incomplete:
        sentence = " ".join(one.sentence(_) for one in incomplete.problems)
        return again(deps, conference_id, (agreement_id, sentence)), 422
    return redirect(url_for("pages.conference", conference_id=conference_id) + "#agreed", 303)
