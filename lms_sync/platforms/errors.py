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
    "interrupted": Trouble("Reading was interrupted again and again.", "Press “Sync now” to try once more."),
    "internal": Trouble("Something went wrong on our side.", "An operator finds it in the log."),
}


class LmsError(Exception):
    """An answer we could not get or use.

    Attributes:
        code: a key of TROUBLES, for logs and tests.
        sentence, what_to_do: for people. permanent: trying again by itself will not help.
        status: of the HTTP answer, if there was one.
    """

    def __init__(self, code: str, lms: str, *, detail: str = "", status: int | None = None) -> None:
        trouble = TROUBLES[code]
        words = {"lms": lms, "detail": detail, "status": status}
        self.code = code
        self.sentence = trouble.sentence.format(**words)
        self.what_to_do = trouble.what_to_do.format(**words)
        self.permanent = trouble.permanent
        self.breaks_connection = trouble.breaks_connection
        self.status = status
        super().__init__(f"{self.sentence} {self.what_to_do}")
