"""Letters through a course's own scheme (domain.md §3.2)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lti_tool.plans.letters import CANVAS_DEFAULT, MOODLE_LETTERS, bound, letter_of

D = Decimal


@pytest.mark.parametrize(
    ("scheme", "letter", "begins"),
    [
        (CANVAS_DEFAULT, "A", 94),
        (CANVAS_DEFAULT, " b- ", 80),
        (CANVAS_DEFAULT, "E", None),
        (MOODLE_LETTERS, "A", 93),
        (MOODLE_LETTERS, "D", 60),
        ((("Sehr gut", D("92.5")), ("Gut", D(80))), "gut", 80),
        ((), "A", None),
    ],
)
def test_where_a_letter_begins(scheme, letter, begins):
    assert bound(scheme, letter) == begins


@pytest.mark.parametrize(
    ("per_cent", "letter"),
    [("100", "A"), ("94", "A"), ("93.99", "A-"), ("60.99", "F"), ("0", "F"), ("-3", "F"), ("110", "A")],
)
def test_the_letter_of_a_per_cent(per_cent, letter):
    assert letter_of(CANVAS_DEFAULT, D(per_cent)) == letter
    assert letter_of((), D(per_cent)) == ""


@pytest.mark.parametrize("scheme", [CANVAS_DEFAULT, MOODLE_LETTERS])
def test_there_and_back(scheme):
    for name, at in scheme:
        assert letter_of(scheme, at) == name
        assert bound(scheme, name) == at
    assert [name for name, _at in scheme][:3] == ["A", "A-", "B+"]
