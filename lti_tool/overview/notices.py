"""Whether an LMS tells us when a course is copied, deployment by deployment (lti.md §9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.plans.asked import NOTICES, scopes_of
from lti_tool.plans.translate import Translate
from lti_tool.plans.troubles import shown_trouble
from lti_tool.records.notices import NoticeHandler
from lti_tool.records.platform import Deployment, Registration


@dataclass(frozen=True)
class Told:
    """One deployment. well: None where nothing is wrong and nothing is announced either.

    set_at: when the LMS last agreed; error: what it said instead, if it did not.
    """

    deployment: str
    well: bool | None
    sentence: str
    set_at: datetime | None
    error: str


def told_of_copies(session: Session, row: Registration, _: Translate) -> tuple[Told, ...]:
    """Every active deployment, oldest first. One statement; the caller has checked who asks."""
    rows = session.execute(
        sa.select(Deployment.lms_id, Deployment.notices_url, NoticeHandler)
        .outerjoin(NoticeHandler, NoticeHandler.deployment_id == Deployment.id)
        .where(Deployment.registration_id == row.id, Deployment.active)
        .order_by(Deployment.id)
    )
    offered = NOTICES in scopes_of(row.product_family)
    return tuple(_told(lms_id, url, handler, offered, _) for lms_id, url, handler in rows)


def _told(lms_id: str, url: str | None, handler: NoticeHandler | None, offered: bool, _: Translate) -> Told:
    later = _("A copied course is known when somebody first opens Personal Plans in it.")
    if url is None:
        words = (
            _("No launch has said yet where notices are asked for, or the scope for it was left out.")
            if offered
            else _("This LMS sends no notices.")
        )
        return Told(lms_id, None, f"{words} {later}", None, "")
    if handler is None or handler.state == "wanted":
        error = _reason(handler, _) if handler is not None else ""
        return Told(lms_id, None, _("Not asked for yet; the worker does it by itself."), None, error)
    if handler.state == "failed":
        refused = _("The LMS did not agree to tell us.")
        return Told(lms_id, False, f"{refused} {later}", handler.set_at, _reason(handler, _))
    return Told(lms_id, True, _("The LMS tells us at once when a course is copied."), handler.set_at, "")


def _reason(handler: NoticeHandler, _: Translate) -> str:
    return shown_trouble(handler.error_code, handler.error_words, handler.error, _)
