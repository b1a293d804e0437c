"""A profile on a page: one's own, a student's for staff; and what changed between two rounds."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from lti_tool.overview.profile import profile
from lti_tool.overview.rounds import asked_now, rounds_of
from lti_tool.planning.gaps import gap_from_group, groups_of
from lti_tool.planning.profile_changes import share_all
from lti_tool.planning.texts import Incomplete
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, sent, sent_id
from lti_tool.web.entries import about_address
from lti_tool.web.frame import staff_tabs
from lti_tool.web.profile_words import profile_words, round_words
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit

NUMBER_LONGEST = 12


def add_profile_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of a profile but those of its entries."""
    pages.get("/about", endpoint="about")(lambda: _about(deps, None))

    @pages.get("/students/<int:person_id>/about", endpoint="student_about")
    def theirs(person_id: int) -> Answer:
        return _about(deps, person_id)

    @pages.post("/about/share", endpoint="share_profile")
    def share() -> Answer:
        with deps.database.write() as session:
            share_all(session, this_visit().actor, now=deps.now())
        return redirect(url_for("pages.about"), 303)

    @pages.route("/about/add/gap/grades", methods=["GET", "POST"], endpoint="gap_from_grades")
    def own_gap() -> Answer:
        return _from_grades(deps, None)

    @pages.route(
        "/students/<int:person_id>/add/gap/grades", methods=["GET", "POST"], endpoint="their_gap_from_grades"
    )
    def their_gap(person_id: int) -> Answer:
        return _from_grades(deps, person_id)

    @pages.get("/about/rounds", endpoint="rounds")
    def rounds() -> Answer:
        return _rounds(deps, None)

    @pages.get("/students/<int:person_id>/rounds", endpoint="student_rounds")
    def their_rounds(person_id: int) -> Answer:
        return _rounds(deps, person_id)


def _about(deps: Deps, person_id: int | None) -> Answer:
    with deps.database.read() as session:
        found = profile(session, this_visit().actor, person_id)
        asked = asked_now(session, this_visit().actor) if found.own else None
    return make_response(
        render_template(
            "pages/about.html",
            profile=found,
            asked=asked,
            round_words=round_words,
            words=profile_words(),
            tabs=student_tabs("about") if found.own else staff_tabs(),
            reader=found.own,
        )
    )


def _from_grades(deps: Deps, person_id: int | None) -> Answer:
    """Choose an assignment group and say what was expected; the numbers come from its grades."""
    actor = this_visit().actor
    typed = sent(("group", "expected", "once"))
    if request.method == "POST":
        try:
            with deps.database.write() as session:
                row = gap_from_group(
                    session,
                    actor,
                    person_id,
                    typed.get("group"),
                    _number(typed.get("expected")),
                    once=typed.get("once")[:64],
                    now=deps.now(),
                )
            return redirect(about_address(row.person_id), 303)
        except Incomplete as incomplete:
            typed.refuse(incomplete.problems)
    return _groups_page(deps, person_id, typed), 422 if typed.errors else 200


def _groups_page(deps: Deps, person_id: int | None, typed: Typed) -> str:
    actor = this_visit().actor
    with deps.database.read() as session:
        found = profile(session, actor, person_id)
        groups = groups_of(session, actor, person_id)
    return render_template(
        "pages/gap-from-grades.html",
        profile=found,
        groups=groups,
        typed=typed,
        errors=typed.errors,
        number=charts.number,
        back=about_address(found.person_id),
        tabs=student_tabs("about") if found.own else staff_tabs(),
        reader=found.own,
    )


def _number(typed: str) -> Decimal | None:
    text = typed.strip().removesuffix("%").strip().replace(",", ".")
    try:
        return Decimal(text) if len(text) <= NUMBER_LONGEST else None
    except InvalidOperation:
        return None


def _rounds(deps: Deps, person_id: int | None) -> Answer:
    before, after = sent_id("before") or 0, sent_id("after") or 0
    with deps.database.read() as session:
        found = rounds_of(session, this_visit().actor, person_id, before=before, after=after)
    return make_response(
        render_template(
            "pages/rounds.html",
            view=found,
            round_words=round_words,
            words=profile_words(),
            day=lambda at: charts.day(at.date(), long=True),
            back=about_address(found.person_id),
            tabs=student_tabs("about") if found.own else staff_tabs(),
            reader=found.own,
        )
    )
