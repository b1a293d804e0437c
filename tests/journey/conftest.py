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
