"""The running tool for launch tests: a real server on 127.0.0.1, another site than the practice LMS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.db import Database
from lti_tool.launch.config_json import CANVAS_CUSTOM
from lti_tool.records.platform import Deployment, Registration
from tests.sandbox_lms.paths import endpoints
from tests.sandbox_lms.tools import add_tool
from tests.sandbox_lms.world import Tool, World


@dataclass
class Clock:
    """The tool's clock; tests move it on."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class RecordedJobs:
    """Stands where the job engine stands and remembers what was asked; broken: it cannot be asked."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: bool = False

    def request_sync(self, session: Any, **what: Any) -> None:
        if self.broken:
            raise RuntimeError("the job engine is away")
        self.asked.append(what)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Tests keep their output to themselves."""


@dataclass
class Rig:
    """One running tool. url has no slash at the end and is its PUBLIC_URL."""

    url: str
    app: Flask
    settings: Settings
    database: Database
    clock: Clock
    jobs: RecordedJobs

    def register(self, world: World, *, deployments: list[str] | None = None, **more: Any) -> Tool:
        """Make the tool and the practice LMS know each other; returns the LMS's side."""
        custom = CANVAS_CUSTOM if world.personality == "canvas" else None
        tool = add_tool(world, self.url, custom=custom)
        doors = endpoints(world)
        with self.database.write() as session:
            row = Registration(
                issuer=doors.issuer,
                client_id=tool.client_id,
                auth_login_url=doors.auth_login_url,
                token_url=doors.token_url,
                jwks_url=doors.jwks_url,
                created_at=self.clock(),
                **more,
            )
            session.add(row)
            session.flush()
            for lms_id in tool.deployment_ids if deployments is None else deployments:
                session.add(Deployment(registration_id=row.id, lms_id=lms_id, created_at=self.clock()))
        return tool


@contextmanager
def running(
    settings: Settings, database: Database, public_url: str = "", *, jobs: Any = None
) -> Iterator[Rig]:
    """The whole tool, listening until the block ends; public_url: where that is not its own address."""
    clock, jobs = Clock(), jobs or RecordedJobs()
    holder: dict[str, Any] = {}

    def application(environ: Any, start_response: Any) -> Any:
        return holder["app"](environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = settings.model_copy(update={"public_url": public_url or url})
    holder["app"] = create_app(settings, database, jobs=jobs, now=clock)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Rig(url, holder["app"], settings, database, clock, jobs)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
