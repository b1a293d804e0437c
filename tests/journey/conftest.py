"""One whole installation a database kind, shared by the journey's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import fresh_postgres
from tests.journey.world import Installation


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("journey")
    with ExitStack() as stack:
        postgres = request.param == "postgres"
        url = stack.enter_context(fresh_postgres()) if postgres else f"sqlite:///{folder / 'plans.sqlite'}"
        installation = Installation(folder, url)
        try:
            installation.start()
            yield installation
        finally:
            installation.stop()


# What every run tries; the other pairs are the long run's.
PAIRS = {("canvas", "sqlite"), ("moodle", "postgres"), (None, "sqlite")}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each LMS with one kind of database in every run, with both in the long one."""
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {})
        if "installation" in given and (given.get("place"), given["installation"]) not in PAIRS:
            item.add_marker(pytest.mark.long)
