"""The portfolio's pages: choose, say why, make ready; and handing out files so that nothing in them runs."""

from __future__ import annotations

import secrets
from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer
from flask_babel import gettext as _

from lti_tool.overview.portfolio import ArtifactView, PortfolioView, portfolio, work_to_choose
from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import drop_draft
from lti_tool.planning.portfolio import (
    WITH_FILE,
    ArtifactDraft,
    ArtifactKind,
    add_artifact,
    become,
    find_artifact,
    make_ready,
    remove_artifact,
    save_artifact,
)
from lti_tool.planning.texts import Incomplete, Overtaken
from lti_tool.plans.access import Act, Refused
from lti_tool.plans.compare import word_changes
from lti_tool.plans.profile import Kind
from lti_tool.records.portfolio import StoredFile
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import Typed, filled, sent, sent_id
from lti_tool.web.files import FILE, PICTURE, hand_out
from lti_tool.web.frame import staff_tabs
from lti_tool.web.student import safe_address, student_tabs
from lti_tool.web.uploads import MEGABYTE, receive
from lti_tool.web.visits import this_visit

FIELDS = ("title", "why", "alt", "text", "url", "tag")
KEPT = (*FIELDS, "item_id")


def add_portfolio_pages(pages: Blueprint, deps: Deps) -> None:
    """Every address of a portfolio."""
    pages.get("/portfolio", endpoint="portfolio")(lambda: _list(deps, None))
    pages.get("/students/<int:person_id>/portfolio", endpoint="student_portfolio")(
        lambda person_id: _list(deps, person_id)
    )

    @pages.route("/portfolio/add/<kind>", methods=["GET", "POST"], endpoint="add_artifact")
    def add(kind: str) -> Answer:
        if kind not in set(ArtifactKind):
            raise NotFound
        return _form(deps, ArtifactKind(kind), None)

    @pages.route("/artifacts/<int:artifact_id>", methods=["GET", "POST"], endpoint="artifact")
    def artifact(artifact_id: int) -> Answer:
        with deps.database.read() as session:
            row = find_artifact(session, this_visit().actor, artifact_id)
            found = portfolio(session, this_visit().actor, row.person_id)
        one = next((each for each in found.artifacts if each.id == artifact_id), None)
        if one is None:
            raise NotFound
        return _form(deps, ArtifactKind(one.kind), one, row.person_id)

    @pages.post("/artifacts/<int:artifact_id>/remove", endpoint="remove_artifact")
    def remove(artifact_id: int) -> Answer:
        with deps.database.write() as session:
            remove_artifact(session, this_visit().actor, artifact_id, now=deps.now())
        return redirect(url_for("pages.portfolio"), 303)

    @pages.post("/artifacts/<int:artifact_id>/become", endpoint="become")
    def turn(artifact_id: int) -> Answer:
        kind = request.form.get("kind", "")
        if kind not in set(Kind):
            raise NotFound
        with deps.database.write() as session:
            conference_id = sent_id("conference_id")
            row = become(
                session,
                this_visit().actor,
                artifact_id,
                Kind(kind),
                conference_id=conference_id,
                now=deps.now(),
            )
        if conference_id is not None:
            return redirect(url_for("pages.conference", conference_id=conference_id) + "#list", 303)
        own = row.person_id == this_visit().person_id
        whose = url_for("pages.about") if own else url_for("pages.student_about", person_id=row.person_id)
        return redirect(whose, 303)

    pages.get("/artifacts/<int:artifact_id>/picture", endpoint="picture")(
        lambda artifact_id: _hand_out(deps, artifact_id, PICTURE)
    )
    pages.get("/artifacts/<int:artifact_id>/file", endpoint="file")(
        lambda artifact_id: _hand_out(deps, artifact_id, FILE)
    )


def kind_words() -> dict[str, tuple[str, str]]:
    """Kind → (its name, what it is good for)."""
    return {
        "work": (_("Work from this course"), _("Homework, a test, a project")),
        "photo": (_("A photo"), _("A drawing, a model, an afternoon of helping")),
        "text": (_("Some words"), _("A story, a thank-you note, what happened")),
        "link": (_("A link"), _("A page, a video, a song of yours")),
        "file": (_("A file"), _("An essay, slides")),
        "audio": (_("A sound"), _("Music, a speech, a language")),
    }


def _list(deps: Deps, person_id: int | None) -> Response:
    with deps.database.read() as session:
        found = portfolio(session, this_visit().actor, person_id)
    return make_response(
        render_template(
            "pages/portfolio.html",
            view=found,
            kinds=kind_words(),
            safe=safe_address,
            used=found.used // MEGABYTE,
            room=deps.settings.portfolio_mb,
            tabs=student_tabs("portfolio") if found.own else staff_tabs(),
            reader=found.own,
        )
    )


def _form(deps: Deps, kind: ArtifactKind, one: ArtifactView | None, whose: int | None = None) -> Answer:
    """One artifact's form; "ready" also makes it ready. Whatever is wrong, what was typed stays."""
    with deps.database.read() as session:
        found = portfolio(session, this_visit().actor, whose)
        name = f"artifact:{one.id}" if one else f"artifact:new:{kind}"
        if request.method == "POST" and not found.own:
            raise Refused(Act.WRITE_PROFILE)
        if request.method == "GET":
            typed = filled(session, name, _stored(one), one.version if one else 0)
            return _page(deps, found, kind, one, typed, name)
    typed = sent(KEPT)
    artifact_id = one.id if one else None
    try:
        artifact_id = _save(deps, kind, one, typed)
        with deps.database.write() as session:
            drop_draft(session, this_visit().actor, name)
        if "ready" in request.form:
            with deps.database.write() as session:
                make_ready(session, this_visit().actor, artifact_id, now=deps.now())
    except Overtaken as overtaken:
        typed.version = overtaken.version
        return _page(deps, found, kind, one, typed, name, theirs=overtaken.theirs), 409
    except Incomplete as incomplete:
        return _again(deps, kind, artifact_id, typed.refuse(incomplete.problems), name), 422
    return redirect(url_for("pages.portfolio"), 303)


def _again(deps: Deps, kind: ArtifactKind, artifact_id: int | None, typed: Typed, name: str) -> Response:
    """The form with what is wrong; what could be saved is saved as a draft and goes on from there."""
    with deps.database.read() as session:
        found = portfolio(session, this_visit().actor)
    one = next((each for each in found.artifacts if each.id == artifact_id), None)
    typed.version = one.version if one else 0
    return _page(deps, found, kind, one, typed, f"artifact:{one.id}" if one else name)


def _save(deps: Deps, kind: ArtifactKind, one: ArtifactView | None, typed: Typed) -> int:
    received = receive(deps, WITH_FILE[kind]) if kind in WITH_FILE else None
    draft = ArtifactDraft(
        kind,
        words={name: typed.get(name) for name in FIELDS},
        outside="outside" in request.form,
        item_id=sent_id("item_id"),
        once=request.form.get("once", ""),
    )
    more: dict[str, Any] = {"quota": deps.settings.portfolio_mb * MEGABYTE, "now": deps.now()}
    with deps.database.write() as session:
        actor = this_visit().actor
        if one is None:
            return add_artifact(session, actor, draft, received, **more).id
        return save_artifact(session, actor, one.id, draft, received, seen=typed.version, **more).id


def _stored(one: ArtifactView | None) -> dict[str, str]:
    if one is None:
        return dict.fromkeys(KEPT, "")
    return {**{name: getattr(one, name) for name in FIELDS}, "item_id": str(one.item_id or "")}


def _page(
    deps: Deps,
    found: PortfolioView,
    kind: ArtifactKind,
    one: ArtifactView | None,
    typed: Typed,
    name: str,
    *,
    theirs: dict[str, str] | None = None,
) -> Response:
    work = []
    if kind is ArtifactKind.WORK and found.own:
        with deps.database.read() as session:
            work = work_to_choose(session, this_visit().actor)
    changed = {field for field in theirs or {} if (theirs or {})[field] != typed.get(field)}
    return make_response(
        render_template(
            "pages/artifact.html",
            view=found,
            kind=kind.value,
            one=one,
            typed=typed,
            errors=typed.errors,
            draft_name=name,
            outside="outside" in request.form if request.method == "POST" else bool(one and one.outside),
            work=work,
            kinds=kind_words(),
            differences=[word_changes((theirs or {})[field], typed.get(field)) for field in sorted(changed)],
            most=deps.settings.upload_mb,
            once=request.form.get("once") or secrets.token_urlsafe(12),
            safe=safe_address,
            tabs=student_tabs("portfolio") if found.own else staff_tabs(),
            reader=found.own,
        )
    )


def _hand_out(deps: Deps, artifact_id: int, what: str) -> Response:
    with deps.database.read() as session:
        row = find_artifact(session, this_visit().actor, artifact_id)
        file = session.get(StoredFile, row.file_id) if row.file_id else None
    return hand_out(deps, file, what)
