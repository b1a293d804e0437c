"""The door of a grant, for guardians and mentors without an LMS account: address, code, then the plan.

The address holds a public id only and no page of it is framed; the code is typed and posted, and what
the browser keeps is a strict cookie on the grant's own path. No secret is in an address, a Referer or a log.
"""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.overview.grants import Inside, kind_of, who_is_inside
from lti_tool.overview.guardian import granted_plan
from lti_tool.overview.reading import file_of, reading_of
from lti_tool.planning.grants import CodeRefused, digest, end_visit, is_right, let_in, take_a_try
from lti_tool.planning.notes import note_read
from lti_tool.plans.access import ROUTES, NotFound, require
from lti_tool.records.support import AccessGrant, GrantVisit
from lti_tool.web.deps import Deps
from lti_tool.web.files import hand_out
from lti_tool.web.guardian import guardian_words, reading_words

COOKIE = "plans_guardian"
_ID = re.compile(r"[a-z0-9]{10}")


def register_grant_pages(app: Flask, deps: Deps) -> None:
    """`/g/<public_id>` and what is behind it."""
    grants = Blueprint("grants", __name__, url_prefix="/g/<public_id>")

    @grants.before_request
    def ask_the_table() -> BaseResponse | None:
        public_id = (request.view_args or {}).get("public_id", "")
        if not _ID.fullmatch(public_id):
            raise NotFound
        act = ROUTES[request.endpoint or ""]
        if act is None:
            return None
        found = _inside(deps, public_id)
        if found is None:
            return redirect(url_for("grants.door", public_id=public_id), 303)
        require(found.actor, act)
        g.inside = found
        return None

    grants.get("", endpoint="door")(lambda public_id: _door(deps, public_id))
    grants.post("", endpoint="enter")(lambda public_id: _enter(deps, public_id))
    grants.get("/plan", endpoint="plan")(lambda public_id: _plan(deps, public_id))
    grants.get("/artifacts/<int:artifact_id>/<what>", endpoint="file")(
        lambda public_id, artifact_id, what: _file(deps, artifact_id, what)
    )
    grants.post("/leave", endpoint="leave")(lambda public_id: _leave(deps, public_id))
    app.register_blueprint(grants)


def _door(deps: Deps, public_id: str) -> BaseResponse:
    if _inside(deps, public_id) is not None:
        return redirect(url_for("grants.plan", public_id=public_id), 303)
    return _form(deps, public_id)


def _form(deps: Deps, public_id: str, problem: str = "", status: int = 200) -> Response:
    with deps.database.read() as session:
        kind = kind_of(session, public_id)
    page = render_template("pages/guardian-door.html", public_id=public_id, kind=kind, problem=problem)
    return make_response(page, status)


def _enter(deps: Deps, public_id: str) -> BaseResponse:
    """Count the try, look at the code outside any transaction, let in."""
    try:
        with deps.database.write() as session:
            grant = take_a_try(session, public_id, now=deps.now())
        if not is_right(grant, request.form.get("code", ""), request.form.get("passphrase", "")):
            raise CodeRefused("wrong")
        with deps.database.write() as session:
            secret = let_in(session, grant.id, now=deps.now())
    except CodeRefused as refused:
        words, status = _refused_words(refused)
        return _form(deps, public_id, words, status)
    response = redirect(url_for("grants.plan", public_id=public_id), 303)
    _set_cookie(deps, response, public_id, secret, deps.settings.session_max_hours * 3600)
    return response


def _refused_words(refused: CodeRefused) -> tuple[str, int]:
    if refused.code == "wait":
        words = _("Too soon after the last try. Wait %(seconds)s seconds, then try again.", **vars(refused))
        return words, 429
    if refused.code == "wrong":
        return _("That is not right. Look at the sheet again. Each try makes the next wait longer."), 403
    return _("This sheet does not work any more. Ask the school for a new one."), 403


def _plan(deps: Deps, public_id: str) -> Response:
    found: Inside = g.inside
    now = deps.now()
    with deps.database.read() as session:
        plan = granted_plan(session, found.actor, found.grant_id, now=now)
        grant = session.get_one(AccessGrant, found.grant_id)
        about = reading_of(
            session, found.actor.registration_id, found.person_id, grant.reader, grant.context_id
        )
    with deps.database.write() as session:
        note_read(session, found.actor, found.person_id, now=now, grant=found.grant_id)
        session.execute(sa.update(GrantVisit).where(GrantVisit.id == found.visit_id).values(last_seen_at=now))
    return make_response(
        render_template(
            "pages/guardian.html",
            **guardian_words(plan),
            **reading_words(
                about,
                lambda one, what: url_for("grants.file", public_id=public_id, artifact_id=one.id, what=what),
            ),
            outside=True,
            base="pages/guardian-outside.html",
            public_id=public_id,
        )
    )


def _file(deps: Deps, artifact_id: int, what: str) -> Response:
    """A file of the one plan the grant is for."""
    found: Inside = g.inside
    with deps.database.read() as session:
        granted_plan(session, found.actor, found.grant_id, now=deps.now())
        file = file_of(session, found.actor.registration_id, found.person_id, artifact_id)
    return hand_out(deps, file, what)


def _leave(deps: Deps, public_id: str) -> BaseResponse:
    with deps.database.write() as session:
        end_visit(session, public_id, request.cookies.get(COOKIE, ""), now=deps.now())
    response = redirect(url_for("grants.door", public_id=public_id), 303)
    _set_cookie(deps, response, public_id, "", 0)
    return response


def _inside(deps: Deps, public_id: str) -> Inside | None:
    secret = request.cookies.get(COOKIE, "")
    if not secret:
        return None
    with deps.database.read() as session:
        return who_is_inside(
            session,
            public_id,
            digest(secret),
            now=deps.now(),
            idle=timedelta(minutes=deps.settings.session_idle_minutes),
            longest=timedelta(hours=deps.settings.session_max_hours),
        )


def _set_cookie(deps: Deps, response: BaseResponse, public_id: str, value: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=seconds,
        path=f"/g/{public_id}",
        secure=deps.settings.is_https,
        httponly=True,
        samesite="Strict",
    )
