"""Names as LMSs write them: placeholders, one name only, direction marks, nothing at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from flask_babel import Babel

from lms_sync.platforms.lti import member_row
from lti_tool.overview.people import display_name, sort_name
from lti_tool.planning.people import Names
from lti_tool.plans.names import folded, is_placeholder, is_seen


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (Names("Ana Álvarez", "Ana", "Álvarez"), ("Ana Álvarez", "Ana", "Álvarez")),
        (Names("Cher .", "Cher", "."), ("Cher", "Cher", "")),
        (Names(". Cher", "Cher", "."), ("Cher", "Cher", "")),
        (Names("Madonna -", "Madonna", "-"), ("Madonna", "Madonna", "")),
        (Names("Sukarno", "", "Sukarno"), ("Sukarno", "", "Sukarno")),
        (Names("J. R. Smith Jr.", "J. R.", "Smith Jr."), ("J. R. Smith Jr.", "J. R.", "Smith Jr.")),
        (Names(".", ".", "."), ("", "", "")),
        (Names("\u200f\u202e", "\u200e", ""), ("", "", "")),
        (Names("  Ng\u00a0 ", "Ng", ""), ("Ng", "Ng", "")),
        (Names("מאיה כהן\u200f", "מאיה", "כהן"), ("מאיה כהן\u200f", "מאיה", "כהן")),
        (Names("李小龍", "小龍", "李"), ("李小龍", "小龍", "李")),
        (Names("A\x00B\ud800", "", ""), ("A B", "", "")),
    ],
)
def test_what_is_stored_of_a_name(given: Names, stored: tuple[str, str, str]) -> None:
    names = given.cleaned()
    assert (names.name, names.given_name, names.family_name) == stored


@pytest.mark.parametrize("moodle", [True, False])
def test_html_escapes_of_a_roster_are_undone_once(moodle: bool) -> None:
    row = {"user_id": "7", "roles": ["Learner"], "name": "Ben &amp; Jo &lt;3", "given_name": "O&#039;Neil"}
    member = member_row(row, moodle=moodle)
    assert member is not None
    assert (member.name, member.given_name) == ("Ben & Jo <3", "O'Neil")
    twice = member_row({**row, "name": "&amp;amp;"}, moodle=moodle)
    assert twice is not None
    assert twice.name == "&amp;"


@pytest.mark.parametrize(
    ("name", "given", "family", "shown"),
    [
        ("Ana Álvarez", "Ana", "Álvarez", "Ana Álvarez"),
        ("", "Ana", "Álvarez", "Ana Álvarez"),
        ("", "", "Álvarez", "Álvarez"),
        ("", "", "", "Student 17"),
        ("\u200f", "\u200e", "", "Student 17"),
    ],
)
def test_how_a_person_is_shown(name: str, given: str, family: str, shown: str) -> None:
    person = SimpleNamespace(id=17, name=name, given_name=given, family_name=family)
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        assert display_name(person) == shown


def test_names_are_ordered_and_compared_without_accents_case_or_marks() -> None:
    assert folded("  ÁNA\u200f  Ñu ") == "ana nu"
    one = SimpleNamespace(id=1, name="Cher", given_name="Cher", family_name="")
    assert sort_name(one) == ("cher", "cher")
    assert is_placeholder("·")
    assert not is_placeholder("3")
    assert not is_seen("\u202e \u00a0")
