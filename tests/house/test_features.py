"""The feature table names tests that exist, and every practice has a test named by its number."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "features.md").read_text("utf-8"))
# domain.md §1: what two guides for teachers ask for.
PRACTICES = [*(f"a{n}" for n in range(1, 27)), *(f"b{n}" for n in range(1, 18))]


@cache
def named_in(path: Path) -> frozenset[str]:
    """The test functions of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_table_names_tests() -> None:
    assert len(NAMED) > 20
    missing = [(path, name) for path, name in NAMED if name not in named_in(ROOT / path)]
    assert missing == []


@pytest.mark.parametrize("practice", PRACTICES)
def test_each_practice_has_a_test_of_its_number(practice: str) -> None:
    of_it = re.compile(rf"test_(?:\w+_)?{practice}_|test_a(\d+)_to_a(\d+)_")
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in named_in(path):
            found = of_it.match(name)
            if found and (found[1] is None or _between(practice, int(found[1]), int(found[2]))):
                return
    pytest.fail(f"no test is named by {practice.upper()}")


def _between(practice: str, first: int, last: int) -> bool:
    return practice[0] == "a" and first <= int(practice[1:]) <= last
