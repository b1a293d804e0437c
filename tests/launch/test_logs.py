"""Logs carry ids only: no token, e-mail, name or grade, whatever is handed to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import structlog

from config.logs import configure_logs
from config.settings import Settings
from tests.launch.rig import Rig
from tests.sandbox_lms import seed
from tests.sandbox_lms.client import LaunchClient
from tests.sandbox_lms.server import PracticeLms


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    configure_logs(Settings())
    yield
    structlog.reset_defaults()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_launch_and_its_refusal_say_nothing_of_the_person(
    logs: None, rig: Rig, lms: PracticeLms, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(rig.settings)
    world = lms.worlds["canvas"]
    rig.register(world)
    student = world.people[seed.CANVAS_STUDENTS[0]]
    client = LaunchClient()
    form = client.ready(world.issuer, seed.CANVAS_COURSE, student.id)
    assert client.send(form).status_code == 200
    assert client.send(form).status_code == 400
    text = capsys.readouterr().err
    assert '"code": "state_used"' in text
    assert '"number": "L-' in text
    # A short name alone, since random letters may hold it.
    assert re.search(rf"(?<![\w-]){student.given_name}(?![\w-])", text) is None
    secrets = [student.email, student.family_name, student.full_name]
    secrets += [form.fields["id_token"], form.fields["state"]]
    secrets += [value for name, value in client.browser.cookies.items() if name.startswith("plans_")]
    for secret in secrets:
        assert secret not in text


def test_fields_that_could_hold_a_secret_are_dropped(logs: None, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info(
        "x", id_token="a", email="b", name="c", score=1, Authorization="d", run_id="r", grades=3,
        nested={"password": "e", "course": 4}, long="y\n" * 5000, access_token="f",
    )  # fmt: skip
    (line,) = _lines(capsys)
    assert line.keys() == {"event", "level", "timestamp", "run_id", "grades", "nested", "long"}
    assert line["nested"] == {"course": 4}
    assert len(str(line["long"])) < 400
    assert "\n" not in str(line["long"]), "nobody writes a line of the log by what they send"


def test_a_database_error_is_logged_without_its_values(
    logs: None, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, values = sa.create_engine("sqlite://"), {"name": "Ana Álvarez"}
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("INSERT INTO none VALUES (:name)"), values)
    except sa.exc.SQLAlchemyError:
        structlog.get_logger().exception("failed")
    (line,) = _lines(capsys)
    assert "Álvarez" not in str(line)
    assert "no such table" in str(line["exception"])
