"""The page of the goal form: as it opens, as it was kept, and as it stands with what was found of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from lti_tool.overview.choices import Choices, learners_besides
from lti_tool.overview.profile import own_strengths
from lti_tool.overview.templates import TemplateView, templates_here
from lti_tool.overview.wishes import DRAFTS, count_in_plan, goals_at_work
from lti_tool.planning.clear import Wording
from lti_tool.planning.goals import TooMany
from lti_tool.planning.history import own_draft
from lti_tool.planning.linking import gap_words
from lti_tool.planning.looking import Look
from lti_tool.plans.goal import default_end
from lti_tool.plans.limits import PLAN_WARNED
from lti_tool.plans.profile import Area, Band, area_words
from lti_tool.plans.prompts import rung_prompt
from lti_tool.plans.smart_verdict import Kind, Verdict
from lti_tool.plans.template_work import Match, Named, matches, placed, read
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import sent_id
from lti_tool.web.forms import Filled, empty_form, read_goal_form
from lti_tool.web.frame import staff_tabs
from lti_tool.web.goal_form import feasible_mark, form_words
from lti_tool.web.measure_fields import offer_of
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit

TRIES_TO_TALK = 2
KEPT = ("strength_id", "area", "anyway", "whole")


@dataclass
class Page:
    """The form's page besides its fields. verdict: of the goal as it stands; dream: words kept as a dream.

    from_words: its fields were read from the goal's own words.
    """

    deps: Deps
    filled: Filled
    choices: Choices
    person_id: int | None
    look: Look | None = None
    verdict: Verdict | None = None
    dream: str = ""
    first_look: bool = False
    from_words: bool = False
    too_many: TooMany | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def own(self) -> bool:
        """Whether a student makes it."""
        return self.person_id is None

    @property
    def key(self) -> str:
        """The form's own key, the same from its opening until it is sent."""
        typed = request.values.get("draft", "")
        fits = typed.isascii() and typed.replace("-", "").replace("_", "").isalnum() and len(typed) <= 32
        if not (typed and fits):
            typed = self.extra.setdefault("draft", secrets.token_urlsafe(9))
        return typed

    @property
    def draft_name(self) -> str:
        """What the draft of this form is called."""
        return DRAFTS + self.key if self.own else f"propose:{self.person_id}"

    @property
    def stage(self) -> int:
        """How far on the way to a goal: 1 an idea, 2 how it is counted, 3 what it asks for is on the page."""
        if self.look is not None:
            return 3
        return 2 if self.filled.typed["title"].strip() else 1

    @property
    def tries(self) -> int:
        """How often this form was refused before now."""
        typed = request.form.get("tries", "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0


def wording(page: Page | None = None) -> Wording:
    """How the visitor writes and reads; the language is the LMS's word for it, where it says one."""
    visit = this_visit()
    return Wording(
        language=visit.locale or str(get_locale()),
        translate=_,
        number=charts.number,
        day=lambda on: charts.day(on, long=True),
        helps=_helps(page) if page is not None else "",
    )


def _helps(page: Page) -> str:
    """What the goal is tied to: a gap, else a strength, else its area."""
    actor, gap_id = this_visit().actor, sent_id("gap")
    with page.deps.database.read() as session:
        found = gap_words(session, actor, gap_id) if gap_id is not None else ""
        if not found and page.own and page.extra.get("strength_id"):
            strengths = {str(one): words for one, words in own_strengths(session, actor)}
            found = strengths.get(page.extra["strength_id"], "")
    return found or area_words(_).get(page.extra.get("area", ""), "")


def form_of(fields: dict[str, Any], choices: Choices) -> Filled:
    """A form as it was kept."""
    sent: MultiDict[str, str] = MultiDict()
    for name, text in fields.items():
        if name == "items":
            sent.setlist("items", str(text).split("\n"))
        else:
            sent[name] = str(text)
    sent.setdefault("measure", "average")
    return read_goal_form(sent, offer_of(choices))


def begun(deps: Deps, choices: Choices, person_id: int | None) -> Filled:
    """The form as its author left it, else empty; the words of the gap it is made from stand in it."""
    page = Page(deps, Filled({}), choices, person_id)
    gap_id, template_id = sent_id("gap"), sent_id("template")
    with deps.database.read() as session:
        actor = this_visit().actor
        draft = own_draft(session, actor, page.draft_name)
        words = gap_words(session, actor, gap_id) if gap_id is not None else ""
        chosen = (
            [one for one in templates_here(session, actor) if one.id == template_id] if template_id else []
        )
    took = request.args.get("work") == "1" and bool(chosen)  # they looked at what is proposed and want it
    items = [str(one.item_id) for one in work_proposed(choices, chosen[0].fields)[0]] if took else []
    if draft is not None and any(draft.fields.get(name) for name in ("title", "target", "items")):
        filled = form_of({**draft.fields, **({"items": "\n".join(items)} if took else {})}, choices)
        filled.errors.clear()
        filled.kept = {name: str(draft.fields.get(name, "")) for name in KEPT}
        return filled
    if chosen:
        due_on = choices.today + timedelta(weeks=int(chosen[0].fields.get("weeks", 6)))
        fields = {**chosen[0].fields, "due_on": due_on.isoformat(), "items": "\n".join(items)}
        filled = form_of(fields, choices)
        filled.errors.clear()
        return filled
    ends_on = default_end(choices.today, choices.term_ends_on)
    form = empty_form(request.args.get("measure", ""), offer_of(choices), ends_on)
    form.typed["title"] = words or request.args.get("title", "")[:500]
    return form


def work_proposed(choices: Choices, fields: dict[str, Any]) -> tuple[list[Match], list[Named]]:
    """What of the course looks like a template's work, and what of it nothing looks like."""
    here = placed((one.id, one.name, one.group) for one in choices.work)
    return matches(read(fields.get("work")), here)


def _proposed(page: Page, templates: Sequence[TemplateView]) -> dict[str, Any]:
    """The work proposed for the template the form begins from, until it is taken or the form was sent."""
    chosen = [one for one in templates if one.id == sent_id("template")]
    if not chosen or request.args.get("work") == "1":
        return {"proposed": [], "not_found": []}
    found, missing = work_proposed(page.choices, chosen[0].fields)
    return {"proposed": found, "not_found": [one.name for one in missing]}


def show(page: Page) -> str:
    filled, verdict, own = page.filled, page.verdict, page.own
    extra = {**filled.kept, **page.extra}
    actor = this_visit().actor
    with page.deps.database.read() as session:
        strengths = own_strengths(session, actor) if own else []
        templates = templates_here(session, actor) if request.method == "GET" else []
        others = [] if own else learners_besides(session, actor, page.person_id)
        in_plan = count_in_plan(session, actor) if own else 0
        at_work = goals_at_work(session, actor) if verdict and verdict.kind is Kind.STEP and own else []
    return render_template(
        "pages/goal-new.html",
        **form_words(filled, page.choices, page.look, verdict, own=own),
        person_id=page.person_id,
        strengths=strengths,
        areas=[(area.value, area_words(_)[area]) for area in (Area.ACADEMIC, Area.PERSONAL, Area.CAREER)],
        extra=extra,
        key=page.key,
        gap=request.values.get("gap", ""),
        draft_name=page.draft_name,
        tries=extra.get("tries", "0"),
        may_talk=own and int(extra.get("tries", "0")) >= TRIES_TO_TALK,
        seen="" if page.look is None else feasible_mark(page.look),
        first_look=page.first_look,
        stage=page.stage,
        from_words=page.from_words,
        too_many=page.too_many,
        dream=page.dream,
        in_plan=in_plan if in_plan >= PLAN_WARNED else 0,
        rung=rung_prompt(Band.COLLEGE if this_visit().college else Band.SCHOOL, _),
        is_dream=verdict is not None and verdict.kind is Kind.DREAM,
        at_work=at_work,
        others=others,
        templates=[(one.id, one.name) for one in templates],
        template=request.values.get("template", ""),
        **_proposed(page, templates),
        also=request.form.getlist("also"),
        conference=request.values.get("conference", ""),
        agreement=request.values.get("agreement", ""),
        tabs=student_tabs() if own else staff_tabs(),
        reader=own,
    )
