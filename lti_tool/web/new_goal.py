"""The form that makes or proposes a goal: kept while it is typed, refused only at the start, and why."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.choices import goal_choices
from lti_tool.planning.agreeing import agree_goal
from lti_tool.planning.clear import look_at_draft
from lti_tool.planning.dreaming import keep_dream
from lti_tool.planning.goals import GoalRefused, Instead, TooMany, Unclear, make_goal, propose_to_many
from lti_tool.planning.history import drop_draft, keep_draft
from lti_tool.planning.linking import tie_goal
from lti_tool.planning.templates import begin_from
from lti_tool.planning.wishes import ask_to_talk
from lti_tool.plans.goal import GoalDraft
from lti_tool.plans.smart import check_smart
from lti_tool.plans.smart_verdict import Filled as Form
from lti_tool.plans.smart_verdict import Kind
from lti_tool.records.goal import Goal
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import sent_id
from lti_tool.web.forms import read_goal_form
from lti_tool.web.goal_form import feasible_mark, fits
from lti_tool.web.goal_page import KEPT, Page, begun, show, wording
from lti_tool.web.idea_form import from_words, with_group
from lti_tool.web.measure_fields import offer_of
from lti_tool.web.visits import this_visit

ALSO_MOST = 500
OFFERS = frozenset({"all_of", "read_words"})
OF_WORDS = frozenset({"course_wide", "vague", "too_broad", "compares", "dream", "step", "habit"})


def new_goal_page(deps: Deps, person_id: int | None) -> Answer:
    """The form, empty or as it was sent; a goal when nothing is wrong with it."""
    with deps.database.read() as session:
        choices = goal_choices(session, this_visit().actor, person_id, now=deps.now())
    if request.method == "GET":
        return show(Page(deps, begun(deps, choices, person_id), choices, person_id))
    filled = read_goal_form(request.form, offer_of(choices))
    page = Page(deps, filled, choices, person_id, extra=_kept())
    if "all_of" in request.form:
        fitting = [one for one in choices.work if fits(filled.typed["measure"], one)]
        page.filled = with_group(request.form, filled, request.form["all_of"], fitting)
        return _looked(page)
    if "keep" in request.form and page.own:
        return _keep(page)
    if "talk" in request.form and page.own:
        return _talk(page)
    for name, take in (("use_title", filled.take_title), ("use_target", filled.take_target)):
        if name in request.form:
            take(request.form[name])
            return _looked(page)
    if "use_day" in request.form:
        filled.take_day(request.form["use_day"])
        if request.form.get("day_words"):
            filled.take_title(request.form["day_words"])
        return _looked(page)
    if "look" in request.form:
        return _looked(page)
    told = from_words(request.form, filled, choices, wording().language)
    if told is not None:
        page.filled, page.from_words = told, True
        return _looked(page)
    if "read_words" in request.form:
        return _looked(page)
    return _sent(page)


def _kept() -> dict[str, str]:
    return {name: request.form.get(name, "")[:2000] for name in KEPT}


def _looked(page: Page) -> Answer:
    """The form as it stands, with what it would mean; what nobody has come to yet is no mistake."""
    if "HX-Request" in request.headers or OFFERS.intersection(request.form) or page.from_words:
        page.filled.forgive_empty()
    _judge(page)
    return show(page), 422 if page.filled.errors else 200


def _sent(page: Page) -> Answer:
    """Make it a goal, or say why not yet."""
    filled = page.filled
    _judge(page)
    if filled.draft is not None and not filled.errors:
        mark = "" if page.look is None else feasible_mark(page.look)
        clear = page.verdict is None or page.verdict.ready
        if page.own and clear and mark and request.form.get("seen", mark) != mark:
            page.first_look = True
            return show(page), 200
        try:
            return redirect(url_for("pages.goal", goal_id=_store(page, filled.draft)), 303)
        except Unclear as unclear:
            page.verdict = unclear.verdict
            filled.refuse(unclear.problems)
        except TooMany as too_many:
            if page.own:
                page.too_many = too_many
                return show(page), 422
            filled.refuse(too_many.problems)
        except GoalRefused as refused:
            filled.refuse(refused.problems)
    elif page.verdict is None and filled.typed["title"].strip():
        _judge_words(page)
    if page.verdict is not None and page.verdict.kind is Kind.DREAM and page.own:
        _dream(page)
    page.extra["tries"] = str(page.tries + 1)
    return show(page), 422


def _judge(page: Page) -> None:
    """What the draft would be, and whether it is clear, where enough of it can be read."""
    draft = page.filled.readable_draft()
    if draft is None:
        return
    with page.deps.database.read() as session:
        found = look_at_draft(
            session, this_visit().actor, page.person_id, draft, wording(page), now=page.deps.now()
        )
    if found is not None:
        page.look, page.verdict = found


def _judge_words(page: Page) -> None:
    """A form that cannot be read as a goal yet: its words may say why."""
    verdict = check_smart(page.filled.typed["title"], Form(), wording().language)
    of_words = [check for check in verdict.refused if check.code in OF_WORDS]
    if of_words:
        page.verdict = verdict
        page.filled.say("title", [check.sentence for check in of_words])


def _dream(page: Page) -> None:
    """Keep the words as the student's dream and ask for the first rung."""
    words = page.filled.typed["title"].strip()
    with page.deps.database.write() as session:
        kept = keep_dream(session, this_visit().actor, words, now=page.deps.now())
    if kept:
        page.dream = words
        page.filled.typed["title"] = ""


def _store(page: Page, draft: GoalDraft) -> int:
    actor, now = this_visit().actor, page.deps.now()
    made: list[Goal] = []
    with page.deps.database.write() as session:
        if page.person_id is None:
            goal = make_goal(session, actor, draft, wording=wording(page), instead=sent_instead(), now=now)
        elif (conference_id := sent_id("conference")) is not None:
            goal = agree_goal(
                session,
                actor,
                conference_id,
                draft,
                person_id=page.person_id,
                agreement_id=sent_id("agreement"),
                wording=wording(page),
                now=now,
            )
        else:
            made = propose_to_many(
                session,
                actor,
                [page.person_id, *_also()],
                draft,
                wording=wording(page),
                anyway=page.extra["anyway"],
                now=now,
            )
            goal = made[0]
        strength = sent_id("strength_id") if page.own else None
        tie_goal(
            session,
            actor,
            goal,
            gap_id=sent_id("gap"),
            strength_id=strength,
            area=page.extra["area"],
            whole=page.own and bool(page.extra["whole"]),
            now=now,
        )
        template_id = sent_id("template")
        if template_id is not None:
            for one in made or [goal]:
                begin_from(session, actor, one, template_id, now=now)
        drop_draft(session, actor, page.draft_name)
        return goal.id


def _also() -> list[int]:
    """The other students it is proposed to."""
    return [
        int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
        for text in request.form.getlist("also")[:ALSO_MOST]
    ]


def sent_instead() -> Instead | None:
    """Which goal is to make room, and how: "pause-12"."""
    how, _dash, number = request.form.get("instead", "").partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return Instead(int(number), how)


def _keep(page: Page) -> Answer:
    """Keep it as a draft, for its author alone."""
    typed = page.filled.typed
    fields = {**typed, **page.extra, "items": "\n".join(typed["items"])}
    with page.deps.database.write() as session:
        keep_draft(session, this_visit().actor, page.draft_name, _texts(fields), now=page.deps.now())
    return redirect(url_for("pages.home", _anchor="shelf"), 303)


def _talk(page: Page) -> Answer:
    """Send it to the teachers of the course, to talk about."""
    _judge(page)
    typed = page.filled.typed
    missing = [check.code for check in page.verdict.refused] if page.verdict is not None else []
    fields = {**typed, **page.extra, "items": "\n".join(typed["items"])}
    fields["language"] = wording().language
    try:
        with page.deps.database.write() as session:
            ask_to_talk(
                session,
                this_visit().actor,
                page.key,
                typed["title"],
                _texts(fields),
                missing,
                now=page.deps.now(),
            )
            drop_draft(session, this_visit().actor, page.draft_name)
    except GoalRefused as refused:
        page.filled.refuse(refused.problems)
        return show(page), 422
    return redirect(url_for("pages.home", _anchor="shelf"), 303)


def _texts(fields: dict[str, Any]) -> dict[str, str]:
    return {name: str(text).replace("\0", "") for name, text in fields.items() if text}
