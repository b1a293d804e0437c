"""A goal's status on a page: its word for the reader, or that its grades are old (domain.md §3.5)."""

from __future__ import annotations

from flask_babel import gettext as _

from lti_tool.plans.status import words_for
from lti_tool.plans.translate import Reader

STALE = "stale"


def mark_words(mark: str, reader: Reader) -> str:
    """The word of a mark: a plans.status.Status value, or `stale`."""
    return _("Not up to date") if mark == STALE else words_for(mark, reader, _)
