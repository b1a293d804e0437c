"""Who reads along besides student and teachers, as a text field says it: no family where adults study."""

from __future__ import annotations

from flask_babel import gettext as _

from lti_tool.web.visits import this_visit


def who_else(mine: bool) -> str:
    """The others who may read a plan here. mine: said to the student."""
    if this_visit().families:
        if mine:
            return _("guardians or counselors your school lets in")
        return _("guardians or counselors the school lets in")
    return _("counselors who are assigned to you") if mine else _("counselors who are assigned to them")
