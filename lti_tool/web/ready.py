"""What the first visitor of a process would wait for, done before anybody comes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import configure_mappers

from lti_tool.records.prepared import prepare_all
from lti_tool.web.charts import day_and_time, number

LANGUAGES = "PLANS_LANGUAGES"  # of app.config: those the tool speaks


def get_ready(app: Flask, dialect: sa.Dialect) -> None:
    """Pages compiled, statements written, languages read: about a second for each process, once.

    Left to the first visitors, each kind of page took one of them up to a third of a second.
    """
    configure_mappers()
    prepare_all(dialect)
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    for language in app.config[LANGUAGES]:
        with app.test_request_context(headers={"Accept-Language": language}):
            number(Decimal("0.5"))
            day_and_time(datetime(2026, 1, 5, tzinfo=UTC))
