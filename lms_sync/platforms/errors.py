"""What can go wrong between us and an LMS, each with a sentence that says what it is and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """sentence: what is wrong. what_to_do: who does what now. permanent: trying again will not help.

    breaks_connection: the access itself is to blame, so the course and admin pages say so.
    """

    sentence: str
    what_to_do: str
    permanent: bool = False
    breaks_connection: bool = False


_LATER = "It is tried again by itself."
_RENEW = "An operator makes a new token and stores it with `lti-tool connect`."

TROUBLES: dict[str, Trouble] = {
    "unreachable": Trouble("{lms} could not be reached.", _LATER),
    "slow": Trouble("{lms} took too long to answer.", _LATER),
    "html": Trouble(
        "{lms} answered with a web page instead of data.",
        "Someone may have typed a wrong address, or {lms} is down for maintenance. " + _LATER,
    ),
    "truncated": Trouble("An answer of {lms} was cut off half-way.", _LATER),
    "huge": Trouble(
        "An answer of {lms} was far too large to be what was asked for.",
        "Check the address of the connection.",
    ),
    "wrong_shape": Trouble(
        "{lms} answered something its own documentation does not describe: {detail}.",
        "Nothing of it was used. " + _LATER + " If it stays, tell whoever runs {lms}.",
    ),
    "endless": Trouble("The list of {lms} has no end: its pages lead back to themselves.", _LATER),
    "token_dead": Trouble(
        "{lms} no longer accepts our access: the token has expired or was withdrawn.",
        _RENEW,
        permanent=True,
        breaks_connection=True,
    ),
    "token_rights": Trouble(
        "The account behind our access to {lms} may not do this: {detail}.",
        "An administrator of {lms} gives that right back, or stores another token.",
        permanent=True,
        breaks_connection=True,
    ),
    "not_let_in": Trouble(
        "{lms} does not let our access in: its token has expired, its account may not use REST web "
        "services (webservice/rest:use), or its service lacks core_webservice_get_site_info.",
        "An administrator of {lms} puts that right; a new token is stored with `lti-tool connect`.",
        permanent=True,
        breaks_connection=True,
    ),
    "no_right": Trouble(
        "The account behind our access to {lms} may not read this course's grades.",
        "An administrator of {lms} lets that account see all grades of the course.",
        permanent=True,
        breaks_connection=True,
    ),
    "no_course": Trouble(
        "The account behind our access to {lms} does not see this course.",
        "An administrator of {lms} adds the account to the course, or checks the connection's address.",
        permanent=True,
    ),
    "throttled": Trouble("{lms} asked us to slow down.", "It is tried again in a while."),
    "server_error": Trouble("{lms} had a fault of its own (status {status}).", _LATER),
    "refused": Trouble(
        "{lms} did not accept what we asked (status {status}).",
        "Check the address of the connection, then try again.",
    ),
    "bad_address": Trouble(
        "The address of {lms} cannot be called: {detail}",
        "An operator corrects it.",
        permanent=True,
    ),
    "bad_item_name": Trouble(
        "Moodle's grade report does not open, because of how an activity is named: {detail}.",
        "Rename it without “<” and “&”, then press “Sync now”.",
    ),
    "no_roster_service": Trouble(
        "{lms} has not told us where its list of people is.",
        "An administrator switches on “Names and Roles” for this tool; then open it from the course once.",
        permanent=True,
    ),
    "no_scope": Trouble(
        "{lms} does not let this tool read the list of people.",
        "An administrator switches on “Names and Roles” for this tool.",
        permanent=True,
    ),
    "no_signing_key": Trouble(
        "This installation has no signing key yet.", "An operator runs `lti-tool migrate`.", permanent=True
    ),
    "assertion_refused": Trouble(
        "{lms} did not accept our signature ({detail}).",
        "An operator runs `lti-tool doctor` and compares the key address in {lms} with ours.",
        permanent=True,
    ),
    "no_score_service": Trouble(
        "{lms} has not told us where this course's gradebook columns are.",
        "An administrator switches on “Assignment and Grade Services” for this tool; then open it from the "
        "course once.",
        permanent=True,
    ),
    "no_score_scope": Trouble(
        "{lms} does not let this tool write into the gradebook.",
        "An administrator gives it the scopes of “Assignment and Grade Services”; then press “Try again”.",
        permanent=True,
    ),
    "no_notices": Trouble(
        "{lms} does not send notices to this tool: it is switched off there, or the tool was removed.",
        "Copied courses are known when somebody first opens Personal Plans in them. It is tried again daily.",
        permanent=True,
    ),
    "no_notice_scope": Trouble(
        "{lms} does not let this tool ask for notices.",
        "An administrator gives it the scope of “Platform Notification Service”. It is tried again daily.",
        permanent=True,
    ),
    "notices_refused": Trouble(
        "{lms} did not accept our address for notices (status {status}).",
        "The tool's domain in {lms} must be the one of PUBLIC_URL. It is tried again daily.",
        permanent=True,
    ),
    "column_gone": Trouble(
        "The column is no longer in {lms}: somebody deleted it.",
        "Switch it on again if you want a new one. Nothing of the check-ins is lost.",
        permanent=True,
    ),
    "column_refused": Trouble(
        "{lms} did not make the column (status {status}).",
        "Press “Try again”. If it stays, tell whoever runs {lms}.",
        permanent=True,
    ),
    "not_ours": Trouble(
        "The column {lms} shows at our address is not the one we made.",
        "Nothing was written into it. Switch the column off and on again.",
        permanent=True,
    ),
    "course_over": Trouble(
        "{lms} no longer lets us write into this course. It may have ended.",
        "If it goes on, press “Try again”.",
        permanent=True,
    ),
    "grade_locked": Trouble(
        "{lms} did not take it; most often the student's grade or the whole column is locked.",
        "Unlock it in the gradebook, then press “Try again”.",
    ),
    "score_refused": Trouble(
        "{lms} does not take a score for this person (status {status}).",
        "Look whether they are enrolled as a student, then press “Try again”.",
        permanent=True,
    ),
    "newer_there": Trouble(
        "{lms} already has a newer score for this student and keeps it.",
        "Press “Try again” to send ours as the newest.",
        permanent=True,
    ),
    "nobody": Trouble(
        "{lms} has not told us who this student is there.",
        "It is known as soon as they open the tool, or the list of people is read.",
        permanent=True,
    ),
    "typed_over": Trouble(
        "A teacher typed another number in {lms}'s gradebook. Theirs stays.", "Nothing has to be done."
    ),
    "tried_a_day": Trouble(
        "Tried for a day without success. {detail}", "Press “Try again” when {lms} works.", permanent=True
    ),
    "interrupted": Trouble("Reading was interrupted again and again.", "Press “Sync now” to try once more."),
    "internal": Trouble("Something went wrong on our side.", "An operator finds it in the log."),
}


class LmsError(Exception):
    """An answer we could not get or use.

    Attributes:
        code: a key of TROUBLES, for logs and tests. lms: what people call the LMS.
        sentence, what_to_do: for people. permanent: trying again by itself will not help.
        status: of the HTTP answer, if there was one.
    """

    def __init__(self, code: str, lms: str, *, detail: str = "", status: int | None = None) -> None:
        trouble = TROUBLES[code]
        words = {"lms": lms, "detail": detail, "status": status}
        self.code = code
        self.lms = lms
        self.sentence = trouble.sentence.format(**words)
        self.what_to_do = trouble.what_to_do.format(**words)
        self.permanent = trouble.permanent
        self.breaks_connection = trouble.breaks_connection
        self.status = status
        super().__init__(f"{self.sentence} {self.what_to_do}")
