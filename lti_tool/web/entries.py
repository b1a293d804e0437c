"""The form of one profile entry: the student's own, or what staff see beside it (A2, A4)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti_tool.overview.changes import changes_of
from lti_tool.overview.place import place
from lti_tool.overview.profile import EntryView, ProfileView, profile
from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import drop_draft
from lti_tool.planning.profile import EntryDraft, add_entry, add_view
from lti_tool.planning.profile_changes import retire_entry, save_entry
from lti_tool.planning.profile_rows import WORDS, find_entry
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.access import Act, may
from lti_tool.plans.compare import word_changes
from lti_tool.plans.profile import Kind, level_words
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.entry_words import EntryForm, entry_form, view_form
from lti_tool.web.frame import staff_tabs
from lti_tool.web.student import student_tabs
from lti_tool.web.visits import this_visit

ONCE_LONGEST = 64


@dataclass(frozen=True)
class _At:
    """Where an entry's form stands: whose profile, which kind, and the entry it changes or stands beside."""

    whose: ProfileView
    kind: Kind
    topic: str
    entry: EntryView | None = None
    beside: EntryView | None = None

    @property
    def form(self) -> EntryForm:
        if self.whose.own:
            return entry_form(self.kind, self.topic, self.whose.band)
        return view_form(self.kind, self.whose.given_name, "beside" if self.beside else "")

    @property
    def draft_name(self) -> str:
        if self.entry is not None:
            return f"entry:{self.entry.id}"
        beside = f":{self.beside.id}" if self.beside else ""
        return f"new:{self.whose.person_id}:{self.kind}:{self.topic[:20]}{beside}"


def add_entry_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of an entry."""

    @pages.route("/about/add/<kind>", methods=["GET", "POST"], endpoint="add_entry")
    def add_own(kind: str) -> Answer:
        return _new(deps, None, kind)

    @pages.route("/students/<int:person_id>/add/<kind>", methods=["GET", "POST"], endpoint="add_view")
    def add_theirs(person_id: int, kind: str) -> Answer:
        return _new(deps, person_id, kind)

    @pages.route("/entries/<int:entry_id>", methods=["GET", "POST"], endpoint="entry")
    def entry(entry_id: int) -> Answer:
        return _edit(deps, entry_id)

    @pages.post("/entries/<int:entry_id>/retire", endpoint="retire_entry")
    def retire(entry_id: int) -> Answer:
        with deps.database.write() as session:
            row = retire_entry(session, this_visit().actor, entry_id, now=deps.now())
        return redirect(about_address(row.person_id), 303)


def about_address(person_id: int) -> str:
    """The profile the visitor came from: their own, or a student's."""
    visit = this_visit()
    if person_id == visit.person_id:
        return url_for("pages.about")
    return url_for("pages.student_about", person_id=person_id)


def _new(deps: Deps, person_id: int | None, kind: str) -> Answer:
    if kind not in set(Kind):
        raise NotFound
    with deps.database.read() as session:
        whose = profile(session, this_visit().actor, person_id)
        at = _place(whose, Kind(kind))
        if request.method == "GET":
            return _page(session, at, filled(session, at.draft_name, _empty(at)))
    typed = sent(WORDS)
    try:
        with deps.database.write() as session:
            actor = this_visit().actor
            draft = EntryDraft(
                at.kind,
                text=typed.get("text"),
                more=typed.get("more"),
                expected=typed.get("expected"),
                present=typed.get("present"),
                topic=at.topic,
                once=request.form.get("once", "")[:ONCE_LONGEST],
                artifact_id=sent_id("artifact_id"),
                conference_id=sent_id("conference_id"),
            )
            if person_id is None:
                add_entry(session, actor, draft, share="share" in request.form, now=deps.now())
            else:
                beside_id = at.beside.id if at.beside else None
                add_view(session, actor, person_id, draft, beside_id=beside_id, now=deps.now())
            drop_draft(session, actor, at.draft_name)
    except Incomplete as incomplete:
        with deps.database.read() as session:
            return _page(session, at, typed.refuse(incomplete.problems)), 422
    if draft.conference_id is not None:
        return redirect(url_for("pages.conference", conference_id=draft.conference_id) + "#list", 303)
    return redirect(about_address(whose.person_id), 303)


def _place(whose: ProfileView, kind: Kind) -> _At:
    """The form of a new entry; one that exists once is its own form."""
    beside_id, topic = sent_id("beside"), request.values.get("topic", "")
    beside = None if beside_id is None else _find(whose, beside_id)
    if not whose.own and beside is None and kind not in (Kind.STRENGTH, Kind.GAP):
        raise NotFound
    if beside is not None and (whose.own or beside.kind is not kind):
        raise NotFound
    entry = next(
        (
            one
            for one in (*whose.skills, *whose.gaps, *whose.reflections, *whose.dream)
            if whose.own and one.mine and one.kind is kind and kind is not Kind.GAP and one.topic == topic
        ),
        None,
    )
    at = _At(whose, kind, beside.topic if beside else topic, entry, beside)
    if not at.form.title:
        raise NotFound
    return at


def _find(whose: ProfileView, entry_id: int) -> EntryView:
    everything = (*whose.strengths, *whose.skills, *whose.gaps, *whose.reflections, *whose.dream)
    for one in everything:
        for each in (one, *one.beside):
            if each.id == entry_id:
                return each
    raise NotFound


def _empty(at: _At) -> dict[str, str]:
    if at.entry is not None:
        return {name: getattr(at.entry, name) for name in WORDS}
    return dict.fromkeys(WORDS, "")


def _edit(deps: Deps, entry_id: int) -> Answer:
    """The form of an entry that is there; somebody else's can be read, not changed."""
    actor = this_visit().actor
    with deps.database.read() as session:
        row = find_entry(session, actor, entry_id)
        whose = profile(session, actor, row.person_id)
        entry = _find(whose, entry_id)
        beside = None if row.beside_id is None else _find(whose, row.beside_id)
        at = _At(whose, entry.kind, entry.topic, entry, beside)
        if request.method == "GET":
            stored = {name: getattr(entry, name) for name in WORDS}
            return _page(
                session, at, filled(session, at.draft_name, stored, entry.version), since=row.shared_version
            )
    typed = sent(WORDS)
    asked = [*(one.name for one in at.form.fields), *(["text"] if at.form.levels else [])]
    try:
        with deps.database.write() as session:
            save_entry(
                session,
                actor,
                entry_id,
                {name: typed.get(name) for name in asked},
                typed.version,
                share="share" in request.form,
                now=deps.now(),
            )
            drop_draft(session, actor, at.draft_name)
    except Incomplete as incomplete:
        with deps.database.read() as session:
            return _page(session, at, typed.refuse(incomplete.problems), since=row.shared_version), 422
    except Overtaken as overtaken:
        with deps.database.read() as session:
            return _page(session, at, typed, since=row.shared_version, overtaken=overtaken), 409
    return redirect(about_address(row.person_id), 303)


def _page(
    session: Session,
    at: _At,
    typed: Typed,
    *,
    since: int | None = None,
    overtaken: Overtaken | None = None,
) -> Response:
    visit = this_visit()
    here = place(session, visit.actor, visit.context_id)
    history = (
        []
        if at.entry is None
        else changes_of(
            session,
            visit.registration_id,
            "entry",
            at.entry.id,
            zone=here.zone,
            since=None if at.entry.mine else since,
        )
    )
    differences = [
        (one.label, word_changes(overtaken.theirs.get(one.name, ""), typed.get(one.name)))
        for one in at.form.fields
        if overtaken is not None and overtaken.theirs.get(one.name, "") != typed.get(one.name)
    ]
    own = at.whose.own
    if overtaken is not None:
        typed.version = overtaken.version
    return make_response(
        render_template(
            "pages/entry.html",
            at=at,
            form=at.form,
            typed=typed,
            errors=typed.errors,
            labels={one.name: one.label for one in at.form.fields},
            levels=level_words(_),
            once=request.form.get("once") or secrets.token_urlsafe(12),
            history=history,
            day=lambda at: charts.day(at.date()),
            differences=differences,
            back=about_address(at.whose.person_id),
            may_write=at.entry is None or at.entry.mine,
            may_view=may(visit.actor, Act.ADD_VIEW),
            tabs=student_tabs("about") if own else staff_tabs(),
            reader=own,
        )
    )
