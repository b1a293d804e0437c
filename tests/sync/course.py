"""A started course of ours, tied to one of the practice LMS: what the tests of the sync drive."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa

from config.settings import Settings
from lms_sync.platforms.pace import Paces
from lms_sync.run import SyncDeps, run_sync
from lti_tool.db import Database
from lti_tool.http import make_session
from lti_tool.launch.keys import make_signing_key, public_jwks
from lti_tool.records.course import Context, ContextService, Membership, Person, PersonAlias
from lti_tool.records.gradebook import Item, Result, ResultVersion, SyncRun
from lti_tool.records.platform import Connection, Deployment, Registration
from tests.sandbox_lms import seed
from tests.sandbox_lms.paths import endpoints, nrps_url
from tests.sandbox_lms.tools import add_tool
from tests.sandbox_lms.world import Course, World


@dataclass
class Clock:
    """A clock that is moved by hand; starts now."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


class KeyServer:
    """Serves our public keys over HTTP, as the web tool does."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"keys": []}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(outer.keys).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Tied:
    """Our rows of one practice course, and short ways to read them."""

    settings: Settings
    database: Database
    world: World
    course: Course
    registration_id: int
    context_id: int
    clock: Clock
    waits: list[float] = field(default_factory=list)

    def deps(self, owner: str = "tests#1") -> SyncDeps:
        """Waiting takes no time here, yet the pace goes by the time that was waited."""
        paces = Paces(lambda: time.monotonic() + sum(self.waits))
        return SyncDeps(
            self.settings,
            self.database,
            make_session,
            owner,
            self.clock,
            wait=self.waits.append,
            paces=paces,
        )

    def ask(self, kind: str = "changes", trigger: str = "schedule") -> str:
        """A queued run, as `Jobs.request_sync` writes it."""
        run_id = str(uuid.uuid4())
        with self.database.write() as session:
            session.add(
                SyncRun(
                    id=run_id,
                    registration_id=self.registration_id,
                    context_id=self.context_id,
                    kind=kind,
                    trigger=trigger,
                    queued_at=self.clock(),
                )
            )
        return run_id

    def sync(self, kind: str = "changes", trigger: str = "schedule") -> SyncRun:
        """Ask for a run and do it here."""
        run_id = self.ask(kind, trigger)
        run_sync(run_id, self.deps())
        return self.run(run_id)

    def run(self, run_id: str) -> SyncRun:
        with self.database.read() as session:
            return session.get_one(SyncRun, run_id)

    def context(self) -> Context:
        with self.database.read() as session:
            return session.get_one(Context, self.context_id)

    def members(self) -> dict[str, tuple[str, bool]]:
        """sub → (role, here now)."""
        with self.database.read() as session:
            rows = session.execute(
                sa.select(PersonAlias.value, Membership.role, Membership.left_at)
                .join(Membership, Membership.person_id == PersonAlias.person_id)
                .where(Membership.context_id == self.context_id, PersonAlias.kind == "sub")
            )
            return {row.value: (row.role, row.left_at is None) for row in rows}

    def person_id(self, lms_id: int) -> int:
        sub = self.course.sub_of(self.world.people[lms_id])
        with self.database.read() as session:
            return session.scalars(
                sa.select(PersonAlias.person_id).where(PersonAlias.kind == "sub", PersonAlias.value == sub)
            ).one()

    def person(self, lms_id: int) -> Person:
        with self.database.read() as session:
            return session.get_one(Person, self.person_id(lms_id))

    def result(self, item: int, lms_id: int) -> tuple[Result, ResultVersion, ResultVersion | None] | None:
        """(result, newest version, released version) of a cell, by the LMS's numbers."""
        person_id = self.person_id(lms_id)
        with self.database.read() as session:
            row = session.scalar(
                sa.select(Result)
                .join(Item, Item.id == Result.item_id)
                .where(
                    Item.context_id == self.context_id,
                    Item.lms_id == str(item),
                    Result.person_id == person_id,
                )
            )
            if row is None:
                return None
            current = session.get_one(ResultVersion, row.current_version_id)
            released = row.released_version_id and session.get(ResultVersion, row.released_version_id)
            return row, current, released or None

    def items(self) -> dict[str, Item]:
        with self.database.read() as session:
            return {row.lms_id: row for row in session.scalars(sa.select(Item))}

    def count(self, table: type[Any]) -> int:
        with self.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def tie(
    settings: Settings,
    database: Database,
    world: World,
    keys: KeyServer,
    *,
    course: Course | None = None,
    connected: bool = True,
    clock: Clock | None = None,
) -> Tied:
    """Register with the practice LMS, and start plans in one of its courses.

    The LMS has our clock; where workers are processes, it has to go by the machine's as they do (`at_work`).
    """
    world.clock = clock = clock or Clock()
    now = clock()
    canvas = world.personality == "canvas"
    course = course or world.courses[seed.CANVAS_COURSE if canvas else seed.MOODLE_COURSE]
    tool = add_tool(world, keys.url)
    places = endpoints(world)
    with database.write() as session:
        make_signing_key(session, now)
        keys.keys = public_jwks(session, now)
        registration = Registration(
            issuer=world.issuer,
            client_id=tool.client_id,
            name=world.personality.title(),
            auth_login_url=places.auth_login_url,
            token_url=places.token_url,
            jwks_url=places.jwks_url,
            product_family=world.personality,
            created_at=now,
        )
        session.add(registration)
        session.flush()
        deployment = Deployment(
            registration_id=registration.id, lms_id=tool.deployment_ids[0], created_at=now
        )
        context = Context(
            registration_id=registration.id, lms_id=course.lti_id, created_at=now, started_at=now
        )
        session.add_all([deployment, context])
        session.flush()
        session.add(
            ContextService(
                context_id=context.id,
                deployment_id=deployment.id,
                nrps_url=nrps_url(world, course.id, len(world.tools)),
                scopes=[],
                seen_at=now,
            )
        )
        if connected:
            session.add(
                Connection(
                    registration_id=registration.id,
                    kind=world.personality,
                    api_url=world.issuer,
                    token=seed.CANVAS_API_TOKEN if canvas else seed.MOODLE_WS_TOKEN,
                    created_at=now,
                )
            )
    return Tied(settings, database, world, course, registration.id, context.id, clock)


@contextmanager
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.stop()
