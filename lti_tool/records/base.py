"""The declarative base: constraint names (so that migrations can name them) and shared columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from lti_tool.records.types import DecimalText, UtcDateTime

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every row of the tool; table names are the field's nouns."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: UtcDateTime,
        Decimal: DecimalText,
        dict[str, Any]: sa.JSON,
        list[str]: sa.JSON,
        list[Any]: sa.JSON,
    }


def table_of(record: type[Base]) -> sa.Table:
    """The table behind a record, for plain statements: those cost half of what statements of records do."""
    return cast(sa.Table, record.__table__)


class Plain:
    """Several records read by one plain statement: each comes back as a value with the record's names.

    For pages that must cost little: nothing is tracked, loaded later or written back. A record may be given
    with the names of the columns that are wanted of it; each column costs its time on every page.
    """

    def __init__(self, *records: type[Base] | tuple[type[Base], Sequence[str]]) -> None:
        self.columns: list[sa.Column[Any]] = []
        self._names: list[Sequence[str]] = []
        for each in records:
            record, names = each if isinstance(each, tuple) else (each, table_of(each).columns.keys())
            self._names.append(names)
            self.columns += [table_of(record).c[name] for name in names]

    def split(self, row: Any) -> list[Any]:
        """The records of a row that begins with `columns`, and after them what else was asked for."""
        found: list[Any] = []
        at = 0
        for names in self._names:
            values = row[at : at + len(names)]
            found.append(SimpleNamespace(**dict(zip(names, values, strict=True))))
            at += len(names)
        return [*found, *row[at:]]
