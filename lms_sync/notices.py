"""Asking platforms to tell us when a course is copied: once a deployment, and again each week.

Platform Notification Service 1.0 (lti.md §9, canvas.md §4): a PUT of our address to the service that
a launch named. The row is the truth; asking twice changes nothing. A platform that never tells us is
no loss: a launch says where its course came from, too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import requests
import sqlalchemy as sa
import structlog

from lms_sync.leases import changed, free, pause, take
from lms_sync.platforms.errors import NO_ERROR, LmsError
from lms_sync.platforms.service_tokens import ServiceTokens
from lms_sync.platforms.wire import Wire
from lms_sync.run import SyncDeps
from lti_tool.http import OutboundError, check_url
from lti_tool.launch.claims import CONTEXT_COPY
from lti_tool.plans.asked import NOTICES
from lti_tool.records.notices import NoticeHandler
from lti_tool.records.platform import Deployment, Registration

AGAIN = timedelta(days=7)  # a test Canvas is overwritten every week, its handlers too
AFTER_FAILURE = timedelta(days=1)  # what an administrator must change may have been changed
log = structlog.get_logger()


def ask_for_notices(deps: SyncDeps) -> int:
    """Tell every platform that offers it where to send its notices; how many agreed now."""
    _want(deps)
    now = deps.now()
    with deps.database.read() as session:
        due = session.scalars(
            sa.select(NoticeHandler.id)
            .join(Deployment, Deployment.id == NoticeHandler.deployment_id)
            .join(Registration, Registration.id == Deployment.registration_id)
            .where(
                NoticeHandler.next_at <= now,
                free(NoticeHandler, deps.owner, now),
                Deployment.notices_url.is_not(None),
                Deployment.active,
                Registration.active,
            )
            .order_by(NoticeHandler.next_at, NoticeHandler.id)
        ).all()
    return sum(_ask_one(deps, handler_id) for handler_id in due if not deps.stopping())


def _want(deps: SyncDeps) -> None:
    """A row for every deployment whose service, or our own address, is another than the one asked for."""
    ours = deps.settings.public_url + "/lti/notices"
    known = sa.and_(NoticeHandler.deployment_id == Deployment.id, NoticeHandler.kind == CONTEXT_COPY)
    other = sa.or_(
        NoticeHandler.id.is_(None), NoticeHandler.url != Deployment.notices_url, NoticeHandler.handler != ours
    )
    with deps.database.read() as session:
        rows = session.execute(
            sa.select(Deployment.id, Deployment.notices_url, NoticeHandler.id.label("handler_id"))
            .outerjoin(NoticeHandler, known)
            .where(Deployment.active, Deployment.notices_url.is_not(None), other)
        ).all()
    for row in rows:
        values = {"url": row.notices_url, "handler": ours, "state": "wanted", "next_at": deps.now()}
        values |= {"attempts": 0, "tried_since": None, "set_at": None}
        try:
            with deps.database.write() as session:
                if row.handler_id is None:
                    session.add(NoticeHandler(deployment_id=row.id, kind=CONTEXT_COPY, **values))
                else:
                    session.execute(
                        sa.update(NoticeHandler).where(NoticeHandler.id == row.handler_id).values(**values)
                    )
        except sa.exc.IntegrityError:
            continue  # another worker was faster


def _ask_one(deps: SyncDeps, handler_id: int) -> bool:
    with deps.database.write() as session:
        if not take(session, NoticeHandler, handler_id, deps.owner, deps.now()):
            return False
        handler = session.get_one(NoticeHandler, handler_id)
        deployment = session.get_one(Deployment, handler.deployment_id)
        registration = session.get_one(Registration, deployment.registration_id)
    now, said = deps.now(), log.bind(deployment_id=deployment.id, kind=handler.kind)
    try:
        _put(deps, registration, handler)
    except LmsError as error:
        said.warning("notices.not_set", code=error.code, status=error.status, attempts=handler.attempts)
        state = "failed" if error.permanent else handler.state
        pause_for = AFTER_FAILURE if error.permanent else pause(handler.attempts)
        _settle(deps, handler, state=state, next_at=now + pause_for, **error.row)
        return False
    fresh = {"attempts": 0, "tried_since": None, **NO_ERROR}
    _settle(deps, handler, state="set", next_at=now + AGAIN, set_at=now, **fresh)
    said.info("notices.set")
    return True


def _put(deps: SyncDeps, registration: Registration, handler: NoticeHandler) -> None:
    """One PUT, with a new token where the kept one is refused. Raises LmsError."""
    family = (registration.product_family or "").lower()
    wire = Wire(
        deps.make_session(deps.settings),
        "Canvas" if family == "canvas" else registration.name or "The LMS",
        deps.wait,
    )
    try:
        for address in (handler.url, registration.token_url):
            check_url(address, deps.settings)
        tokens = ServiceTokens(wire, deps.database, registration)
        response = _send(wire, tokens, handler, deps.now(), fresh=False)
        if response.status_code == 401:
            response = _send(wire, tokens, handler, deps.now(), fresh=True)
    except OutboundError as error:
        raise wire.error("bad_address", str(error)) from error
    finally:
        wire.session.close()
    status = response.status_code
    if status not in (200, 201, 204):
        code = {401: "no_notice_scope", 403: "no_notice_scope", 404: "no_notices"}.get(status)
        raise wire.error(code or ("server_error" if status >= 500 else "notices_refused"), status=status)


def _send(
    wire: Wire, tokens: ServiceTokens, handler: NoticeHandler, now: datetime, *, fresh: bool
) -> requests.Response:
    try:
        token = tokens.get([NOTICES], now=now, fresh=fresh)
    except LmsError as error:
        # The sentence of the list of people would send the administrator to the wrong switch.
        if error.code == "no_scope":
            raise wire.error("no_notice_scope") from error
        raise
    body = {"notice_type": handler.kind, "handler": handler.handler}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return wire.call(lambda: wire.session.put(handler.url, json=body, headers=headers))


def _settle(deps: SyncDeps, handler: NoticeHandler, **values: Any) -> None:
    """Write how it went, unless another address is wanted meanwhile."""
    with deps.database.write() as session:
        changed(
            session,
            sa.update(NoticeHandler)
            .where(
                NoticeHandler.id == handler.id,
                NoticeHandler.lease_owner == deps.owner,
                NoticeHandler.url == handler.url,
                NoticeHandler.handler == handler.handler,
            )
            .values(**values),
        )
        session.execute(
            sa.update(NoticeHandler)
            .where(NoticeHandler.id == handler.id, NoticeHandler.lease_owner == deps.owner)
            .values(lease_owner=None, lease_until=None)
        )
