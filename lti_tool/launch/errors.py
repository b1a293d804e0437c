"""Error pages: a sentence, what to do, and a number that stands in the log too (no page without them)."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException

from lti_tool.launch.refusal import Refusal, error_number
from lti_tool.launch.session import FIELD, VisitEnded
from lti_tool.not_stored import driver_error, is_away, is_disk_full
from lti_tool.planning.errors import NotFound
from lti_tool.plans.access import CourseOver, Refused

_log = structlog.get_logger()
_MACHINE_PATHS = ("/healthz", "/readyz", "/metrics", "/lti/jwks", "/lti/config", "/lti/notices")

_NOT_TYPED = frozenset({FIELD, "items", "measure", "accept", "look", "use_title"})
MAX_TYPED = 50_000


def register_error_pages(app: Flask) -> None:
    """Answer every error with a page (a fragment for htmx, JSON for machines)."""

    @app.errorhandler(Refusal)
    def refused_launch(refusal: Refusal) -> Response:
        return answer_refusal(refusal)

    @app.errorhandler(VisitEnded)
    def visit_ended(_error: VisitEnded) -> Response:
        return error_answer(
            401,
            "visit_ended",
            _("This page was open for too long, or belongs to another browser window."),
            _("Go back to your course and open Personal Plans again."),
            typed=_typed(),
        )

    @app.errorhandler(Refused)
    def not_allowed(error: Refused) -> Response:
        return error_answer(
            403,
            "not_allowed",
            _("This page is not for your role in this course."),
            _("Go back to your course and open Personal Plans again, or ask your teacher."),
            act=str(error.act),
        )

    @app.errorhandler(CourseOver)
    def course_over(_error: CourseOver) -> Response:
        return error_answer(
            409,
            "course_over",
            _("This course has ended, so its plans can be read but not changed."),
            _("If it goes on in your LMS, a teacher presses “Look again” on the board."),
            typed=_typed(),
        )

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        return error_answer(404, "not_found", *_words(404))

    @app.errorhandler(IntegrityError)
    def at_once(error: IntegrityError) -> Response:
        """Two forms that make the same row, at the same moment: one of them did."""
        _log.exception("rows_at_once", kind=type(error).__name__)
        return error_answer(
            409,
            "at_once",
            _("This was sent twice at the same moment, or somebody else changed it just now."),
            _("Look whether it is there; if not, send it again."),
            typed=_typed(),
        )

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        sentence, what_to_do = _words(error.code or 500)
        return error_answer(error.code or 500, f"http_{error.code}", sentence, what_to_do)

    @app.errorhandler(Exception)
    def our_mistake(error: Exception) -> Response:
        wrong = driver_error(error)
        if wrong is not None and (is_disk_full(wrong) or is_away(wrong)):
            return _not_stored(wrong)
        _log.exception("unexpected_error", kind=type(error).__name__)
        return error_answer(
            500,
            "unexpected",
            _("Something went wrong on our side."),
            _("Try again in a moment. If it stays like this, tell your help desk the number below."),
        )


def _not_stored(wrong: BaseException) -> Response:
    """The database takes nothing at this moment; nobody loses what they wrote."""
    if is_disk_full(wrong):
        code, sentence = "disk_full", _("The disk of this tool is full, so nothing can be stored.")
        what_to_do = _("Tell your help desk the number below. Once there is room again, send it again.")
    else:
        code, sentence = "database_away", _("The tool is being started again, or very busy.")
        what_to_do = _("Try again in a minute.")
    answer = error_answer(503, code, sentence, what_to_do, typed=_typed(), error=type(wrong).__name__)
    answer.headers["Retry-After"] = "30"
    return answer


def answer_refusal(refusal: Refusal) -> Response:
    """The page of a launch that was not let in; it holds no data, so any site may frame it."""
    return error_answer(
        refusal.status,
        refusal.code,
        refusal.sentence,
        refusal.what_to_do,
        return_url=refusal.return_url,
        open_again=refusal.open_again,
        **refusal.facts,
    )


def error_answer(
    status: int,
    code: str,
    sentence: str,
    what_to_do: str,
    *,
    return_url: str = "",
    open_again: str = "",
    typed: str = "",
    **facts: str,
) -> Response:
    """Log the error under a fresh number and answer in the form the client can read.

    typed: what stood in the form that was sent, so that its author can copy it; never logged.
    """
    number = error_number()
    _log.warning("refused", number=number, code=code, status=status, endpoint=request.endpoint, **facts)
    if request.path in _MACHINE_PATHS:
        response = jsonify(error=code, sentence=sentence, number=number)
    else:
        # session.js sends forms itself: it keeps them on the page and shows the error above them
        fragment = bool(request.headers.get("HX-Request") or request.headers.get("X-Plans-Page"))
        response = make_response(
            render_template(
                "partials/error.html" if fragment else "pages/error.html",
                sentence=sentence,
                what_to_do=what_to_do,
                number=number,
                return_url=return_url or _visit_return_url(),
                open_again=open_again,
                typed=typed,
            )
        )
        g.frame_origins = ("*",)
    response.status_code = status
    return response


def _typed() -> str:
    """The texts of a posted form, without what only buttons and boxes say."""
    if request.method != "POST":
        return ""
    texts = [
        value.strip()
        for name, value in request.form.items(multi=True)
        if name not in _NOT_TYPED and not name.endswith("_id")
    ]
    return "\n\n".join(dict.fromkeys(text for text in texts if text))[:MAX_TYPED]


def _visit_return_url() -> str:
    visit = g.get("visit")
    return visit.return_url if visit is not None else ""


def _words(status: int) -> tuple[str, str]:
    back = _("Go back to your course and open Personal Plans again.")
    known = {
        403: (_("This request did not come from one of our own pages."), back),
        404: (_("There is no such page, or it is not yours to see."), back),
        405: (_("This address does not work that way."), back),
        413: (_("What was sent is too large."), _("Make it shorter and send it again.")),
        415: (_("What was sent is in a form we cannot read."), back),
        429: (_("That was too often."), _("Wait a minute and try again.")),
    }
    if status >= 500:
        return _("Something went wrong on our side."), _("Try again in a moment.")
    return known.get(status, (_("The request could not be understood."), back))
