"""Our own gradebook columns: made once, looked at once, known again by tag and resource id (lti.md §7).

Only an address that stands in our own row is ever written to, and only after a GET of it showed our tag
and resource id: Moodle would let a tool write into a teacher's column (moodle.md, AGS).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from lms_sync.leases import GIVE_UP, changed, free, pause, take
from lms_sync.platforms.ags import LineItem, LineItems, Wish
from lms_sync.platforms.errors import NO_ERROR, LmsError
from lms_sync.platforms.service_tokens import ServiceTokens
from lms_sync.platforms.wire import Wire
from lms_sync.run import SyncDeps
from lti_tool.http import OutboundError, check_url
from lti_tool.records.course import ContextService
from lti_tool.records.platform import Deployment, Registration
from lti_tool.records.score import OwnColumn, ScoreOut

AWAITED = ("wanted", "linked")
NUMBER = re.compile(r"/line_?items/([0-9]+)(?:/|$)")
log = structlog.get_logger()


@contextmanager
def open_line_items(deps: SyncDeps, column: OwnColumn) -> Iterator[LineItems]:
    """The line items of a column's course, by the newest address a launch brought. May raise LmsError."""
    with deps.database.read() as session:
        registration = session.get_one(Registration, column.registration_id)
        url = session.scalar(
            sa.select(ContextService.lineitems_url)
            .join(Deployment, Deployment.id == ContextService.deployment_id)
            .where(
                ContextService.context_id == column.context_id,
                ContextService.lineitems_url.is_not(None),
                Deployment.active,
            )
            .order_by(ContextService.seen_at.desc())
            .limit(1)
        )
    family = (registration.product_family or "").lower()
    name = {"canvas": "Canvas", "moodle": "Moodle"}.get(family, registration.name or "The LMS")
    pace = deps.paces.of(f"lti:{registration.id}")
    # The outbox has its own pauses; a new column asked for twice could become two.
    wire = Wire(deps.make_session(deps.settings), name, deps.wait, pace, patient=False)
    try:
        if not url or not registration.active:
            raise wire.error("no_score_service")
        try:
            check_url(url, deps.settings)
            check_url(registration.token_url, deps.settings)
        except OutboundError as error:
            raise wire.error("bad_address", str(error)) from error
        tokens = ServiceTokens(wire, deps.database, registration)
        yield LineItems(wire, tokens, url=url, canvas=family == "canvas", now=deps.now)
    finally:
        wire.session.close()


def make_columns(deps: SyncDeps) -> int:
    """Make, or look at again, every column that is wanted; how many are ready now."""
    now = deps.now()
    with deps.database.read() as session:
        wanted = session.scalars(
            sa.select(OwnColumn.id).where(
                OwnColumn.state.in_(AWAITED), OwnColumn.next_at <= now, free(OwnColumn, deps.owner, now)
            )
        ).all()
    return sum(_make_one(deps, column_id) for column_id in wanted if not deps.stopping())


def _make_one(deps: SyncDeps, column_id: int) -> bool:
    with deps.database.write() as session:
        if not take(session, OwnColumn, column_id, deps.owner, deps.now(), OwnColumn.state.in_(AWAITED)):
            return False
        column = session.get_one(OwnColumn, column_id)
    said = log.bind(column_id=column.id, context_id=column.context_id)
    try:
        with open_line_items(deps, column) as items:
            item = _linked(deps, items, column) if column.state == "linked" else _ready(deps, items, column)
        if item is None:
            _look_later(deps, column)
            return False
    except LmsError as error:
        said.warning("column.not_made", code=error.code, status=error.status, attempts=column.attempts)
        _note_failure(deps, column, error)
        return False
    kept = column.due_at is None or item.due_at is not None
    values = {"checked_at": deps.now(), "due_kept": kept, **NO_ERROR}
    done = _settle(deps, column, state="made", attempts=0, tried_since=None, next_at=None, **values)
    said.info("column.made", ready=done)
    return done


def _linked(deps: SyncDeps, items: LineItems, column: OwnColumn) -> LineItem | None:
    """The line item that came with a teacher's link, as it stands; None while there is none."""
    found = items.find(column.tag, column.resource_id)
    if found is None:
        return None
    _remember(deps, column, found.url)
    seen = items.get(found.url)
    return _ours(items, seen, column) if seen is not None else None


def _look_later(deps: SyncDeps, column: OwnColumn) -> None:
    """The link is not saved yet; after a day it will not be, and the column is off as before."""
    now = deps.now()
    if not too_long(column.tried_since, now):
        _settle(deps, column, next_at=now + pause(column.attempts))
        return
    if _settle(deps, column, state="off", next_at=None, attempts=0, tried_since=None, **NO_ERROR):
        with deps.database.write() as session:
            session.execute(
                sa.update(ScoreOut)
                .where(ScoreOut.column_id == column.id, ScoreOut.state == "waiting")
                .values(state="stopped", error_code="off", lease_owner=None, lease_until=None)
            )
        log.info("column.never_linked", column_id=column.id)


def _ready(deps: SyncDeps, items: LineItems, column: OwnColumn) -> LineItem:
    """The line item as we want it: the one of our row, else one of ours in the list, else a new one."""
    wish = Wish(column.label, column.tag, column.resource_id, column.maximum, column.due_at)
    known = items.get(column.url) if column.url else None
    if known is not None:
        return _as_wished(items, _ours(items, known, column), wish)
    found = items.find(wish.tag, wish.resource_id)
    item = found or items.make(wish)
    _remember(deps, column, item.url)
    seen = items.get(item.url)
    if seen is None:
        raise LmsError("column_gone", items.lms, status=404)
    return _as_wished(items, _ours(items, seen, column), wish) if found else _ours(items, seen, column)


def _ours(items: LineItems, item: LineItem, column: OwnColumn) -> LineItem:
    if (item.tag, item.resource_id) != (column.tag, column.resource_id):
        raise LmsError("not_ours", items.lms)
    return item


def _as_wished(items: LineItems, item: LineItem, wish: Wish) -> LineItem:
    """Change maximum and due date where staff asked for others since."""
    if item.maximum == wish.maximum and item.due_at == wish.due_at:
        return item
    items.change(item.url, wish)
    return items.get(item.url) or item


def _remember(deps: SyncDeps, column: OwnColumn, url: str) -> None:
    """Keep the address at once: whatever happens next, it is found again and never made twice."""
    number = NUMBER.search(url)
    with deps.database.write() as session:
        session.execute(
            sa.update(OwnColumn)
            .where(OwnColumn.id == column.id)
            .values(url=url, lms_id=number.group(1) if number else "", made_at=deps.now())
        )


def _note_failure(deps: SyncDeps, column: OwnColumn, error: LmsError) -> None:
    now = deps.now()
    if error.permanent:
        _settle(deps, column, state="failed", **error.row)
    elif too_long(column.tried_since, now):
        last = LmsError("tried_a_day", error.lms, because=error)
        log.error("column.given_up", column_id=column.id, code=error.code)
        _settle(deps, column, state="failed", **last.row)
    else:
        _settle(deps, column, next_at=now + pause(column.attempts), **error.row)


def too_long(since: datetime | None, now: datetime) -> bool:
    """Whether something was tried for a day."""
    return since is not None and now - since >= GIVE_UP


def _settle(deps: SyncDeps, column: OwnColumn, **values: Any) -> bool:
    """Write how it went, unless staff asked for something else meanwhile."""
    with deps.database.write() as session:
        mine = sa.update(OwnColumn).where(
            OwnColumn.id == column.id,
            OwnColumn.state == column.state,
            OwnColumn.lease_owner == deps.owner,
            OwnColumn.asked_at == column.asked_at,
        )
        done = changed(session, mine.values(lease_owner=None, lease_until=None, **values)) == 1
        if not done:
            session.execute(
                sa.update(OwnColumn)
                .where(OwnColumn.id == column.id, OwnColumn.lease_owner == deps.owner)
                .values(lease_owner=None, lease_until=None)
            )
    return done
