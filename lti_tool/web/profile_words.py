"""The keys of a profile in words: skills, levels, areas, rounds."""

from __future__ import annotations

from flask_babel import gettext as _

from lti_tool.plans.profile import area_words, level_words, skill_words
from lti_tool.web import charts


def profile_words() -> dict[str, object]:
    """What the partials of a profile need to say its keys."""
    return {
        "skills": skill_words(_),
        "levels": level_words(_),
        "areas": area_words(_),
        "day": lambda at: charts.day(at.date()),
    }


def round_words(kind: str) -> str:
    """When in the year a round is."""
    return {
        "start": _("Start of the year"),
        "middle": _("Middle of the year"),
        "end": _("End of the year"),
        "on_demand": _("In between"),
    }.get(kind, kind)
