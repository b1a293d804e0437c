"""Staff let a guardian or mentor read one student's plan: the list, the form, and the sheet to print."""

from __future__ import annotations

from datetime import datetime

import segno
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.overview.grants import Grants, grants_of
from lti_tool.planning.grants import DAYS, GrantDraft, GrantRefused, make_grant, revoke_grant
from lti_tool.web import charts
from lti_tool.web.deps import Deps
from lti_tool.web.frame import staff_tabs
from lti_tool.web.visits import this_visit

TYPED_LONGEST = 400


def add_letting_in_pages(pages: Blueprint, deps: Deps) -> None:
    """GET and POST /students/<person_id>/access, and the button that ends a grant."""

    @pages.route("/students/<int:person_id>/access", methods=["GET", "POST"], endpoint="grants")
    def grants(person_id: int) -> BaseResponse:
        if request.method == "GET":
            return _page(deps, person_id)
        draft = _read()
        try:
            with deps.database.write() as session:
                grant, code = make_grant(session, this_visit().actor, person_id, draft, now=deps.now())
        except GrantRefused as refused:
            errors = {field: _problem_words(field, code) for field, code in refused.problems}
            return _page(deps, person_id, draft, errors, 422)
        return _sheet(deps, person_id, grant.public_id, code)

    @pages.post("/students/<int:person_id>/access/<int:grant_id>/end", endpoint="revoke_grant")
    def end(person_id: int, grant_id: int) -> BaseResponse:
        with deps.database.write() as session:
            revoke_grant(session, this_visit().actor, person_id, grant_id, now=deps.now())
        return redirect(url_for("pages.grants", person_id=person_id), 303)


def _read() -> GrantDraft:
    form = request.form
    days = form.get("days", "")
    return GrantDraft(
        name=form.get("name", "")[:TYPED_LONGEST],
        reader=form.get("reader", "guardian")[:16],
        kind=form.get("kind", "link")[:8],
        days=int(days) if days in {str(one) for one in DAYS} else 0,
        passphrase=form.get("passphrase", "")[:TYPED_LONGEST],
    )


def _problem_words(field: str, code: str) -> str:
    known = {
        ("name", "missing"): _("Write for whom this is, such as “Grandmother of Maya”."),
        ("name", "blocked"): _("The school has stopped this person from reading. Ask the administrator."),
        ("kind", "no_guardians"): _("Your school lets no guardians read along."),
        ("days", "unknown"): _("Choose how long it works."),
        ("passphrase", "short"): _("Choose at least 6 letters or digits."),
    }
    return known.get((field, code), _("Choose one of these."))


def _page(
    deps: Deps,
    person_id: int,
    draft: GrantDraft | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    found = _found(deps, person_id)
    today = deps.now().astimezone(found.zone).date()

    def day(at: datetime) -> str:
        return charts.day(at.date(), today=today)

    page = render_template(
        "pages/grants.html",
        grants=found,
        typed=draft or GrantDraft(name=""),
        errors=errors or {},
        choices=DAYS,
        day=day,
        tabs=staff_tabs(),
    )
    return make_response(page, status)


def _sheet(deps: Deps, person_id: int, public_id: str, code: str) -> Response:
    found = _found(deps, person_id)
    grant = next(row for row in found.rows if row.public_id == public_id)
    address = deps.settings.public_url + url_for("grants.door", public_id=public_id)
    page = render_template(
        "pages/guardian-sheet.html",
        grants=found,
        grant=grant,
        address=address,
        code="-".join(code[at : at + 4] for at in range(0, len(code), 4)),
        picture=qr_picture(address),
        until=charts.day(grant.expires_at.date(), today=deps.now().astimezone(found.zone).date(), long=True),
        tabs=staff_tabs(),
    )
    return make_response(page)


def _found(deps: Deps, person_id: int) -> Grants:
    with deps.database.read() as session:
        return grants_of(session, this_visit().actor, person_id, now=deps.now())


def qr_picture(address: str) -> Markup:
    """The address as a QR code: SVG with classes only, dark on white in every colour scheme."""
    code = segno.make(address, error="m", micro=False)
    return Markup(  # noqa: S704  # made by us of our own address
        code.svg_inline(svgclass="qr", lineclass="qr-dark", omitsize=True, border=4, light="#fff")
    )
