"""The short way in, for a launch that brings nothing new: one read, then everything it leaves behind at once.

The login used up, the membership's time, the session and the audit line are one transaction: on SQLite four
statements while nobody else writes, on PostgreSQL a single statement, so one round trip and one commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from config.settings import Settings
from lti_tool.db import Database, Driver
from lti_tool.launch.claims import RESOURCE_LINK, Launch
from lti_tool.launch.freshness import ask_when_stale
from lti_tool.launch.messages import open_link
from lti_tool.launch.opening import NEW_ENTRY, NEW_SESSION, Admitted, Arrival, entry_of, new_session
from lti_tool.launch.reasons import refuse
from lti_tool.launch.standing import brings_nothing_new, places_seen, standing
from lti_tool.launch.states import USE_UP, Login, clear_now_and_then, values_of
from lti_tool.records.audit import AuditEntry
from lti_tool.records.base import table_of
from lti_tool.records.course import Membership
from lti_tool.records.launch import LaunchSession, LoginState
from lti_tool.records.prepared import Prepared, names_of

_member, _session, _entry = table_of(Membership), table_of(LaunchSession), table_of(AuditEntry)
_SEEN = (
    sa.update(_member)
    .where(_member.c.id == sa.bindparam("member"))
    .values(last_launch_at=sa.bindparam("now"))
)
_USE_UP, _SEEN_AGAIN = Prepared({"sqlite": USE_UP["sqlite"]}), Prepared(_SEEN)


def _all_at_once() -> Prepared:
    """For PostgreSQL. Where the login was used already nothing is done; the audit line is what counts."""
    used = USE_UP["postgresql"].returning(table_of(LoginState).c.id).cte("used")
    seen = _SEEN.where(sa.exists(sa.select(used.c.id))).cte("seen")
    made = _where_used(_session, NEW_SESSION, used).cte("made")
    return Prepared({"postgresql": _where_used(_entry, NEW_ENTRY, used).add_cte(seen, made)})


def _where_used(table: sa.Table, names: Mapping[str, str], used: sa.CTE) -> sa.Insert:
    values = [sa.bindparam(bind, type_=table.c[name].type) for name, bind in names.items()]
    row = sa.select(*values).select_from(used)
    return sa.insert(table).from_select(list(names), row, include_defaults=False)


_STEPS = (_SEEN_AGAIN, Prepared(names_of(_session, NEW_SESSION)), Prepared(names_of(_entry, NEW_ENTRY)))
_ALL_AT_ONCE = _all_at_once()


def come_again(
    database: Database, launch: Launch, login: Login, *, settings: Settings, jobs: Any, now: datetime
) -> Admitted | None:
    """Let in whoever brings nothing new; None for a launch that has to go the longer way (admit.py).

    Raises:
        Refusal: the login was used meanwhile (nothing is stored).
    """
    if launch.message_type != RESOURCE_LINK or not launch.sub:
        return None
    registration_id = login.registration_id
    with database.add() as door:
        row = standing(door, registration_id, launch)
        if row is None or not brings_nothing_new(row, launch, now):
            return None
        opening = open_link(launch, started=row.started_at is not None)
        arrival = Arrival(row.deployment_id, row.person_id, row.context_id, opening)
        admitted, session = new_session(registration_id, launch, arrival, now)
        entry = entry_of(registration_id, session, now)
        if not _store(door, {**values_of(login), **session, **entry, "member": row.member_id, "now": now}):
            raise refuse("state_used")
        places_seen(door, row, now)
        clear_now_and_then(door, login, now)
    ask_when_stale(
        database, launch, row, registration_id=registration_id, settings=settings, jobs=jobs, now=now
    )
    return admitted


def _store(door: Driver, values: Mapping[str, Any]) -> bool:
    """All of it or, where somebody else used the login, nothing."""
    if door.dialect.name == "postgresql":
        return bool(_ALL_AT_ONCE.run(door, values) == 1)
    driver = door.connection
    driver.execute("BEGIN IMMEDIATE")
    try:
        used = _USE_UP.run(door, values) == 1
        for step in _STEPS if used else ():
            step.run(door, values)
        driver.commit()
    except BaseException:
        driver.rollback()
        raise
    return bool(used)
