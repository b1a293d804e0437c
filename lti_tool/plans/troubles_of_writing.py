"""What can go wrong with what we ask an LMS to keep for us: columns, scores, notices. Pure."""

from __future__ import annotations

from lti_tool.plans.translate import Translate

Told = dict[str, tuple[str, str]]


def written_troubles(_: Translate) -> Told:
    """code → (sentence, what to do), their places still open."""
    return {**_columns(_), **_scores(_), **_notices(_)}


def _columns(_: Translate) -> Told:
    return {
        "no_score_service": (
            _("%(lms)s has not told us where this course's gradebook columns are."),
            _(
                "An administrator switches on “Assignment and Grade Services” for this tool; then open it "
                "from the course once."
            ),
        ),
        "no_score_scope": (
            _("%(lms)s does not let this tool write into the gradebook."),
            _(
                "An administrator gives it the scopes of “Assignment and Grade Services”; then press “Try "
                "again”."
            ),
        ),
        "column_gone": (
            _("The column is no longer in %(lms)s: somebody deleted it."),
            _("Switch it on again if you want a new one. Nothing of the check-ins is lost."),
        ),
        "column_refused": (
            _("%(lms)s did not make the column (status %(status)s)."),
            _("Press “Try again”. If it stays, tell whoever runs %(lms)s."),
        ),
        "not_ours": (
            _("The column %(lms)s shows at our address is not the one we made."),
            _("Nothing was written into it. Switch the column off and on again."),
        ),
        "course_over": (
            _("%(lms)s no longer lets us write into this course. It may have ended."),
            _("If it goes on, press “Try again”."),
        ),
    }


def _scores(_: Translate) -> Told:
    return {
        "grade_locked": (
            _("%(lms)s did not take it; most often the student's grade or the whole column is locked."),
            _("Unlock it in the gradebook, then press “Try again”."),
        ),
        "score_refused": (
            _("%(lms)s does not take a score for this person (status %(status)s)."),
            _("Look whether they are enrolled as a student, then press “Try again”."),
        ),
        "newer_there": (
            _("%(lms)s already has a newer score for this student and keeps it."),
            _("Press “Try again” to send ours as the newest."),
        ),
        "nobody": (
            _("%(lms)s has not told us who this student is there."),
            _("It is known as soon as they open the tool, or the list of people is read."),
        ),
        "typed_over": (
            _("A teacher typed another number in %(lms)s's gradebook. Theirs stays."),
            _("Nothing has to be done."),
        ),
        "tried_a_day": (
            _("Tried for a day without success. %(detail)s"),
            _("Press “Try again” when %(lms)s works."),
        ),
    }


def _notices(_: Translate) -> Told:
    daily = _("It is tried again daily.")
    return {
        "no_notices": (
            _("%(lms)s sends no notices to this tool: that is switched off there, or the tool was removed."),
            daily,
        ),
        "no_notice_scope": (
            _("%(lms)s does not let this tool ask for notices."),
            _("An administrator gives it the scope “noticehandlers”.") + f" {daily}",
        ),
        "notices_refused": (
            _("%(lms)s did not accept our address for notices (status %(status)s)."),
            _("The tool’s domain in %(lms)s must be the one of PUBLIC_URL.") + f" {daily}",
        ),
    }
