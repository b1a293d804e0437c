"""What a goal's page says before any number: work that went, a target touched early (domain.md §3.5)."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from lti_tool.overview.goal import GoalView
from lti_tool.plans.observation import Reason
from lti_tool.plans.status import Status
from lti_tool.plans.translate import Reader
from lti_tool.web import charts


def notices(view: GoalView, reader: Reader) -> list[str]:
    """The sentences, none for a goal of which there is nothing to say."""
    return [*_gone(view, reader), *_touched(view, reader), *_start(view)]


def _start(view: GoalView) -> list[str]:
    """That work the start was made of was graded again; the goal keeps its start (domain.md §3.3)."""
    start, now = view.card.facts.baseline, view.start_now
    if start is None or now is None or charts.number(start) == charts.number(now):
        return []
    values = {"start": charts.number(start), "now": charts.number(now)}
    return [_("The start was %(start)s. With what was graded again it would now be %(now)s.", **values)]


def _gone(view: GoalView, reader: Reader) -> list[str]:
    gone = sum(line.reason == Reason.REMOVED for line in view.card.work)
    if not gone:
        return []
    if not view.card.measure.kind.one_item:
        return [
            ngettext(
                "%(num)s piece of work of this goal is no longer there. It does not count.",
                "%(num)s pieces of work of this goal are no longer there. They do not count.",
                gone,
            )
        ]
    if reader == "student":
        return [_("The work of this goal is no longer there. Choose other work for a new goal.")]
    return [_("The work of this goal is no longer there. The goal needs a new measure.")]


def _touched(view: GoalView, reader: Reader) -> list[str]:
    if view.reached_on is None or view.card.status is Status.REACHED:
        return []
    day = charts.day(view.reached_on, today=view.today, long=True)
    if reader == "student":
        return [_("You were there on %(day)s. It is settled at the end.", day=day)]
    return [_("It was there on %(day)s. It is settled at the end.", day=day)]
