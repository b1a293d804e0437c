"""What a run writes into the log while everything goes wrong: ids and codes, nobody's name, grade, token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Response, jsonify

from config.logs import configure_logs
from lms_sync import keeping
from tests.sandbox_lms import faults, seed
from tests.sandbox_lms.world import Fault, World
from tests.sync.course import Tied

GRADE = Decimal("17.4321")
DOORS = ("names_and_roles", "/students/submissions", "/oauth2/token")
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("error", {"status": 302}),
    ("error", {"status": 401}),
    ("truncate", {}),
]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def debug_logs(settings: Any) -> Iterator[None]:
    configure_logs(settings.model_copy(update={"log_level": "DEBUG", "log_format": "json"}))
    yield
    structlog.reset_defaults()


def leaky(world: World, status: int) -> Response:
    """An error that says in its body and its headers what nobody should repeat."""
    told = f"{seed.CANVAS_API_TOKEN} {world.people[seed.CANVAS_STUDENTS[0]].email} {GRADE}"
    answer = jsonify({"errors": [{"message": told}], "error": told, "error_description": told})
    answer.status_code = status
    answer.headers["Location"] = f"{world.issuer}/x?access_token={seed.CANVAS_API_TOKEN}"
    answer.headers["Link"] = f'<{answer.headers["Location"]}>; rel="next"'
    return answer


def test_a_hostile_run_leaves_nothing_of_anybody_in_the_log(
    tie_to: Callable[..., Tied],
    debug_logs: None,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tied = tie_to("canvas")
    monkeypatch.setattr(faults, "_error", leaky)
    secrets = {seed.CANVAS_API_TOKEN, str(GRADE), "access_token", "Bearer"}
    for person in tied.world.people.values():
        secrets |= {person.email, person.full_name, person.family_name} - {""}

    def grade_and_read() -> str:
        for student in seed.CANVAS_STUDENTS:
            tied.world.set_score(tied.course, 201, student, GRADE if tied.clock().hour % 2 else GRADE + 1)
        tied.clock.forward(hours=1)
        secrets.update(tied.world.lti.tokens)
        return tied.sync("full", "button").error_code

    tied.sync("first", "start")
    codes = set()
    for kind, more in WRONG:
        for door in DOORS:
            tied.world.faults.append(Fault(kind, door, times=None, **more))
            tied.world.lti.tokens.clear()
            codes.add(grade_and_read())
            tied.world.faults.clear()
    with tied.database.write() as session:
        session.execute(
            sa.text("CREATE TRIGGER no BEFORE INSERT ON result_version BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    assert grade_and_read() == "internal"
    with tied.database.write() as session:
        session.execute(sa.text("DROP TRIGGER no"))

    def broken(*_given: Any, **_more: Any) -> int:
        raise RuntimeError(" ".join(sorted(secrets)))

    monkeypatch.setattr(keeping, "store", broken)
    assert grade_and_read() == "internal"
    told = "".join(capfd.readouterr())
    assert codes >= {"refused", "no_right", "truncated"}
    assert told.count('"event": "sync.') > 2 * len(WRONG) * len(DOORS)
    assert [secret for secret in secrets if secret in told] == []
