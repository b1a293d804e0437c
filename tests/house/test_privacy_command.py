"""lti-tool privacy: open requests with their deadlines, and marking them answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from click.testing import Result

from lti_tool.db import Database, make_engine
from lti_tool.planning.privacy import ask_about_data
from lti_tool.plans.access import Actor, Role
from tests import factories
from tests.house.test_invite_command import run, var_dir  # noqa: F401

Run = Callable[..., Result]
ASKED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def asked(var_dir: Path) -> None:  # noqa: F811
    """Maya asks for a copy."""
    database = Database(make_engine(f"sqlite:///{var_dir / 'plans.sqlite'}"))
    with database.write() as session:
        registration = factories.make_registration(session)
        maya = factories.make_person(session, registration, name="Maya Santos")
        session.flush()
        actor = Actor(registration.id, maya.id, Role.LEARNER)
        ask_about_data(session, actor, maya.id, "copy", now=ASKED_AT)
    database.dispose()


def test_open_requests_are_listed_and_answered_once(run: Run, var_dir: Path) -> None:  # noqa: F811
    assert json.loads(run("privacy", "list").stdout) == []
    asked(var_dir)
    (line,) = json.loads(run("privacy", "list", "--registration", "1").stdout)
    assert (line["id"], line["kind"], line["person"], line["asked_by"]) == (
        1,
        "copy",
        "Maya Santos",
        "Maya Santos",
    )
    assert (line["answer_within_a_month"], line["answer_within_45_days"]) == ("2026-02-28", "2026-03-17")
    assert line["late"] is True
    assert line["known_as"]["sub"]
    assert run("privacy", "answer", "1", "--note", "  ").exit_code == 1
    assert "is marked as answered" in run("privacy", "answer", "1", "--note", "Handed over.").output
    assert "was answered before" in run("privacy", "answer", "1", "--note", "Other.").output
    assert json.loads(run("privacy", "list").stdout) == []
    (line,) = json.loads(run("privacy", "list", "--all").stdout)
    assert line["note"] == "Handed over."
    assert line["answered_at"]


def test_mistakes_are_told_in_a_sentence(run: Run) -> None:  # noqa: F811
    for words in (
        ("privacy", "answer", "7", "--note", "x"),
        ("privacy", "answer", str(2**70), "--note", "x"),
        ("privacy", "list", "--registration", "9"),
    ):
        result = run(*words)
        assert result.exit_code == 1
        assert "There is no " in result.output
