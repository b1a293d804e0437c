"""Pages of staff: the landing page, the first run, the board, the two buttons."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext

from lti_tool.overview.before_start import invitation
from lti_tool.overview.board import Board, board
from lti_tool.overview.board_goals import BoardGoal
from lti_tool.overview.scores import column_view
from lti_tool.overview.setup import setup
from lti_tool.planning.asking import ask_for_sync
from lti_tool.planning.courses import start_plans
from lti_tool.planning.errors import NotFound
from lti_tool.planning.roster import confirm_gone
from lti_tool.planning.school import say_band_of_course
from lti_tool.plans.access import Act, Role, may
from lti_tool.plans.profile import Band, band_words
from lti_tool.plans.reasons import Group, group_words, reason_for
from lti_tool.plans.translate import Translate
from lti_tool.web.admin import admin_page
from lti_tool.web.charts import AsOf, day, draw, number
from lti_tool.web.consent import connect_form
from lti_tool.web.deps import Deps
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.guardian import guardian_home_response
from lti_tool.web.mentor import own_home_response
from lti_tool.web.scores import column_words
from lti_tool.web.status_words import mark_words
from lti_tool.web.student import student_home_response
from lti_tool.web.visits import this_visit

_: Translate = gettext
FIND_LONGEST = 200


def add_staff_pages(pages: Blueprint, deps: Deps) -> None:
    """Add the landing page and those of staff."""
    pages.get("/", endpoint="home")(lambda: home_page(deps))
    pages.get("/setup", endpoint="setup")(lambda: setup_page(deps))
    pages.get("/board", endpoint="board")(lambda: board_page(deps))

    pages.post("/roster/gone", endpoint="confirm_gone")(lambda: confirm_gone_view(deps))

    @pages.post("/start")
    def start() -> Answer:
        visit = this_visit()
        with deps.database.write() as session:
            start_plans(session, visit.actor, _course_id(), jobs=deps.jobs, now=deps.now())
            if request.form.get("age_band") in set(Band) and may(visit.actor, Act.SET_COURSE):
                say_band_of_course(session, visit.actor, request.form["age_band"], now=deps.now())
        return redirect(url_for("pages.setup"), 303)

    @pages.post("/sync")
    def sync_now() -> Answer:
        visit = this_visit()
        with deps.database.write() as session:
            ask_for_sync(session, visit.actor, _course_id(), jobs=deps.jobs, now=deps.now())
        return redirect(url_for("pages.board" if may(visit.actor, Act.SEE_BOARD) else "pages.setup"), 303)


def confirm_gone_view(deps: Deps) -> Answer:
    """Staff say that those a doubted list leaves out have left; a page older than the list does nothing."""
    try:
        read_at = datetime.fromisoformat(request.form.get("read_at", ""))
    except ValueError:
        read_at = None
    if read_at is not None and read_at.tzinfo is None:
        read_at = None
    with deps.database.write() as session:
        confirm_gone(session, this_visit().actor, read_at=read_at, now=deps.now())
    return redirect(url_for("pages.setup"), 303)


def home_page(deps: Deps) -> Answer:
    """Where a launch lands, by what the person is here."""
    visit = this_visit()
    if "deep_linking" in visit.extra:
        return redirect(url_for("pages.deep_linking"))
    if visit.role is Role.LEARNER and visit.context_id is not None:
        return student_home_response(deps)
    if visit.context_id is not None and may(visit.actor, Act.SEE_BOARD):
        return board_page(deps)
    if visit.role is Role.MENTOR and visit.context_id is not None:
        return guardian_home_response(deps)
    own = own_home_response(deps)
    if own is not None:
        return own
    if visit.is_admin:
        return admin_page(deps)
    return make_page("nothing-here" if visit.context_id is not None else "no-course")


def setup_page(deps: Deps) -> Answer:
    """The set-up page: before the start an invitation, after it how far everything has come."""
    visit = this_visit()
    if not visit.started:
        return invitation_page(deps)
    with deps.database.read() as session:
        found = setup(session, visit.actor, visit.context_id, now=deps.now())
        column = None
        if may(visit.actor, Act.RUN_COLUMN) and found.started_at is not None:
            column = column_view(session, visit.actor, visit.context_id, now=deps.now())
    return make_page(
        "first-run",
        **(column_words(column) if column is not None else {}),
        setup=found,
        as_of=AsOf(found.sync.as_of, found.sync.today),
        started=AsOf(found.started_at, found.sync.today),
        tabs=staff_tabs("setup"),
        can_see_board=may(visit.actor, Act.SEE_BOARD),
        moment=lambda at: AsOf(at, found.sync.today).words,
        can_confirm=may(visit.actor, Act.CONFIRM_GONE),
        connect=connect_form(deps, found.sync.connection),
    )


def invitation_page(deps: Deps) -> Answer:
    """What staff see before the start: an invitation, with the name of the course."""
    with deps.database.look() as door:
        found = invitation(door, this_visit().actor, this_visit().known)
    asks = found.asks_band and may(this_visit().actor, Act.SET_COURSE)
    bands = band_words(_) if asks else {}
    return make_page("before-start", invitation=found, bands=bands, tabs=staff_tabs("setup", started=False))


def board_page(deps: Deps) -> Answer:
    """The board; before plans are started the set-up page instead."""
    visit = this_visit()
    if not visit.started:
        return setup_page(deps)
    find = " ".join(request.args.get("find", "").split())[:FIND_LONGEST]
    page = request.args.get("page", "1")
    with deps.database.read() as session:
        found = board(
            session,
            visit.actor,
            visit.context_id,
            now=deps.now(),
            find=find,
            group=request.args.get("group", ""),
            team=_number(request.args.get("team", "")),
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
        )
    reasons = cache(lambda need: reason_for(need, _))  # a hundred students have few reasons
    return make_page(
        "board",
        board=found,
        connect=connect_form(deps, found.sync.connection),
        groups=[(group, group_words(group, _), found.counts.get(group, 0)) for group in Group],
        as_of=AsOf(found.sync.as_of, found.sync.today),
        moment=lambda at: AsOf(at, found.sync.today).words,
        reason=lambda row: reasons(row.need),
        drawing=lambda goal: draw(goal.facts),
        line=lambda goal: goal_line(goal, found.sync.today),
        words=cache(lambda status: mark_words(status, "staff")),
        day=lambda on: day(on, today=found.sync.today),
        address=lambda **changed: url_for("pages.board", **_kept(found, changed)),
        tabs=staff_tabs("board", started=True),
    )


def goal_line(goal: BoardGoal, today: date) -> str:
    """From where to where by when, and where it is now."""
    facts = goal.facts
    values = {"target": number(facts.target), "day": day(facts.due_on, today=today)}
    if facts.baseline is None:
        way = _("to %(target)s by %(day)s", **values)
    else:
        way = _("%(start)s to %(target)s by %(day)s", start=number(facts.baseline), **values)
    if facts.value is None:
        return _("%(way)s · no grade yet", way=way)
    return _("%(way)s · now %(now)s", way=way, now=number(facts.value))


def _kept(found: Board, changed: dict[str, Any]) -> dict[str, Any]:
    """The board's address parts with some changed; empty ones are left out."""
    parts = {
        "find": found.find,
        "group": found.group.value if found.group else "",
        "team": found.team,
        **changed,
    }
    return {name: value for name, value in parts.items() if value}


def _number(text: str) -> int:
    """A row's number from an address; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _course_id() -> int:
    course_id = this_visit().context_id
    if course_id is None:
        raise NotFound
    return course_id
