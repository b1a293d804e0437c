"""A launch's page opens a window of its own: the ticket that says whose it is.

A window has none of the frame's cookies (they are partitioned), so the page posts a ticket into it: what
is asked, until when, and a mark made with what only our database and the launch's browser know. It opens
nothing but that one question, for that person, while the launch lasts.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.launch.session import Visit, VisitEnded, find_open_launch

FIELD = "ticket"
LASTS = timedelta(hours=12)


def make_ticket(visit: Visit, what: str, now: datetime) -> str:
    """A ticket of this visit for `what` (a word without dots)."""
    until = int((now + LASTS).timestamp())
    words = f"{visit.launch_id}.{what}.{until}"
    return f"{words}.{_mark(visit.ticket_key, words)}"


def read_ticket(session: Session, settings: Settings, ticket: str, now: datetime) -> tuple[Visit, int, str]:
    """(the visit it was made for, its row's id, what is asked). Raises VisitEnded: forged, too old, over."""
    words, _dot, mark = ticket.rpartition(".")
    if len(ticket) > 400 or words.count(".") != 2:
        raise VisitEnded
    launch_id, what, until = words.split(".")
    if not (until.isascii() and until.isdigit()) or int(until) <= now.timestamp():
        raise VisitEnded
    visit, row_id = find_open_launch(session, settings, launch_id=launch_id, now=now)
    if not hmac.compare_digest(mark, _mark(visit.ticket_key, words)):
        raise VisitEnded
    return visit, row_id, what


def _mark(key: str, words: str) -> str:
    return hmac.new(key.encode(), f"window:{words}".encode(), sha256).hexdigest()
