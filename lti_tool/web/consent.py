"""Connecting grades: the window for the LMS's consent page, its answer, and the page that waits for it.

The LMS's frame cannot hold the consent page, so it opens in a window of its own (canvas.md §6).
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, g, make_response, render_template, request
from flask_babel import gettext

from lti_tool.launch.session import Visit, VisitEnded, find_open_launch
from lti_tool.launch.window_ticket import FIELD, make_ticket, read_ticket
from lti_tool.overview.connection import ALL, COURSE, ConnectionWords, connection_of, every_course_mark
from lti_tool.overview.place import place
from lti_tool.planning import consent
from lti_tool.plans.consent import CALLBACK, ERRORS, ConsentRefused, refusal
from lti_tool.plans.translate import Translate
from lti_tool.web.deps import Deps
from lti_tool.web.visits import this_visit

_: Translate = gettext
COOKIE = "plans_consent"
COOKIE_PATH = "/connect"
LONGEST = 1024


def register_consent_pages(app: Flask, deps: Deps) -> None:
    """The window's two addresses, outside any launch."""
    pages = Blueprint("consent", __name__, url_prefix="/connect")
    pages.post("/begin", endpoint="begin")(lambda: _begin(deps))
    pages.get("/callback", endpoint="callback")(lambda: _callback(deps))
    app.register_blueprint(pages)


def add_connecting_page(pages: Blueprint, deps: Deps) -> None:
    """The fragment of the page that waits for its window."""
    pages.get("/connecting", endpoint="connecting")(lambda: _connecting(deps))


def connect_form(deps: Deps, words: ConnectionWords, offer: str = "") -> dict[str, str]:
    """What the “Connect grades” button posts; empty where the reader can connect nothing."""
    what = offer or words.offer
    if not what:
        return {}
    return {"what": what, "ticket": make_ticket(this_visit(), what, deps.now()), "mark": words.mark}


def redirect_address(deps: Deps) -> str:
    """Where the LMS leads back to; an administrator enters it on the API key."""
    return deps.settings.public_url.rstrip("/") + CALLBACK


def _begin(deps: Deps) -> Response:
    now = deps.now()
    try:
        with deps.database.read() as session:
            ticket = request.form.get(FIELD, "")[:LONGEST]
            visit, launch_id, what = read_ticket(session, deps.settings, ticket, now)
    except VisitEnded:
        return _sorry(ConsentRefused("session_over"))
    _speak(visit)
    try:
        with deps.database.write() as session:
            address, state, browser = consent.begin(
                session,
                visit.actor,
                launch_id,
                every_course=what == ALL,
                redirect_uri=redirect_address(deps),
                now=now,
            )
    except ConsentRefused as refused:
        return _sorry(refused)
    page = make_response(render_template("pages/consent-go.html", address=address))
    seconds = int(consent.LIFETIME.total_seconds())
    # An ordinary cookie of this window's own site: it comes back when the LMS leads here (SameSite=Lax).
    page.set_cookie(
        _cookie_name(state),
        browser,
        max_age=seconds,
        path=COOKIE_PATH,
        secure=deps.settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return page


def _callback(deps: Deps) -> Response:
    state = request.args.get("state", "")[:LONGEST]
    browser = request.cookies.get(_cookie_name(state), "")
    now = deps.now()
    try:
        with deps.database.write() as session:
            waiting = consent.take(session, state, browser, now=now)
        with deps.database.read() as session:
            visit, _id = find_open_launch(session, deps.settings, row_id=waiting.launch_id, now=now)
            key = consent.key_of(session, waiting.registration_id)
        _speak(visit)
        if key is None:
            raise ConsentRefused("no_key", {"lms": "Canvas"})
        _give_up_on_error()
        return _connect(deps, visit, waiting, key)
    except VisitEnded:
        return _sorry(ConsentRefused("session_over"))
    except ConsentRefused as refused:
        return _sorry(refused)


def _give_up_on_error() -> None:
    said = request.args.get("error", "")
    if said or not request.args.get("code"):
        word = "".join(char for char in said[:64] if char.isalnum() or char in "_-") or "no code"
        raise ConsentRefused(ERRORS.get(said, "lms_said"), {"lms": "Canvas", "detail": word})


def _connect(deps: Deps, visit: Visit, waiting: consent.Waiting, key: consent.Key) -> Response:
    """Make the code a token, look what it covers, keep it; one that does not serve is given back."""
    doors = deps.consent
    allowed = doors.exchange(key, request.args["code"][:LONGEST], redirect_address(deps))
    try:
        with deps.database.read() as session:
            consent.check_same_person(session, visit.actor, allowed, waiting.context)
            courses = consent.courses_of(session, waiting)
        seen = doors.look(key, allowed, courses)
    except ConsentRefused:
        doors.revoke(key, allowed.token)
        raise
    with deps.database.write() as session:
        old = consent.keep(session, visit.actor, waiting, allowed, seen, jobs=deps.jobs, now=deps.now())
    if old and old != allowed.token:
        doors.revoke(key, old)
    return _page("consent-done", 200, sections=seen.sections, checked=seen.checked)


def _connecting(deps: Deps) -> Response:
    """Still waiting; or, by a header for htmx, load the page again: something has changed."""
    visit, now = this_visit(), deps.now()
    was, what = request.args.get("was", ""), request.args.get("what", "")
    since = _moment(request.args.get("since", "")) or now
    with deps.database.read() as session:
        if what == COURSE:
            mark = connection_of(session, place(session, visit.actor, visit.context_id)).mark
        else:
            mark = every_course_mark(session, visit.registration_id)
    over = now - since > consent.LIFETIME
    page = make_response(
        render_template(
            "partials/connecting.html", was=was, what=what, since=int(since.timestamp()), over=over
        )
    )
    if mark != was:
        page.headers["HX-Refresh"] = "true"
    return page


def _moment(typed: str) -> datetime | None:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 11):
        return None
    return datetime.fromtimestamp(int(typed), UTC)


def _sorry(refused: ConsentRefused) -> Response:
    return _page("consent-refused", 400, told=refusal(refused.code, refused.words, _))


def _page(name: str, status: int, **values: object) -> Response:
    page = make_response(render_template(f"pages/{name}.html", **values))
    page.status_code = status
    return page


def _speak(visit: Visit) -> None:
    """The window speaks the language of the page it was opened from."""
    g.window_locale = visit.locale


def _cookie_name(state: str) -> str:
    return f"{COOKIE}_{consent.digest(state)[:16]}"
