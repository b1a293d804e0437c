"""How plans work in one course: what its teachers set, how far it is, and what a cycle taught (B1, B15)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.place import place
from lti_tool.overview.rollout import adoption_of, figures_json, rollout_of
from lti_tool.planning.goals import GoalRefused
from lti_tool.planning.history import drop_draft
from lti_tool.planning.limits import set_limit
from lti_tool.planning.rollout import review_cycle, set_owner
from lti_tool.planning.school import say_band_of_course
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.limits import LEAST, MOST, most_of
from lti_tool.plans.profile import band_words
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.visits import this_visit

RULES = ("goals_most", "age_band", "owner")


def add_course_rules(pages: Blueprint, deps: Deps) -> None:
    """GET and POST /course, and POST /course/review."""

    @pages.route("/course", methods=["GET", "POST"])
    def course_rules() -> Answer:
        if request.method == "GET":
            return _page(deps)
        return _save(deps)

    @pages.post("/course/review")
    def cycle_review() -> Answer:
        actor, typed = this_visit().actor, sent(("worked", "changes"))
        with deps.database.read() as session:
            figures = figures_json(adoption_of(session, place(session, actor, actor.context_id)))
        try:
            with deps.database.write() as session:
                review_cycle(session, actor, **typed.fields, figures=figures, now=deps.now())
                drop_draft(session, actor, _review_draft())
        except Incomplete as incomplete:
            return _page(deps, typed=typed.refuse(incomplete.problems)), 422
        return redirect(url_for("pages.course_rules") + "#review", 303)


def _save(deps: Deps) -> Answer:
    """All of it or nothing: each field that cannot be kept says so."""
    typed, actor, now = sent(RULES), this_visit().actor, deps.now()
    number = typed.get("goals_most")
    most = int(number) if number.isascii() and number.isdigit() and len(number) < 3 else None
    wanted: list[Callable[[Session], object]] = [lambda session: set_limit(session, actor, most, now=now)]
    if "age_band" in request.form:
        band = typed.get("age_band")
        wanted.append(lambda session: say_band_of_course(session, actor, band, now=now))
    if "owner" in request.form:
        wanted.append(lambda session: set_owner(session, actor, typed.get("owner"), now=now))
    try:
        with deps.database.write() as session:
            for change in wanted:
                try:
                    change(session)
                except (GoalRefused, Incomplete) as refused:
                    typed.refuse(refused.problems)
            if typed.errors:
                raise Incomplete([])
    except Incomplete:
        return _page(deps, rules=typed), 422
    return redirect(url_for("pages.course_rules"), 303)


def _page(deps: Deps, *, rules: Typed | None = None, typed: Typed | None = None) -> Response:
    """rules: the form of how plans work, typed: the review, as they were sent with what is wrong."""
    with deps.database.read() as session:
        found = rollout_of(session, this_visit().actor)
        typed = typed or filled(session, _review_draft(), {"worked": "", "changes": ""})
    return make_page(
        "course-rules",
        found=found,
        rules=rules or Typed({"owner": found.owner, "age_band": found.age_band}),
        checks=[(words, found.checks[key], address) for key, words, address in _checklist()],
        most=rules.get("goals_most") if rules else str(most_of(found.goals_most)),
        bands=band_words(_),
        numbers=range(LEAST, MOST + 1),
        typed=typed,
        review_draft=_review_draft(),
        day=lambda at: charts.day(at.date(), long=True),
        tabs=staff_tabs("setup", started=found.checks["started"]),
    )


def _review_draft() -> str:
    return f"cycle:{this_visit().context_id}"


def _checklist() -> list[tuple[str, str, str]]:
    """(key, what is to do, where) in the order a team does it."""
    here = url_for("pages.course_rules")
    return [
        ("started", _("Start plans in this course"), url_for("pages.setup")),
        (
            "band",
            _("The school says whether it is a school or a college"),
            here + "#age_band",
        ),
        ("grades", _("Connect grades"), url_for("pages.setup")),
        ("owner", _("Say who looks after plans here"), here + "#owner"),
        ("talk", _("The school says whom students can talk to"), ""),
        ("cadence", _("Agree how often you check in"), url_for("pages.check_ins")),
        ("templates", _("Have a template to begin from"), url_for("pages.goal_templates")),
        ("goal", _("One student has a first goal"), url_for("pages.board")),
        ("conference", _("One conference was held"), url_for("pages.conferences")),
    ]
