"""Our signing keys: encrypted, one signs, rotated once by several workers, published long enough."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests
import sqlalchemy as sa

from config.settings import Settings
from lms_sync.schedule import rotate_due_keys
from lti_tool.db import Database
from lti_tool.launch.keys import KEEP_PUBLISHED, current_signing_key, public_jwks, rotate_keys, signing_key
from lti_tool.records.platform import SigningKey
from tests.launch.rig import Rig

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def kids(database: Database, now: datetime) -> list[str]:
    with database.read() as session:
        return [key["kid"] for key in public_jwks(session, now)["keys"]]


def signs(database: Database) -> str:
    with database.read() as session:
        key = signing_key(session)
        assert key is not None
        return key.kid


@pytest.fixture
def first(database: Database) -> str:
    with database.write() as session:
        return current_signing_key(session, NOW).kid


def test_a_key_gets_a_successor_that_is_known_before_it_signs(
    database: Database, settings: Settings, first: str
) -> None:
    assert settings.key_rotation_days == 90
    assert rotate_due_keys(database, settings, NOW + 89 * DAY) == ""
    made = NOW + 90 * DAY
    assert rotate_due_keys(database, settings, made) == "made"
    second, also = kids(database, made)
    assert also == first
    assert signs(database) == first, "platforms do not know the new one yet"
    assert rotate_due_keys(database, settings, made + timedelta(minutes=59)) == ""
    switched = made + timedelta(hours=1)
    assert rotate_due_keys(database, settings, switched) == "switched"
    assert signs(database) == second
    assert kids(database, switched + KEEP_PUBLISHED - timedelta(minutes=1)) == [second, first]
    assert rotate_due_keys(database, settings, switched + DAY) == ""
    over = switched + KEEP_PUBLISHED
    assert kids(database, over) == [second]
    assert rotate_due_keys(database, settings, over) == "removed"
    with database.read() as session:
        assert list(session.scalars(sa.select(SigningKey.kid))) == [second]
    assert rotate_due_keys(database, settings, over) == ""


def test_never_on_its_own_where_the_setting_is_0(database: Database, settings: Settings, first: str) -> None:
    never = settings.model_copy(update={"key_rotation_days": 0})
    assert rotate_due_keys(database, never, NOW + 9000 * DAY) == ""
    assert signs(database) == first


def test_nothing_to_do_before_the_first_key(database: Database, settings: Settings) -> None:
    assert rotate_due_keys(database, settings, NOW) == ""


def test_several_workers_rotate_once(database: Database, settings: Settings, first: str) -> None:
    for at, step in ((90 * DAY, "made"), (91 * DAY, "switched"), (99 * DAY, "removed")):
        together, done = threading.Barrier(6), []

        def work(now: datetime, barrier: threading.Barrier, done: list[str]) -> None:
            barrier.wait()
            done.append(rotate_due_keys(database, settings, now))

        workers = [threading.Thread(target=work, args=(NOW + at, together, done)) for _ in range(6)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(done) == ["", "", "", "", "", step]
    assert len(kids(database, NOW + 99 * DAY)) == 1


def test_the_command_rotates_at_once(database: Database, first: str) -> None:
    with database.write() as session:
        second = rotate_keys(session, NOW).kid
    assert signs(database) == second
    assert kids(database, NOW + timedelta(days=6)) == [second, first]


def test_private_halves_are_not_readable_in_the_database(database: Database, first: str) -> None:
    with database.engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT private_pem FROM signing_key")).scalar_one()
    assert b"PRIVATE KEY" not in bytes(stored)


def test_the_key_set_may_be_kept_and_is_not_sent_twice(rig: Rig) -> None:
    answer = requests.get(rig.url + "/lti/jwks", timeout=60)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Content-Type"].startswith("application/json")
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "e", "n", "alg", "use", "kid"}
    assert jwt.PyJWK(key).key.key_size >= 2048
    tag = answer.headers["ETag"]
    again = requests.get(rig.url + "/lti/jwks", headers={"If-None-Match": tag}, timeout=60)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "public, max-age=300"
    with rig.database.write() as session:
        rotate_keys(session, rig.clock())
    changed = requests.get(rig.url + "/lti/jwks", headers={"If-None-Match": tag}, timeout=60)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert len(changed.json()["keys"]) == 2
