"""Row B1: which work of a new course looks like a template's, as a table."""

from __future__ import annotations

import pytest

from lti_tool.plans.template_work import Named, kept, matches, placed, read

OLD = placed([(1, "Homework 1", "Homework"), (2, "Homework 2", "Homework"), (3, "Unit test", "Tests")])
CASES = [
    (
        "the same",
        [(7, "Homework 1", "Homework"), (8, "Homework 2", "Homework")],
        [(7, "name"), (8, "name")],
        1,
    ),
    ("another order", [(8, "homework 2", "HW"), (7, "HOMEWORK  1", "HW")], [(7, "name"), (8, "name")], 1),
    ("other names", [(5, "Signs", "homework"), (6, "Roots", "Homework")], [(5, "place"), (6, "place")], 1),
    ("a name wins over a place", [(5, "Homework 2", "Homework"), (6, "Roots", "Homework")], [(5, "name")], 2),
    ("twice the name", [(4, "Unit test", "Art"), (9, "Unit test", "Tests")], [(9, "name")], 2),
    ("nothing", [(5, "Poem", "Writing")], [], 3),
    ("no groups", [(5, "Poem", ""), (6, "Song", "")], [], 3),
]


@pytest.mark.parametrize(
    ("here", "found", "missing"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_b1_work_is_found_by_name_then_by_place(
    here: list[tuple[int, str, str]], found: list[tuple[int, str]], missing: int
) -> None:
    wanted = read(kept(OLD.values()))
    pairs, left = matches(wanted, placed(here))
    assert [(one.item_id, one.by) for one in pairs] == found
    assert len(left) == missing
    assert len({one.item_id for one in pairs}) == len(pairs)


def test_a_template_without_work_asks_for_none() -> None:
    assert read(None) == []
    assert matches([Named("x", "", 1)], {}) == ([], [Named("x", "", 1)])
