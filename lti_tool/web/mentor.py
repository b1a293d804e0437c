"""One's own page outside a course: a student's whole plan, a counselor's students (lti.md §2)."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from lti_tool.overview.counselor import assigned, assigned_plan, own_home
from lti_tool.overview.reading import file_of, reading_of
from lti_tool.planning.notes import note_read
from lti_tool.plans.access import Act, may
from lti_tool.records.bonds import bond_of
from lti_tool.web.check_ins import form_address
from lti_tool.web.deps import Deps
from lti_tool.web.files import hand_out
from lti_tool.web.frame import make_page, staff_tabs
from lti_tool.web.guardian import (
    guardian_home_response,
    guardian_words,
    has_children,
    reading_words,
)
from lti_tool.web.student import card_words
from lti_tool.web.visits import this_visit

A_PAGE = 100  # students


def add_mentor_pages(pages: Blueprint, deps: Deps) -> None:
    """GET /assigned and /assigned/<person_id>: a counselor's students and the whole plan of one."""
    pages.get("/assigned", endpoint="assigned")(lambda: _assigned_page(deps))

    @pages.get("/assigned/<int:person_id>/artifacts/<int:artifact_id>/<what>", endpoint="assigned_file")
    def file(person_id: int, artifact_id: int, what: str) -> Response:
        actor = this_visit().actor
        with deps.database.read() as session:
            assigned_plan(session, actor, person_id, now=deps.now())
            found = file_of(session, actor.registration_id, person_id, artifact_id)
        return hand_out(deps, found, what)

    @pages.get("/assigned/<int:person_id>", endpoint="assigned_plan")
    def plan(person_id: int) -> Response:
        actor, now = this_visit().actor, deps.now()
        with deps.database.read() as session:
            found = assigned_plan(session, actor, person_id, now=now)
            bond = bond_of(session, actor, person_id, None)
            kind = "counselor" if bond is None else bond.role
            about = reading_of(session, actor.registration_id, person_id, kind, None, me=actor.person_id)
        with deps.database.write() as session:
            note_read(session, actor, person_id, now=now, role=kind)
        return make_page(
            "guardian",
            **guardian_words(found),
            **reading_words(
                about,
                lambda one, what: url_for(
                    "pages.assigned_file", person_id=person_id, artifact_id=one.id, what=what
                ),
            ),
            base="layout.html",
            reader=True,
            counselor=True,
            check_in=form_address(person_id, None),
            back=(_("Your students"), url_for("pages.assigned")),
        )


def own_home_response(deps: Deps) -> Response | None:
    """The page of a known person outside any course, or of a counselor in one; None where there is none.

    A counselor gets their students, a guardian their children, a student their own whole plan.
    """
    actor = this_visit().actor
    if may(actor, Act.SEE_ASSIGNED):
        with deps.database.read() as session:
            some = bool(assigned(session, actor))
        if some:
            return _assigned_page(deps)
    if actor.context_id is not None or not may(actor, Act.SEE_HOME):
        return None
    with deps.database.read() as session:
        plan = own_home(session, actor, now=deps.now())
        about = (
            None
            if plan is None
            else reading_of(session, actor.registration_id, plan.person_id, "student", None)
        )
    if plan is not None and about is not None:
        words = guardian_words(plan) | reading_words(about)
        for part in ("goals", "proposals"):
            for one in words[part]:
                one |= {key: card_words(one["card"], "student")[key] for key in ("journey", "next", "status")}
        return make_page("guardian", **words, base="layout.html", reader=True, own=True, tabs=staff_tabs())
    return guardian_home_response(deps) if has_children(deps) else None


def _assigned_page(deps: Deps) -> Response:
    with deps.database.read() as session:
        found = assigned(session, this_visit().actor)
    last = max(1, -(-len(found) // A_PAGE))
    typed = request.args.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    number = min(max(number, 1), last)
    shown = found[(number - 1) * A_PAGE : number * A_PAGE]
    return make_page(
        "counselor",
        students=shown,
        total=len(found),
        first=(number - 1) * A_PAGE + 1,
        page=number,
        last_page=last,
        reader=True,
        tabs=staff_tabs("assigned"),
    )
