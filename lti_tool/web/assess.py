"""The guided self-assessment: small steps, strengths first, nothing that must be filled in (A2, A4)."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.profile import ProfileView, profile
from lti_tool.planning.assessing import begin_assessment, finish_assessment
from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import drop_draft
from lti_tool.planning.profile import EntryDraft, add_entry
from lti_tool.planning.profile_changes import retire_entry
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.access import Actor
from lti_tool.plans.goal import Problem
from lti_tool.plans.profile import SKILLS, Area, Kind, level_words, skill_words
from lti_tool.plans.prompts import StepName, reflection_prompts, rung_prompt, step_prompt, step_words
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit

STEPS = tuple(StepName)
BOXES = 3


def add_assess_pages(pages: Blueprint, deps: Deps) -> None:
    """GET and POST /about/assess/<step>."""

    @pages.route("/about/assess/<step>", methods=["GET", "POST"], endpoint="assess")
    def assess(step: str) -> Answer:
        if step not in set(StepName):
            raise NotFound
        return _step(deps, StepName(step))


def _step(deps: Deps, step: StepName) -> Answer:
    actor, now = this_visit().actor, deps.now()
    with deps.database.read() as session:
        whose = profile(session, actor)
        if request.method == "GET":
            typed = filled(session, f"assess:{step}", _stored(whose, step))
    if request.method == "GET":
        return _page(whose, step, typed)
    if step is StepName.DONE:
        with deps.database.write() as session:
            finish_assessment(session, actor, share="share" in request.form, now=now)
        return redirect(url_for("pages.about"), 303)
    typed = sent(_stored(whose, step))
    try:
        with deps.database.write() as session:
            round_id = begin_assessment(session, actor, again=True, now=now).round_id
            _keep(session, actor, whose, step, typed, now=now, round_id=round_id)
            drop_draft(session, actor, f"assess:{step}")
    except Incomplete as incomplete:
        return _page(whose, step, typed.refuse(incomplete.problems)), 422
    following = STEPS[STEPS.index(step) + 1]
    return redirect(url_for("pages.assess", step=following.value), 303)


def _stored(whose: ProfileView, step: StepName) -> dict[str, str]:
    """Field → what the profile says now; new boxes are empty."""
    if step in (StepName.STRENGTHS, StepName.GAPS):
        return {f"{step}-{box}": "" for box in range(BOXES)}
    own = [one for one in (*whose.skills, *whose.gaps, *whose.reflections, *whose.dream) if one.mine]
    if step is StepName.SKILLS:
        said = {one.topic: one for one in own if one.kind is Kind.SKILL}
        levels = {skill: said[skill].text if skill in said else "" for skill in SKILLS}
        examples = {f"{skill}-more": said[skill].more if skill in said else "" for skill in SKILLS}
        return levels | examples
    if step is StepName.REFLECTIONS:
        texts = {one.topic: one.text for one in own if one.kind is Kind.REFLECTION}
        return {area.value: texts.get(area, "") for area in Area}
    dream = next((one for one in own if one.kind is Kind.DREAM), None)
    return {"text": dream.text if dream else "", "more": dream.more if dream else ""}


def _keep(
    session: Session,
    actor: Actor,
    whose: ProfileView,
    step: StepName,
    typed: Typed,
    *,
    now: datetime,
    round_id: int,
) -> None:
    """Write what was filled in; what was left empty is left as it was."""
    once = request.form.get("once", "")[:40]
    problems: list[Problem] = []

    def add(field: str, kind: Kind, text: str, **more: Any) -> None:
        if not text.strip():
            return
        try:
            add_entry(session, actor, EntryDraft(kind, text, **more), round_id=round_id, now=now)
        except Incomplete as incomplete:
            problems.extend(one._replace(field=field) for one in incomplete.problems)

    if step in (StepName.STRENGTHS, StepName.GAPS):
        kind = Kind.STRENGTH if step is StepName.STRENGTHS else Kind.GAP
        for name, text in typed.fields.items():
            add(name, kind, text, once=f"{once}:{name}")
        for one in (*whose.strengths, *whose.gaps):
            if one.mine and one.kind is kind and f"gone-{one.id}" in request.form:
                retire_entry(session, actor, one.id, now=now)
    elif step is StepName.SKILLS:
        for skill in SKILLS:
            add(skill, Kind.SKILL, typed.get(skill), topic=skill, more=typed.get(f"{skill}-more"))
    elif step is StepName.REFLECTIONS:
        for area in Area:
            add(area.value, Kind.REFLECTION, typed.get(area), topic=area.value)
    else:
        add("text", Kind.DREAM, typed.get("text"), more=typed.get("more"))
    if problems:
        raise Incomplete(problems)


def _page(whose: ProfileView, step: StepName, typed: Typed) -> Response:
    band = whose.band
    if step is StepName.STRENGTHS:
        there = [one for one in whose.strengths if one.mine]
    else:
        there = [one for one in whose.gaps if one.mine and one.kind is Kind.GAP]
    return make_response(
        render_template(
            "pages/assess.html",
            step=step.value,
            steps=[(one.value, step_words(_)[one]) for one in STEPS],
            place=STEPS.index(step),
            before=STEPS[STEPS.index(step) - 1].value if step is not STEPS[0] else "",
            prompt=step_prompt(step, band, _),
            skills=skill_words(_),
            levels=level_words(_),
            reflections=reflection_prompts(band, _),
            rung=rung_prompt(band, _),
            there=there,
            boxes=list(range(1 if there else BOXES)),
            typed=typed,
            errors=typed.errors,
            profile=whose,
            once=request.form.get("once") or secrets.token_urlsafe(12),
            tabs=student_tabs("about"),
            reader=True,
        )
    )
