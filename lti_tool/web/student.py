"""A student's own pages, and a student's plan as staff see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _

from lti_tool.overview.before_start import plan_before_start
from lti_tool.overview.goal_card import GoalCard
from lti_tool.overview.mentoring import words_for_home
from lti_tool.overview.nexts import home_profile
from lti_tool.overview.own_lessons import lessons_waiting
from lti_tool.overview.place import place_of
from lti_tool.overview.plan import PlanView, own_plan, students_plan
from lti_tool.overview.roots import Roots, roots_in, roots_of
from lti_tool.overview.scores import check_ins_of
from lti_tool.overview.talk_about import finished_lessons
from lti_tool.overview.whose import Wanted
from lti_tool.overview.wishes import shelf_of
from lti_tool.planning.encouraging import note_words_seen
from lti_tool.planning.seeing import has_news, note_seen
from lti_tool.plans.chart import ChartFacts
from lti_tool.plans.lessons import right_words
from lti_tool.plans.measure import MeasureKind
from lti_tool.plans.rounding import shown_needed
from lti_tool.plans.suggestions import Card, because_words
from lti_tool.plans.translate import Reader
from lti_tool.plans.words import journey_words
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.end_words import end_words
from lti_tool.web.frame import Tab, make_page, staff_tabs
from lti_tool.web.home_glance import glance_at_home
from lti_tool.web.lesson_words import because_words as because_words_of_lesson
from lti_tool.web.profile_words import round_words
from lti_tool.web.status_words import mark_words
from lti_tool.web.step_words import week_steps
from lti_tool.web.visits import this_visit

LESSONS_MOST = 10


def add_student_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /students/<person_id>: a learner's plan for staff of the course."""

    @pages.get("/students/<int:person_id>")
    def student(person_id: int) -> Response:
        with deps.database.read() as session:
            plan = students_plan(session, this_visit().actor, person_id, now=deps.now())
            check_ins = check_ins_of(session, this_visit().actor, person_id)
            roots = roots_of(session, this_visit().actor, [card.id for card in plan.goals])
            ids = this_visit().registration_id, [person_id], this_visit().context_id
            done = finished_lessons(session, *ids).get(person_id, [])[:LESSONS_MOST]
        return make_page(
            "student",
            lessons=done,
            right_words=lambda right, count: right_words(right, count, _),
            **_page(plan, "staff", roots),
            **check_in_words(*check_ins, plan.today),
            tabs=staff_tabs(),
        )


def check_in_words(count: int, last: datetime | None, today: date) -> dict[str, object]:
    """How many check-ins there were, and when the last was."""
    day = "" if last is None else charts.day(last.date(), today=today, long=True)
    return {"check_ins": count, "last_check_in": day}


def student_home_response(deps: Deps) -> Response:
    """What a student lands on: their plan, or a calm page before plans have started in the course."""
    visit, now = this_visit(), deps.now()
    waiting = plan_before_start(visit.actor, visit.known, now=now)
    if waiting is not None:
        return make_page("student-empty", plan=waiting, reader=True)
    here = place_of(visit.known.context, visit.known.registration)
    with deps.database.read() as session:
        glance_at_home(session, visit, now)
        plan = own_plan(session, visit.actor, now=now, known=visit.known)
        news = has_news(session, visit.actor)
        about = home_profile(session, visit.actor, now=now, here=here)
        steps = week_steps(session, visit.actor, plan)
        lessons = lessons_waiting(session, visit.actor)
        wanted = Wanted(visit.person_id, visit.registration_id)
        roots = roots_in(session, visit.actor, wanted) if plan.goals else {}
        shelf = shelf_of(session, visit.actor)
        words = words_for_home(session, visit.person_id, now=now)
        unseen = any(word.unseen for word in words)
    if news or unseen:
        with deps.database.write() as session:
            note_seen(session, visit.actor, now=now)
            note_words_seen(session, visit.actor, now=now)
    return make_page(
        "student-home",
        **_page(plan, "student", roots),
        about=about,
        steps=steps,
        lessons=lessons,
        because_words=because_words_of_lesson,
        shelf=shelf,
        kind_words=words,
        round_words=round_words,
        when=charts.day_and_time,
        reader=True,
        tabs=student_tabs(home=True),
    )


def student_tabs(current: str = "", *, home: bool = False) -> list[Tab]:
    """The pages a student goes between. current: `about`, `portfolio`, `talks`, `lessons` or `groups`."""
    return [
        (_("My plan"), url_for("pages.home"), home),
        (_("About me"), url_for("pages.about"), current == "about"),
        (_("Portfolio"), url_for("pages.portfolio"), current == "portfolio"),
        (_("Conferences"), url_for("pages.talks"), current == "talks"),
        (_("Lessons"), url_for("pages.lessons"), current == "lessons"),
        (_("Groups"), url_for("pages.groups"), current == "groups"),
    ]


def _page(plan: PlanView, reader: Reader, roots: Mapping[int, Roots]) -> dict[str, object]:
    return {
        "plan": plan,
        "as_of": charts.AsOf(plan.read_at, plan.today),
        "goals": [
            card_words(card, reader, plan.suggestions.get(card.id, ()))
            | {"roots": roots.get(card.id), "override": plan.overrides.get(card.id)}
            for card in plan.goals
        ],
        "proposals": [card_words(card, reader) for card in plan.proposals],
        "ends": [end_words(one, plan.today, reader) for one in plan.ends],
        "next_due": due_words(plan),
        "next_url": "" if plan.next is None else safe_address(plan.next.url),
    }


def card_words(card: GoalCard, reader: Reader, ideas: Sequence[Card] = ()) -> dict[str, object]:
    """A goal card's figures and sentences in the reader's words."""
    facts = card.facts
    return {
        "card": card,
        "drawing": charts.draw(facts),
        "status": mark_words(card.mark, reader),
        "journey": way_words(card, reader),
        "next": next_words(facts, reader),
        "idea": because_words(ideas[0], _) if ideas else "",
        "starts_on": charts.day(facts.starts_on, today=facts.today, long=True),
    }


def way_words(card: GoalCard, reader: Reader) -> str:
    """From where to where; a proposal has not begun, so it speaks of what would be."""
    facts, number = card.facts, charts.said_of(card.measure)
    if facts.value is None and card.measure.kind is MeasureKind.COURSE and any(o.counted for o in card.work):
        return _("Not yet. There is no course number to show.")
    if not card.waits or facts.baseline is None:
        return journey_words(facts.baseline, facts.value, _, reader=reader, number=number)
    words = _("The start would be %(start)s.", start=number(facts.baseline))
    if facts.value is None:
        return words
    return f"{words} {journey_words(None, facts.value, _, reader=reader, number=number)}"


def next_words(facts: ChartFacts, reader: Reader) -> str:
    """What the work that is left asks for, in one short sentence."""
    if facts.needed is None:
        return ""
    needed = shown_needed(facts.needed, at_most=facts.lower)
    if needed < 0 and reader != "student":
        return _("Even 0 on what is left would be too much.")
    if needed > 100 and facts.lower:
        return ""
    if needed > 100 or needed < 0:
        if reader == "student":
            return _("Let's look at this goal together: choose a new number or a new date.")
        return _("Would need more than 100 on what is left.")
    if facts.lower:
        return _("%(needed)s or less on the work that is left is enough.", needed=needed)
    if reader == "student":
        return _("About %(needed)s on the work that is left gets you there.", needed=needed)
    return _("About %(needed)s needed on the work that is left.", needed=needed)


def due_words(plan: PlanView) -> str:
    """When the next thing is due, as people say it."""
    if plan.next is None:
        return ""
    days = (plan.next.due_on - plan.today).days
    if days == 0:
        return _("It is due today.")
    if days == 1:
        return _("It is due tomorrow.")
    return _("It is due on %(day)s.", day=charts.day(plan.next.due_on, today=plan.today, long=True))


def safe_address(url: str) -> str:
    """The LMS's address of a piece of work, if a page may link to it at all."""
    return url if url.startswith(("https://", "http://")) else ""
