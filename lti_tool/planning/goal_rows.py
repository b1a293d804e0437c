"""A CSV file of goals as typed rows: encoding, delimiter, header and cells (issue: import-goals)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lti_tool.plans.goal import Sentence

BYTES_MOST = 2_000_000
ROWS_MOST = 5_000
NEEDED = ("user", "title", "measure", "items", "target", "due")
COLUMNS = (*NEEDED, "baseline")
_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:[.,][0-9]{1,8})?\s*%?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class FileRefused(Exception):
    """The file as a whole cannot be read; `line` and a sentence say why."""

    def __init__(self, sentence: Sentence, line: int = 1) -> None:
        super().__init__()
        self.sentence, self.line = sentence, line


@dataclass(frozen=True)
class FileRow:
    """One row: the line it begins on, and its cells by column name, without spaces at the ends."""

    line: int
    cells: dict[str, str]
    extra: bool = False


def read_rows(text: str | bytes) -> list[FileRow]:
    """The rows of a file. Raises FileRefused."""
    content = _decoded(text)
    header_line = next((line for line in content.splitlines() if line.strip()), "")
    delimiter = ";" if header_line.count(";") > header_line.count(",") else ","
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    rows: list[FileRow] = []
    header: list[str] | None = None
    for line, cells in _lines(reader):
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells, line)
            continue
        if len(rows) == ROWS_MOST:
            raise FileRefused(
                lambda _: _("The file has more than %(most)s rows. Split it.", most=ROWS_MOST), line
            )
        named = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        extra = any(cell.strip() for cell in cells[len(header) :])
        rows.append(FileRow(line, {name: cell.strip() for name, cell in named.items()}, extra))
    if header is None:
        raise FileRefused(lambda _: _("The file is empty."))
    return rows


def _decoded(text: str | bytes) -> str:
    too_big = FileRefused(lambda _: _("The file is larger than 2 MB. Split it."))
    if isinstance(text, bytes):
        if len(text) > BYTES_MOST:
            raise too_big
        try:
            return text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = text[: error.start].count(b"\n") + 1
            raise FileRefused(
                lambda _: _("The file is not UTF-8 text. Save it as “CSV UTF-8”."), line
            ) from None
    if len(text.encode("utf-8", "replace")) > BYTES_MOST:
        raise too_big
    return text.removeprefix("\ufeff")


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileRefused(
                lambda _: _("This line is not CSV: a quote is open, or a cell is far too long."), line
            ) from None


def _header(cells: list[str], line: int) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise FileRefused(
            lambda _: _(
                "The first line must name the columns %(columns)s. Missing: %(missing)s.",
                columns=", ".join(("user", "title", "measure", "items", "baseline", "target", "due")),
                missing=", ".join(missing),
            ),
            line,
        )
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise FileRefused(lambda _: _("The column %(name)s is there twice.", name=", ".join(twice)), line)
    return names


def number_in(cell: str) -> Decimal | None:
    """A number such as 80, 79.5, 79,5 or 80 %; None when it is not one."""
    if not _NUMBER.fullmatch(cell):
        return None
    return Decimal(cell.rstrip("% \t").replace(",", "."))


def day_in_cell(cell: str) -> date | None:
    """A day written 2026-03-23; None when it is not one."""
    try:
        return date.fromisoformat(cell) if _DAY.fullmatch(cell) else None
    except ValueError:
        return None
