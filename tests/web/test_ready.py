"""A process makes itself ready before its first visitor: nothing is left to compile or to write then."""

from __future__ import annotations

from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from lti_tool.records.prepared import _EVERY, prepare_all
from lti_tool.web.ready import get_ready
from tests.web.rig import Rig


def test_pages_and_statements_are_there_before_anybody_comes(rig: Rig) -> None:
    get_ready(rig.app, sqlite.dialect())
    prepare_all(psycopg.dialect())
    for database in ("sqlite", "postgresql"):
        assert all(one._by_database.get(database) for one in _EVERY if one.speaks(database))
    environment = rig.app.jinja_env
    pages = environment.list_templates(extensions=["html"])
    assert len(pages) > 100
    assert environment.cache is not None
    assert len(environment.cache) == len(pages)
    assert not any("POSTCOMPILE" in made.sql for one in _EVERY for made in one._by_database.values())
