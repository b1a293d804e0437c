"""Every reason a launch is refused for: its code, what we tell the person, and what to do (lti.md §3)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from lti_tool.launch.refusal import Refusal

_AGAIN = _l("Go back to your course and open Personal Plans again.")
_OPERATOR = _l("Tell the people who look after your LMS the number below.")
_NOT_GENUINE = _l("What your LMS sent could not be confirmed as genuine.")
_INCOMPLETE = _l("What your LMS sent is incomplete or malformed.")
_NOT_REGISTERED = _l("This LMS is not registered with Personal Plans, or not switched on yet.")

# code → (sentence, what to do)
REASONS: dict[str, tuple[Any, Any]] = {
    "login_incomplete": (_l("The request to open Personal Plans is incomplete."), _AGAIN),
    "unknown_registration": (_NOT_REGISTERED, _OPERATOR),
    "client_id_needed": (
        _l("This LMS is registered more than once, and it did not say which registration it means."),
        _OPERATOR,
    ),
    "target_elsewhere": (_l("The address your LMS wants to open is not one of ours."), _OPERATOR),
    "state_missing": (_l("Personal Plans was opened without its first step."), _AGAIN),
    "state_unknown": (
        _l("The link from your course was too old. Links work for five minutes."),
        _AGAIN,
    ),
    "state_used": (_l("This link was already used. Each one opens Personal Plans once."), _AGAIN),
    "browser_differs": (
        _l("Your browser did not keep our cookie, so we cannot tell that it was you who asked."),
        _l(
            "Allow cookies for this site, or open your course in another browser window, "
            "and open Personal Plans from there."
        ),
    ),
    "platform_error": (_l("Your LMS could not sign you in to Personal Plans."), _AGAIN),
    "token_missing": (_INCOMPLETE, _AGAIN),
    "token_too_large": (_l("What your LMS sent is too large."), _OPERATOR),
    "token_malformed": (_INCOMPLETE, _OPERATOR),
    "wrong_algorithm": (_NOT_GENUINE, _OPERATOR),
    "kid_missing": (_NOT_GENUINE, _OPERATOR),
    "kid_unknown": (_NOT_GENUINE, _OPERATOR),
    "kid_duplicate": (_NOT_GENUINE, _OPERATOR),
    "key_unusable": (_NOT_GENUINE, _OPERATOR),
    "keys_unreachable": (
        _l("Your LMS did not hand out the keys that we check its messages with."),
        _l("Try again in a minute. If it stays like this, tell the people who look after your LMS."),
    ),
    "signature_wrong": (_NOT_GENUINE, _OPERATOR),
    "issuer_wrong": (_NOT_GENUINE, _OPERATOR),
    "audience_wrong": (_l("What your LMS sent is meant for another tool."), _OPERATOR),
    "azp_wrong": (_l("What your LMS sent is meant for another tool."), _OPERATOR),
    "time_missing": (_INCOMPLETE, _OPERATOR),
    "expired": (_l("The link from your course was too old."), _AGAIN),
    "from_the_future": (
        _l("The clocks of your LMS and of Personal Plans do not agree."),
        _OPERATOR,
    ),
    "too_old": (_l("The link from your course was too old."), _AGAIN),
    "nonce_wrong": (_l("This link does not belong to your request."), _AGAIN),
    "claims_malformed": (_INCOMPLETE, _OPERATOR),
    "version_wrong": (_l("Your LMS speaks another version of LTI; we need 1.3.0."), _OPERATOR),
    "message_unknown": (_l("Your LMS sent a kind of message that we do not know."), _OPERATOR),
    "message_not_served": (
        _l("Personal Plans cannot be used from this place in your LMS yet."),
        _l("Open Personal Plans from the course menu or from its activity in the course."),
    ),
    "picking_not_yours": (
        _l("Only teachers and administrators add Personal Plans to a course."),
        _l("Open Personal Plans from the course menu or from its activity in the course."),
    ),
    "picker_elsewhere": (
        _l("The address your LMS wants our answer at is not one of its own."),
        _OPERATOR,
    ),
    "review_not_yours": (
        _l("This is another person’s work. Only their teachers see it here."),
        _l("Open Personal Plans from the course menu to see what is yours."),
    ),
    "review_nobody": (
        _l("We do not know this student in this course, or they have left it."),
        _l("Open Personal Plans from the course menu and press “Sync now”; then try again."),
    ),
    "privacy_not_yours": (
        _l("You can ask what is stored about yourself. For others, an administrator asks."),
        _l("Ask the people who look after your LMS."),
    ),
    "notice_malformed": (_l("This notice is incomplete or malformed."), _OPERATOR),
    "notice_used": (_l("This notice was taken before."), _OPERATOR),
    "anonymous": (
        _l("Your LMS did not say who you are, and a plan belongs to a person."),
        _l("Sign in to your LMS and open Personal Plans again."),
    ),
    "deployment_waiting": (
        _l("This place in your LMS is new to Personal Plans and waits to be switched on."),
        _l("Ask the people who look after Personal Plans to activate it, and give them the number below."),
    ),
    "other_platform": (
        _l("This message comes from another LMS than the one that is registered."),
        _OPERATOR,
    ),
}


def refuse(code: str, *, status: int = 400, return_url: str = "", **facts: str) -> Refusal:
    """The Refusal for this code; `facts` are ids for the log (issuer, client, deployment, detail)."""
    sentence, what_to_do = REASONS[code]
    return Refusal(code, sentence, what_to_do, status=status, return_url=return_url, facts=facts)
