"""The goal form filled in from its own words, or with all work of a group; what was typed stays."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from lti_tool.overview.choices import Choice, Choices
from lti_tool.plans.idea import Work, idea_of
from lti_tool.web.forms import Filled, read_goal_form

SAYS_WHAT = ("items", "target", "letter", "scale", "amount", "floor", "every", "baseline")
GROUP_LEAST = 2


def from_words(sent: MultiDict[str, str], filled: Filled, choices: Choices, language: str) -> Filled | None:
    """The form as its words say, where nothing else was chosen yet; None where they say nothing to count."""
    title = filled.typed["title"].strip()
    if not title or any(filled.typed[name] for name in SAYS_WHAT):
        return None
    work = [Work(one.id, one.name, one.due_on, one.group) for one in choices.work if not one.in_words]
    letters = [name for name, _at in filled.offer.letters]
    idea = idea_of(title, language, work, letters, choices.today)
    if idea is None:
        return None
    told: MultiDict[str, str] = MultiDict(sent)
    told["measure"] = idea.measure
    told.setlist("items", [str(one) for one in idea.items])
    for name, text in idea.fields.items():
        told[name] = text
    return read_goal_form(told, filled.offer)


def with_group(sent: MultiDict[str, str], filled: Filled, group: str, fitting: Sequence[Choice]) -> Filled:
    """The form with all work of a group chosen beside what was chosen before."""
    told: MultiDict[str, str] = MultiDict(sent)
    chosen = dict.fromkeys([*filled.typed["items"], *(str(one.id) for one in fitting if one.group == group)])
    told.setlist("items", list(chosen))
    return read_goal_form(told, filled.offer)


def groups_in(work: Sequence[Choice]) -> list[str]:
    """Assignment groups with more than one piece of this work, in the course's order."""
    names = [one.group for one in work if one.group]
    return [name for name in dict.fromkeys(names) if names.count(name) >= GROUP_LEAST]
