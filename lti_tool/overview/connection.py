"""How a course is connected to its LMS's grades, in plain words, and who can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.overview.place import Place
from lti_tool.overview.unseen import unseen_groups, unseen_words
from lti_tool.plans.access import Act, Actor, Role, may
from lti_tool.plans.translate import Translate
from lti_tool.plans.troubles import shown_trouble
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.platform import Connection
from lti_tool.records.structure import LmsEnrolment

_: Translate = gettext
TEACHES = ("TeacherEnrollment", "TaEnrollment")
ORDER = ("ok", "unchecked", "broken", "waiting")
COURSE, ALL = "course", "all"
NOT_SHOWN = ("no_right", "no_course")


@dataclass(frozen=True)
class ConnectionWords:
    """state: `none`, `waiting`, `broken`, `unchecked` or `ok`. what_to_do names who can do it.

    warning: what will go wrong soon, or what is not covered. offer: what the reader can connect with
    one press: `course`, `all`, or nothing. mark: another one as soon as anything of it changes.
    """

    state: str
    sentence: str
    what_to_do: str = ""
    warning: str = ""
    offer: str = ""
    mark: str = ""

    @property
    def works(self) -> bool:
        """Whether grades can be read, as far as we know."""
        return self.state in ("ok", "unchecked")


def connection_of(session: Session, place: Place, actor: Actor | None = None) -> ConnectionWords:
    """The connection this course is read with: one that works before one that does not.

    One statement, and one more in Moodle.

    actor: who reads; what they can mend themselves is offered.
    """
    context = place.context
    rows = _rows(session, context.registration_id, context.id)
    if not rows:
        return connection_words("none", "", place.lms)
    row = rows[0]
    words = connection_words(row.state, reason_of(row), place.lms, own=row.context_id is not None)
    mendable = _warning(row, words, place.lms) or _not_shown(row, rows, words, place.lms)
    warning = mendable or words.warning
    if row.kind == "moodle" and words.works and (unseen := unseen_groups(session, context.id)) is not None:
        warning = f"{warning} {unseen_words(unseen, 'Moodle', _)}".strip()
    words = replace(words, warning=warning, mark=mark_of(rows))
    if actor is None or not has_key(rows) or (words.works and not mendable):
        return words
    return replace(words, offer=_offer(actor))


def every_course_mark(session: Session, registration_id: int) -> str:
    """The mark of the institution's connections."""
    return mark_of(_rows(session, registration_id, None))


def has_key(rows: Sequence[Any]) -> bool:
    """Whether somebody's consent can be asked at all: an operator stored the institution's API key."""
    return any(row.context_id is None and row.kind == "canvas" and row.oauth_client_id for row in rows)


def institution_works(rows: Sequence[Any]) -> bool:
    """Whether there is an access to every course that works, as far as we know."""
    return any(row.context_id is None and row.state in ("ok", "unchecked") for row in rows)


def mark_of(rows: Sequence[Any]) -> str:
    """Changes when a connection is made, allowed anew, broken or mended."""
    at = [(row.id, row.state, row.allowed_at.timestamp() if row.allowed_at else 0) for row in rows]
    return "-".join(f"{number}.{state}.{int(moment)}" for number, state, moment in sorted(at))


def _rows(session: Session, registration_id: int, context_id: int | None) -> list[Any]:
    mine = sa.or_(Connection.context_id.is_(None), Connection.context_id == context_id)
    theirs = (
        LmsEnrolment.person_id == Connection.person_id,
        LmsEnrolment.context_id == Connection.context_id,
        LmsEnrolment.kind.in_(TEACHES),
    )
    listed = sa.exists().where(*theirs).correlate(Connection)
    over = sa.exists().where(Context.id == Connection.context_id, Context.ended_at.is_not(None))
    active = sa.exists().where(*theirs, LmsEnrolment.state == "active").correlate(Connection)
    teaching = sa.or_(active, over.correlate(Connection))
    rows = session.execute(
        sa.select(
            Connection.id,
            Connection.kind,
            Connection.state,
            Connection.reason,
            Connection.reason_code,
            Connection.reason_words,
            Connection.context_id,
            Connection.oauth_client_id,
            Connection.person_id,
            Connection.allowed_at,
            Connection.sections,
            Person.name.label("by_name"),
            Membership.role.label("by_role"),
            Membership.left_at.label("by_left_at"),
            listed.label("by_listed"),
            sa.and_(listed, teaching).label("by_teaching"),
            _newest_trouble(context_id).label("newest_trouble"),
        )
        .outerjoin(Person, Person.id == Connection.person_id)
        .outerjoin(
            Membership,
            sa.and_(
                Membership.person_id == Connection.person_id, Membership.context_id == Connection.context_id
            ),
        )
        .where(Connection.registration_id == registration_id, mine)
    ).all()
    return sorted(rows, key=lambda row: (ORDER.index(row.state), row.context_id is not None, row.id))


def _warning(row: Any, words: ConnectionWords, lms: str) -> str:
    """Of a teacher's own access: it ends with their enrolment, or sees some sections only."""
    if row.context_id is None or not words.works:
        return ""
    told = []
    ended = row.by_left_at is not None or row.by_role != Role.STAFF.value
    if row.person_id is not None and (ended or (row.by_listed and not row.by_teaching)):
        told.append(
            _(
                "Grades are read with the access of %(name)s, who no longer teaches this course. It can stop "
                "any day. Any teacher of this course can take over; everything that was read stays.",
                name=row.by_name or _("somebody"),
            )
        )
    if row.sections:
        told.append(
            _(
                "%(lms)s shows this access only these sections: %(sections)s. Grades of other students are "
                "not read. A teacher of the whole course can take over.",
                lms=lms or _("Your LMS"),
                sections=", ".join(row.sections),
            )
        )
    return " ".join(told)


def _newest_trouble(context_id: int | None) -> Any:
    """Why the newest run of the course that ended did not go well."""
    ended = SyncRun.state.in_(("done", "failed"))
    return (
        sa.select(SyncRun.error_code)
        .where(SyncRun.context_id == context_id, ended)
        .order_by(SyncRun.queued_at.desc(), SyncRun.id)
        .limit(1)
        .scalar_subquery()
    )


def _not_shown(row: Any, rows: Sequence[Any], words: ConnectionWords, lms: str) -> str:
    """The institution's access works, but not for this course."""
    if row.context_id is not None or not words.works or row.newest_trouble not in NOT_SHOWN:
        return ""
    said = _("%(lms)s does not show this course's grades to your school's access.", lms=lms or _("Your LMS"))
    if not has_key(rows):
        return said
    return said + " " + _("A teacher of this course can connect them with their own.")


def _offer(actor: Actor) -> str:
    if may(actor, Act.CONNECT) and actor.context_id is not None:
        return COURSE
    return ALL if may(actor, Act.CONNECT_ALL) else ""


def reason_of(row: Any) -> str:
    """Why a connection does not work, in the reader's language. row: with its three `reason` columns."""
    return shown_trouble(row.reason_code, row.reason_words, row.reason, _)


def connection_words(state: str, reason: str, lms: str, *, own: bool = False) -> ConnectionWords:
    """A connection's state as a sentence and what to do. own: it is this course's, by a teacher."""
    lms = lms or _("your LMS")
    if state == "ok":
        return ConnectionWords(state, _("Grades come from %(lms)s.", lms=lms), warning=reason)
    if state == "unchecked":
        return ConnectionWords(state, _("Grades come from %(lms)s. They have not been read yet.", lms=lms))
    if state == "waiting":
        return ConnectionWords(
            state,
            _("Grades are not connected yet: someone has to allow it in %(lms)s.", lms=lms),
            _("A teacher of this course or your %(lms)s administrator can allow it.", lms=lms),
        )
    if state == "broken":
        mends = (
            _("Any teacher of this course can connect it anew. What was read before stays.")
            if own
            else _("Your %(lms)s administrator can mend it. What was read before stays.", lms=lms)
        )
        return ConnectionWords(
            state,
            _("We cannot read grades from %(lms)s now.", lms=lms) + (f" {reason}" if reason else ""),
            mends,
        )
    return ConnectionWords("none", _without_any(lms), _how_to_connect(lms))


def _without_any(lms: str) -> str:
    return _(
        "Your school has not connected the grades of %(lms)s yet, so goals do not move by themselves. We see "
        "who is in the course and our own column of check-ins; we see no scores, due dates or missing work.",
        lms=lms,
    )


def _how_to_connect(lms: str) -> str:
    if lms == "Canvas":
        return _(
            "Your Canvas administrator makes an API key, and the operator of this tool stores it. Then a "
            "button to connect grades stands here."
        )
    if lms == "Moodle":
        return _(
            "Your Moodle administrator makes a token for web services, and the operator of this tool stores "
            "it."
        )
    return _("Your %(lms)s administrator and the operator of this tool can connect them.", lms=lms)
