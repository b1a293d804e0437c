"""Alembic's door to our rows; the runner hands in a connection, `alembic` by hand makes its own."""

from __future__ import annotations

from typing import Any

from alembic import context

from config.settings import load_settings
from lti_tool.db import make_engine
from lti_tool.migrations.env_rules import ours
from lti_tool.records import Base


def run(connection: Any) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=ours,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = make_engine(load_settings().resolved_database_url)
    with engine.begin() as own:
        run(own)
