"""What a sync run's row says, in the reader's words: who asked, what was read, why rows were not used."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from lti_tool.plans.translate import Translate

_: Translate = gettext


def kind_words(kind: str) -> str:
    """What a run was to read; an unknown kind stays as it is."""
    words = {
        "first": _("Everything, for the first time"),
        "full": _("Everything"),
        "changes": _("What has changed"),
        "roster": _("The list of people"),
    }
    return words.get(kind, kind)


def trigger_words(trigger: str, name: str) -> str:
    """Who or what started a run. name: of the person who asked, empty where nobody did."""
    if name:
        named = {
            "start": _("%(name)s started plans", name=name),
            "launch": _("%(name)s opened the tool", name=name),
            "button": _("%(name)s pressed “Sync now”", name=name),
        }
        if trigger in named:
            return named[trigger]
    words = {
        "start": _("Plans were started"),
        "schedule": _("By itself"),
        "launch": _("Somebody opened the tool"),
        "button": _("Somebody pressed “Sync now”"),
        "cli": _("An operator of this tool"),
    }
    return words.get(trigger, trigger)


def state_words(state: str) -> str:
    """How a run went, or goes."""
    words = {
        "queued": _("Waiting for its turn"),
        "running": _("Reading now"),
        "done": _("Done"),
        "failed": _("Did not finish"),
    }
    return words.get(state, state)


def reason_words(reason: str) -> str:
    """Why rows were not used (lms_sync.grades, lms_sync.reading); an unknown reason stays as it is."""
    words = {
        "not in the roster": _("Grades of people who are not in the list of this course"),
        "staff": _("Grades of staff"),
        "test student": _("Grades of the test student"),
        "not understood": _("Rows that could not be understood"),
        "no connection": _("Students whose grades nothing can read, because no connection is set up"),
        "students the connection does not see": _("Students whose grades the connection does not see"),
        "sections, groups and enrolments were not read": _("Lists of sections, groups or enrolments"),
        "gradebook columns the connection does not see": _("Columns that the connection does not see"),
    }
    return words.get(reason, reason)


def duration_words(seconds: float) -> str:
    """How long something took."""
    if seconds < 1:
        return _("less than a second")
    whole = int(seconds)
    if whole < 120:
        return str(ngettext("%(num)s second", "%(num)s seconds", whole))
    return str(ngettext("%(num)s minute", "%(num)s minutes", whole // 60))
