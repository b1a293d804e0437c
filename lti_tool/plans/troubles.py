"""What can go wrong between us and an LMS, each with a sentence that says what it is and what to do.

Rows keep a code and its words; the sentence is made when somebody reads it, in their language. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.plans.translate import Translate, plain
from lti_tool.plans.trouble_details import detail_words
from lti_tool.plans.troubles_of_writing import Told, written_troubles

# Trying again by itself will not help.
PERMANENT = frozenset(
    {
        *(
            "no_includes",
            "token_dead",
            "consent_gone",
            "token_rights",
            "key_scope",
            "not_let_in",
            "account_waits",
            "no_right",
            "no_course",
        ),
        *("wrong_key", "bad_address", "no_roster_service", "no_scope", "no_signing_key", "assertion_refused"),
        *("no_score_service", "no_score_scope", "column_gone", "column_refused", "not_ours", "course_over"),
        *("score_refused", "newer_there", "nobody", "tried_a_day"),
        *("no_notices", "no_notice_scope", "notices_refused"),
    }
)
# The access itself is to blame, so the course and admin pages say so.
BREAKS_CONNECTION = frozenset(
    {
        *("token_dead", "consent_gone", "token_rights", "key_scope", "no_includes", "wrong_key"),
        *("not_let_in", "account_waits", "no_right"),
    }
)


@dataclass(frozen=True)
class Trouble:
    """sentence: what is wrong. what_to_do: who does what now."""

    sentence: str
    what_to_do: str

    @property
    def whole(self) -> str:
        """Both, one after the other."""
        return f"{self.sentence} {self.what_to_do}".strip()


def trouble(code: str, words: Mapping[str, Any], _: Translate = plain) -> Trouble:
    """The sentences of a code.

    words: `lms` (what people call it), `status` (HTTP), `detail`, and `because`: the code behind a
    `tried_a_day`. Raises KeyError for a code that is none.
    """
    lms = words.get("lms") or ""
    lms = _("your LMS") if lms.lower() in ("", "the lms") else lms
    places = {"lms": lms, "status": words.get("status"), "detail": ""}
    if because := words.get("because"):
        places["detail"] = trouble(because, {**words, "because": None}, _).sentence
    else:
        places["detail"] = detail_words(str(words.get("detail") or ""), _)
    sentence, what_to_do = all_troubles(_)[code]
    return Trouble((sentence % places).replace(" ()", ""), what_to_do % places)


def shown_trouble(code: str, words: Mapping[str, Any] | None, stored: str, _: Translate) -> str:
    """What a row says went wrong, for people; `stored` where its code is of another version, or none."""
    if not code or not words:
        return stored
    try:
        return trouble(code, words, _).whole
    except KeyError:
        return stored


def all_troubles(_: Translate) -> Told:
    """code → (sentence, what to do), their places still open."""
    return {**_answers(_), **_access(_), **_roster(_), **written_troubles(_), **_ours(_)}


def _answers(_: Translate) -> Told:
    later = _("It is tried again by itself.")
    return {
        "unreachable": (_("%(lms)s could not be reached."), later),
        "slow": (_("%(lms)s took too long to answer."), later),
        "too_slow": (
            _("%(lms)s answers too slowly: an answer began and did not come to its end in time."),
            later,
        ),
        "html": (
            _("%(lms)s answered with a web page instead of data."),
            _("Someone may have typed a wrong address, or %(lms)s is down for maintenance.") + f" {later}",
        ),
        "truncated": (_("An answer of %(lms)s was cut off half-way."), later),
        "huge": (
            _("An answer of %(lms)s was far too large to be what was asked for."),
            _("Check the address of the connection."),
        ),
        "wrong_shape": (
            _("%(lms)s answered something its own documentation does not describe: %(detail)s."),
            _("Nothing of it was used. It is tried again by itself. If it stays, tell whoever runs %(lms)s."),
        ),
        "endless": (_("The list of %(lms)s has no end: its pages lead back to themselves."), later),
        "throttled": (_("%(lms)s asked us to slow down."), _("It is tried again in a while.")),
        "resting": (
            _("%(lms)s has not answered as it should several times, so it is left in peace for a while."),
            _("It is tried again by itself; “Sync now” tries at once."),
        ),
        "server_error": (_("%(lms)s had a fault of its own (status %(status)s)."), later),
        "refused": (
            _("%(lms)s did not accept what we asked (status %(status)s)."),
            _("Check the address of the connection, then try again."),
        ),
        "bad_address": (
            _("The address of %(lms)s cannot be called: %(detail)s"),
            _("An operator corrects it."),
        ),
        "bad_item_name": (
            _("Moodle's grade report does not open, because of how an activity is named: %(detail)s."),
            _("Rename it without “<” and “&”, then press “Sync now”."),
        ),
    }


def _access(_: Translate) -> Told:
    return {
        "token_dead": (
            _("%(lms)s no longer accepts our access: the token has expired or was withdrawn."),
            _("An operator makes a new token and stores it with `lti-tool connect`."),
        ),
        "consent_gone": (
            _("%(lms)s no longer accepts our access: whoever allowed it took it back, or it ended."),
            _("It is allowed anew with “Connect grades”."),
        ),
        "wrong_key": (
            _("%(lms)s does not know the API key this tool has, or not its secret."),
            _("An administrator compares the key in %(lms)s; an operator stores it with `lti-tool connect`."),
        ),
        "key_scope": (
            _("The API key in %(lms)s lacks a scope: %(detail)s."),
            _("An administrator of %(lms)s adds it to the key; then grades are connected anew."),
        ),
        "no_includes": (
            _("The API key in %(lms)s does not allow include parameters, so we see no assignments."),
            _("An administrator of %(lms)s ticks “Allow Include Parameters” on the key."),
        ),
        "token_rights": (
            _("Our access to %(lms)s may not call %(detail)s: its service lacks it, or its token ended."),
            _("An administrator of %(lms)s gives that right back, or stores another token."),
        ),
        "not_let_in": (
            _(
                "%(lms)s does not let our access in: its token has expired, its account may not use REST web "
                "services (webservice/rest:use), or its service lacks core_webservice_get_site_info."
            ),
            _("An administrator of %(lms)s puts that right; a new token is stored with `lti-tool connect`."),
        ),
        "account_waits": (
            _(
                "%(lms)s lets the account behind our access do nothing before it has accepted the site "
                "policy, changed its password or filled in its profile."
            ),
            _("An administrator of %(lms)s signs in as that account once and does so."),
        ),
        "no_right": (
            _(
                "The account behind our access to %(lms)s may not read this course's grades. It lacks the "
                "right to see all grades (%(detail)s)."
            ),
            _("An administrator of %(lms)s lets that account see all grades of the course."),
        ),
        "parts_unread": (
            _(
                "Our access to %(lms)s may not read who is in which section and group, nor course totals "
                "(%(detail)s)."
            ),
            _("Grades are read all the same. An administrator of %(lms)s adds that right."),
        ),
        "no_course": (
            _("The account behind our access to %(lms)s does not see this course."),
            _("An administrator of %(lms)s adds the account to the course, or checks the address."),
        ),
    }


def _roster(_: Translate) -> Told:
    return {
        "no_roster_service": (
            _("%(lms)s has not told us where its list of people is."),
            _(
                "An administrator switches on “Names and Roles” for this tool; then open it from the course "
                "once."
            ),
        ),
        "no_scope": (
            _("%(lms)s does not let this tool read the list of people."),
            _("An administrator switches on “Names and Roles” for this tool."),
        ),
        "no_signing_key": (
            _("This installation has no signing key yet."),
            _("An operator runs `lti-tool migrate`."),
        ),
        "assertion_refused": (
            _("%(lms)s did not accept our signature (%(detail)s)."),
            _("An operator runs `lti-tool doctor` and compares the key address in %(lms)s with ours."),
        ),
    }


def _ours(_: Translate) -> Told:
    return {
        "interrupted": (
            _("Reading was interrupted again and again."),
            _("Press “Sync now” to try once more."),
        ),
        "internal": (_("Something went wrong on our side."), _("An operator finds it in the log.")),
        "disk_full": (
            _("The disk of this tool is full, so not everything could be stored. Nothing is broken."),
            _("An operator makes room; then it goes on by itself, or press “Sync now”."),
        ),
    }
