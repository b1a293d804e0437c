"""Consent in the LMS: what we ask for, and what is said when it does not come (canvas.md §6). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lti_tool.plans.translate import Translate, plain
from lti_tool.plans.troubles import Trouble, trouble

# Exactly these are ticked on the API key; asking for one more would fail the whole consent.
SCOPES = (
    "url:GET|/api/v1/courses/:course_id/students/submissions",
    "url:GET|/api/v1/sections/:section_id/students/submissions",
    "url:GET|/api/v1/courses/:course_id/assignments",
    "url:GET|/api/v1/courses/:course_id/assignment_groups",
    "url:GET|/api/v1/courses/:course_id/enrollments",
    "url:GET|/api/v1/courses/:course_id/users",
    "url:GET|/api/v1/courses/:course_id/sections",
    "url:GET|/api/v1/courses/:course_id/groups",
    "url:GET|/api/v1/courses/:id",
    "url:GET|/api/v1/users/:user_id/observees",
    "url:GET|/api/v1/users/:user_id/profile",
)
CALLBACK = "/connect/callback"
# What the LMS says in `error` → ours; any other word is `lms_said`.
ERRORS = {"access_denied": "denied", "invalid_scope": "scopes_refused", "unauthorized_client": "wrong_key"}


class ConsentRefused(Exception):
    """No access came of it. code, words: of `refusal`; what was connected before stays."""

    def __init__(self, code: str, words: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.words = dict(words or {})


def refusal(code: str, words: Mapping[str, Any], _: Translate = plain) -> Trouble:
    """Why grades were not connected, and what to do; a code of plans.troubles is said as there."""
    lms = words.get("lms") or _("your LMS")
    places = {"lms": lms, "detail": words.get("detail") or ""}
    told = {**_window(_), **_answer(_)}.get(code)
    if told is None:
        return trouble(code, words, _)
    return Trouble(told[0] % places, told[1] % places)


def _window(_: Translate) -> dict[str, tuple[str, str]]:
    again = _("Close this window and press “Connect grades” once more.")
    return {
        "wrong_state": (_("This window does not belong to anything you asked for here."), again),
        "wrong_browser": (
            _("This window does not know that it was you who asked: its browser kept no cookie of ours."),
            _("Allow cookies for this tool, or use the browser in which you pressed the button."),
        ),
        "used": (
            _("This answer was used already."),
            _("Look at the page you came from. If grades are not connected there, press it once more."),
        ),
        "too_late": (_("The answer came too late: a window waits for fifteen minutes."), again),
        "session_over": (
            _("The page you came from has ended."),
            _("Close this window, open Personal Plans again from your course, and press the button there."),
        ),
        "no_key": (
            _("This tool has no API key of %(lms)s yet, so there is nothing to allow."),
            _("An administrator of %(lms)s makes one; an operator stores it with `lti-tool connect`."),
        ),
    }


def _answer(_: Translate) -> dict[str, tuple[str, str]]:
    again = _("Close this window and press “Connect grades” once more.")
    return {
        "denied": (
            _("You did not allow it in %(lms)s. Nothing was changed."),
            _("If that was a slip, press “Connect grades” once more."),
        ),
        "scopes_refused": (
            _("The API key in %(lms)s does not have all the scopes this tool asks for."),
            _("An administrator of %(lms)s compares them with the list in this tool's guide."),
        ),
        "code_used": (_("%(lms)s says that its code was used before or is too old."), again),
        "wrong_redirect": (
            _("%(lms)s does not lead back to this tool: the redirect address on the API key is another one."),
            _("An administrator of %(lms)s enters this one on the key: %(detail)s"),
        ),
        "lms_said": (
            _("%(lms)s answered with an error instead of access: %(detail)s."),
            _("Press “Connect grades” once more. If it stays, tell your administrator this word."),
        ),
        "other_person": (
            _("You allowed it with another %(lms)s account than the one you opened this tool with."),
            _("Sign in to %(lms)s as yourself, then press “Connect grades” once more."),
        ),
    }
