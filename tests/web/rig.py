"""The whole tool, listening on 127.0.0.1, and launches opened straight into its database."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from config.settings import Settings
from lti_tool.app import create_app
from lti_tool.db import Database
from lti_tool.jobs import Jobs
from lti_tool.launch.session import COOKIE, PLAIN, digest, make_launch_secret
from lti_tool.plans.access import Role
from lti_tool.records.course import Context, Person, PersonAlias
from lti_tool.records.launch import LaunchSession
from lti_tool.records.platform import Deployment


@dataclass
class Clock:
    """The tool's clock; tests set it. It stands still unless moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 2, 23, 16, 42, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Tests keep their output to themselves."""


@dataclass(frozen=True)
class Opened:
    """A launch somebody opened: a browser that holds its cookie. address has no slash at the end."""

    http: requests.Session
    url: str
    launch_id: str
    cookie_name: str
    secret: str

    @property
    def address(self) -> str:
        return f"{self.url}/s/{self.launch_id}"

    def get(self, path: str = "/", **more: Any) -> requests.Response:
        return self.http.get(self.address + path, **{"timeout": 60, "allow_redirects": False, **more})

    def post(self, path: str, data: Any = None, **more: Any) -> requests.Response:
        more = {"timeout": 60, "allow_redirects": False, "headers": {"Sec-Fetch-Site": "same-origin"}, **more}
        return self.http.post(self.address + path, data=data or {}, **more)

    def follow(self, answer: requests.Response) -> requests.Response:
        """The page a 303 leads to."""
        assert answer.status_code == 303, (answer.status_code, answer.text[:500])
        return self.http.get(self.url + answer.headers["Location"], timeout=60)


@dataclass
class Rig:
    """One running tool. url has no slash at the end and is its PUBLIC_URL."""

    url: str
    app: Flask
    settings: Settings
    database: Database
    clock: Clock
    jobs: Jobs

    def open(
        self, person: Person, context: Context | None, role: Role, *, is_admin: bool = False, **more: Any
    ) -> Opened:
        """The person opens the tool from the course with this role."""
        _any_id, secret = make_launch_secret()
        # It stands in every address of a page: no word or number that a test looks for is in it by chance.
        public_id = "".join(secrets.choice("bcdfghjkmpqtvwxz") for _ in range(22))
        with self.database.write() as session:
            sub = session.scalar(
                sa.select(PersonAlias.value).where(
                    PersonAlias.person_id == person.id, PersonAlias.kind == "sub"
                )
            )
            fields: dict[str, Any] = {
                "public_id": public_id,
                "secret_hash": digest(secret),
                "registration_id": person.registration_id,
                "deployment_id": _deployment(session, person.registration_id, self.clock()),
                "person_id": person.id,
                "context_id": context.id if context else None,
                "sub": sub or "",
                "role": role.value,
                "is_admin": is_admin,
                "created_at": self.clock(),
                "last_seen_at": self.clock(),
            }
            session.add(LaunchSession(**{**fields, **more}))
        name = COOKIE + PLAIN  # the tool is on plain http here
        http = requests.Session()
        http.cookies.set(name, secret, domain="127.0.0.1", path=f"/s/{public_id}")
        return Opened(http, self.url, public_id, name, secret)


def _deployment(session: Session, registration_id: int, now: datetime) -> int:
    found = session.scalar(sa.select(Deployment.id).where(Deployment.registration_id == registration_id))
    if found is None:
        row = Deployment(registration_id=registration_id, lms_id="1", created_at=now)
        session.add(row)
        session.flush()
        found = row.id
    return found


@contextmanager
def running(settings: Settings, database: Database, clock: Clock | None = None) -> Iterator[Rig]:
    """The tool until the block ends; the job engine's tables must be there, and nobody works on its jobs."""
    clock = clock or Clock()
    holder: dict[str, Any] = {}

    def application(environ: Any, start_response: Any) -> Any:
        return holder["app"](environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = settings.model_copy(update={"public_url": url})
    jobs = Jobs(settings)
    holder["app"] = create_app(settings, database, jobs=jobs, now=clock)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Rig(url, holder["app"], settings, database, clock, jobs)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
        jobs.close()
