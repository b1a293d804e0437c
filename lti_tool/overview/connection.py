"""How a course is connected to its LMS's grades, in plain words, and who can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.overview.place import Place
from lti_tool.plans.translate import Translate
from lti_tool.plans.troubles import shown_trouble
from lti_tool.records.platform import Connection

_: Translate = gettext


@dataclass(frozen=True)
class ConnectionWords:
    """state: `none`, `waiting`, `broken`, `unchecked` or `ok`. what_to_do names who can do it."""

    state: str
    sentence: str
    what_to_do: str = ""

    @property
    def works(self) -> bool:
        """Whether grades can be read, as far as we know."""
        return self.state in ("ok", "unchecked")


def connection_of(session: Session, place: Place) -> ConnectionWords:
    """The connection this course is read with: one that works before one that does not."""
    context = place.context
    rows = session.execute(
        sa.select(
            Connection.state,
            Connection.reason,
            Connection.reason_code,
            Connection.reason_words,
            Connection.context_id,
        ).where(
            Connection.registration_id == context.registration_id,
            sa.or_(Connection.context_id.is_(None), Connection.context_id == context.id),
        )
    ).all()
    order = ("ok", "unchecked", "broken", "waiting")
    rows = sorted(rows, key=lambda row: (order.index(row.state), row.context_id is not None))
    if not rows:
        return connection_words("none", "", place.lms)
    return connection_words(rows[0].state, reason_of(rows[0]), place.lms)


def reason_of(row: Any) -> str:
    """Why a connection does not work, in the reader's language. row: with its three `reason` columns."""
    return shown_trouble(row.reason_code, row.reason_words, row.reason, _)


def connection_words(state: str, reason: str, lms: str) -> ConnectionWords:
    """A connection's state as a sentence and what to do."""
    lms = lms or _("your LMS")
    if state == "ok":
        return ConnectionWords(state, _("Grades come from %(lms)s.", lms=lms))
    if state == "unchecked":
        return ConnectionWords(state, _("Grades come from %(lms)s. They have not been read yet.", lms=lms))
    if state == "waiting":
        return ConnectionWords(
            state,
            _("Grades are not connected yet: someone has to allow it in %(lms)s.", lms=lms),
            _("A teacher of this course or your %(lms)s administrator can allow it.", lms=lms),
        )
    if state == "broken":
        return ConnectionWords(
            state,
            _("We cannot read grades from %(lms)s now.", lms=lms) + (f" {reason}" if reason else ""),
            _("Your %(lms)s administrator can mend it. What was read before stays.", lms=lms),
        )
    return ConnectionWords(
        "none",
        _(
            "Your school has not connected the grades of %(lms)s yet, so goals do not move by themselves.",
            lms=lms,
        ),
        _("Your %(lms)s administrator and the operator of this tool can connect them.", lms=lms),
    )
