"""Groups on pages of staff: the approach, the list, one group, students with goals alike, notes."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.groups import course_groups, group_view, teachers_to_choose
from lti_tool.overview.lesson_needs import goals_by_topic
from lti_tool.overview.peer_notes import course_notes
from lti_tool.overview.together import own_groups, today_of
from lti_tool.planning.groups import (
    add_members,
    end_group,
    group_chosen,
    make_group,
    remove_member,
    save_group,
    set_approach,
)
from lti_tool.planning.history import drop_draft
from lti_tool.planning.leading import end_leading, name_leader, settle_note
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.access import Act, may
from lti_tool.plans.compare import word_changes
from lti_tool.plans.groups import GroupKind, approach_words, edit_agenda
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.fields import day_typed, ids_ticked
from lti_tool.web.frame import staff_tabs
from lti_tool.web.together import own_groups_page
from lti_tool.web.visits import this_visit

FIELDS = ("name", "agenda")


def add_group_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of groups for staff; what a student sees behind /groups is in web/together.py."""

    @pages.get("/groups", endpoint="groups")
    def groups() -> Answer:
        if not may(this_visit().actor, Act.MANAGE_GROUPS):
            return own_groups_page(deps)
        return _list(deps, Typed({}), [])

    @pages.post("/groups", endpoint="new_group")
    def new() -> Answer:
        return _new(deps)

    @pages.post("/groups/approach", endpoint="set_approach")
    def approach() -> Answer:
        with deps.database.write() as session:
            set_approach(session, this_visit().actor, request.form.get("approach", ""), now=deps.now())
        return redirect(url_for("pages.groups"), 303)

    @pages.route("/groups/alike", methods=["GET", "POST"], endpoint="alike")
    def alike() -> Answer:
        return _alike(deps)

    @pages.route("/groups/<int:group_id>", methods=["GET", "POST"], endpoint="group")
    def group(group_id: int) -> Answer:
        return _group(deps, group_id)

    @pages.post("/groups/<int:group_id>/end", endpoint="end_group")
    def end(group_id: int) -> Answer:
        with deps.database.write() as session:
            end_group(session, this_visit().actor, group_id, now=deps.now())
        return redirect(url_for("pages.groups"), 303)

    _add_people_pages(pages, deps)


def _add_people_pages(pages: Blueprint, deps: Deps) -> None:
    @pages.post("/groups/<int:group_id>/members", endpoint="add_members")
    def add(group_id: int) -> Answer:
        try:
            with deps.database.write() as session:
                add_members(session, this_visit().actor, group_id, ids_ticked("person"), now=deps.now())
        except Incomplete as incomplete:
            return _group_page(deps, group_id, None, people=Typed({}).refuse(incomplete.problems)), 422
        return _back(group_id)

    @pages.post("/groups/<int:group_id>/members/<int:person_id>/remove", endpoint="remove_member")
    def remove(group_id: int, person_id: int) -> Answer:
        with deps.database.write() as session:
            remove_member(session, this_visit().actor, group_id, person_id, now=deps.now())
        return _back(group_id)

    @pages.post("/groups/<int:group_id>/leaders", endpoint="name_leader")
    def lead(group_id: int) -> Answer:
        return _name_leader(deps, group_id)

    @pages.post("/groups/leaders/<int:facilitator_id>/end", endpoint="end_leading")
    def end_lead(facilitator_id: int) -> Answer:
        with deps.database.write() as session:
            group_id = end_leading(session, this_visit().actor, facilitator_id, now=deps.now())
        return _back(group_id)

    @pages.get("/notes", endpoint="peer_notes")
    def notes() -> Answer:
        with deps.database.read() as session:
            found = course_notes(session, this_visit().actor)
        return _answer("notes", notes=found, day=lambda at: charts.day(at.date(), long=True))

    @pages.post("/notes/<int:note_id>/settle", endpoint="settle_note")
    def settle(note_id: int) -> Answer:
        with deps.database.write() as session:
            settle_note(session, this_visit().actor, note_id, now=deps.now())
        return redirect(url_for("pages.peer_notes"), 303)


def _name_leader(deps: Deps, group_id: int) -> Answer:
    typed, actor = sent(("person", "until")), this_visit().actor
    until = day_typed(typed.get("until"))
    if typed.get("until") and until is None:
        typed.errors["until"] = _("Write the day like this: 2026-03-23.")
        return _group_page(deps, group_id, None, people=typed), 422
    try:
        with deps.database.write() as session:
            name_leader(
                session,
                actor,
                group_id,
                sent_id("person"),
                until=until,
                today=today_of(session, actor, deps.now()),
                now=deps.now(),
            )
    except Incomplete as incomplete:
        return _group_page(deps, group_id, None, people=typed.refuse(incomplete.problems)), 422
    return _back(group_id)


def _list(deps: Deps, typed: Typed, chosen: list[int]) -> Response:
    with deps.database.read() as session:
        found = course_groups(session, this_visit().actor)
        leading = [one for one in own_groups(session, this_visit().actor, now=deps.now()) if one.leads]
    return _answer(
        "groups",
        view=found,
        leading=leading,
        typed=typed,
        errors=typed.errors,
        chosen=chosen,
        approaches=approach_words(_),
        once=request.form.get("once") or secrets.token_urlsafe(12),
    )


def _new(deps: Deps) -> Answer:
    typed, chosen, theirs = sent(FIELDS), ids_ticked("person"), request.form.get("theirs", "")
    try:
        with deps.database.write() as session:
            actor = this_visit().actor
            if theirs:
                row = group_chosen(session, actor, theirs, now=deps.now())
            else:
                once = request.form.get("once", "")
                row = make_group(session, actor, typed.get("name"), chosen, once=once, now=deps.now())
    except Incomplete as incomplete:
        return _list(deps, typed.refuse(incomplete.problems), chosen), 422
    return _back(row.id)


def _group(deps: Deps, group_id: int) -> Answer:
    actor = this_visit().actor
    if request.method == "GET":
        return _group_page(deps, group_id, None)
    typed = sent(FIELDS)
    try:
        with deps.database.write() as session:
            save_group(
                session,
                actor,
                group_id,
                typed.get("name"),
                typed.get("agenda"),
                seen=typed.version,
                now=deps.now(),
            )
            drop_draft(session, actor, f"group:{group_id}")
    except Overtaken as overtaken:
        typed.version = overtaken.version
        return _group_page(deps, group_id, typed, theirs=overtaken.theirs), 409
    except Incomplete as incomplete:
        return _group_page(deps, group_id, typed.refuse(incomplete.problems)), 422
    return _back(group_id)


def _group_page(
    deps: Deps,
    group_id: int,
    typed: Typed | None,
    *,
    theirs: dict[str, str] | None = None,
    people: Typed | None = None,
) -> Response:
    """typed: name and agenda as sent; theirs: what was saved meanwhile; people: who was to come or lead."""
    with deps.database.read() as session:
        group, every = group_view(session, this_visit().actor, group_id)
        teachers = teachers_to_choose(session, this_visit().actor)
        stored = {"name": group.name, "agenda": group.agenda}
        typed = typed or filled(session, f"group:{group_id}", stored, group.version)
    inside = {person_id for person_id, _name in group.people}
    return _answer(
        "group",
        group=group,
        typed=typed,
        errors=typed.errors,
        people=people or Typed({}),
        draft_name=f"group:{group_id}",
        others=[one for one in every.learners if one[0] not in inside],
        learners=every.learners,
        teachers=teachers,
        day=charts.day,
        differences=[
            word_changes(text, typed.get(name))
            for name, text in (theirs or {}).items()
            if text != typed.get(name)
        ],
    )


def _alike(deps: Deps) -> Answer:
    """Students with goals alike, for staff alone; ticking some makes a session whose name says nothing."""
    actor, problem, again = this_visit().actor, "", 0
    if request.method == "POST":
        name = _("Session of %(day)s", day=charts.day(deps.now().date(), long=True))
        try:
            with deps.database.write() as session:
                made = make_group(
                    session,
                    actor,
                    name,
                    ids_ticked("person"),
                    kind=GroupKind.SESSION,
                    agenda=edit_agenda(_),
                    once=request.form.get("once", ""),
                    now=deps.now(),
                )
            return _back(made.id)
        except Incomplete as incomplete:
            problem = " ".join(one.sentence(_) for one in incomplete.problems)
            again = sent_id("which") or 1
    with deps.database.read() as session:
        topics = [one for one in goals_by_topic(session, actor) if one.students > 1]
        names = dict(course_groups(session, actor).learners)
    page = _answer(
        "alike", topics=topics, names=names, problem=problem, again=again, once=secrets.token_urlsafe(12)
    )
    return (page, 422) if problem else page


def _back(group_id: int) -> Response:
    return make_response(redirect(url_for("pages.group", group_id=group_id), 303))


def _answer(name: str, **values: Any) -> Response:
    return make_response(render_template(f"pages/{name}.html", **{"tabs": staff_tabs("groups"), **values}))
