"""Pictures and figures in the reader's own form: numbers, days, times, and a sentence for each drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_skeleton
from flask_babel import format_decimal, format_time, get_locale
from flask_babel import gettext as _

from lti_tool.plans.chart import ChartFacts, GoalChart, GoalPath, goal_chart, goal_path, mini_chart
from lti_tool.plans.measure import Measure
from lti_tool.plans.reach import NumberText
from lti_tool.plans.rounding import shown, shown_needed, shown_up

SCORES_SPOKEN = 6


def number(value: Decimal) -> str:
    """A number as the reader writes it, cut down to one decimal."""
    return format_decimal(shown(value))


def number_up(value: Decimal) -> str:
    """A number of a goal where less is better: cut up, so that it never reads as there when it is not."""
    return format_decimal(shown_up(value))


def number_of(measure: Measure) -> NumberText:
    """How the values of a measure are written."""
    return number_up if measure.less_is_better else number


def day(value: date, *, today: date | None = None, long: bool = False) -> str:
    """A day as the reader writes it; the year only where it is not this one."""
    skeleton = "MMMMd" if long else "MMMd"
    if today is not None and value.year != today.year:
        skeleton = "y" + skeleton
    return format_skeleton(skeleton, value, locale=get_locale())


def day_and_time(at: datetime) -> str:
    """A moment as the reader writes it; `at` is in the zone it is shown in."""
    return _("%(day)s, %(time)s", day=day(at.date(), long=True), time=format_time(at, "short", rebase=False))


@dataclass(frozen=True)
class AsOf:
    """When grades were last read, in the course's zone; `at` is empty before the first time."""

    at: datetime | None
    today: date

    @property
    def words(self) -> str:
        """ "10:42", and the day too when that was not today."""
        if self.at is None:
            return ""
        time = format_time(self.at, "short", rebase=False)
        if self.at.date() == self.today:
            return time
        return _("%(day)s, %(time)s", day=day(self.at.date(), today=self.today), time=time)


@dataclass(frozen=True)
class PlanRow:
    """A line of the plan in numbers: what the chart's line, marks and changes say."""

    day: str
    what: str
    number: str


@dataclass(frozen=True)
class Drawing:
    """A goal's picture with its numbers as text; one for all three sizes."""

    chart: GoalChart
    mini: GoalChart
    path: GoalPath
    sentence: str
    path_sentence: str
    days: dict[date, str]
    start: str
    now: str
    aim: str
    target: str
    needed: str
    due: str
    plan: Sequence[PlanRow] = ()


def draw(facts: ChartFacts) -> Drawing:
    """The picture of a goal, for the macros mini_chart, goal_path and goal_chart."""
    chart, path = goal_chart(facts), goal_path(facts)
    target, due = number(facts.target), day(facts.due_on, today=facts.today, long=True)
    start = "" if facts.baseline is None else number(facts.baseline)
    now = "" if facts.value is None else (number_up if facts.lower else number)(facts.value)
    aim = "" if path.aim is None else number(path.aim)
    return Drawing(
        chart=chart,
        mini=mini_chart(facts),
        path=path,
        sentence=_chart_sentence(facts, start, target, due),
        path_sentence=_path_sentence(start, now, aim, target),
        days={tick.day: day(tick.day) for tick in chart.days if tick.day is not None},
        start=start,
        now=now,
        aim=aim,
        target=target,
        needed=_needed(facts),
        due=due,
        plan=_plan_rows(facts),
    )


def _needed(facts: ChartFacts) -> str:
    """The needed average; empty without one, and where even nought would be too much."""
    if facts.needed is None or facts.needed < 0:
        return ""
    return format_decimal(shown_needed(facts.needed, at_most=facts.lower))


def _plan_rows(facts: ChartFacts) -> list[PlanRow]:
    """The plan as a table, for a goal whose plan is more than a straight line."""
    if not (facts.between or facts.changes or facts.plan):
        return []
    rows = [(on, 1, _("Milestone"), number(value)) for on, value in facts.between]
    rows += [(on, 2, _("The goal was changed"), "") for on in facts.changes]
    rows += [(on, 1, _("Planned by then"), number(value)) for on, value in facts.plan[1:-1]]
    if facts.baseline is not None and not facts.plan:
        rows.append((facts.starts_on, 0, _("Start"), number(facts.baseline)))
    rows.append((facts.due_on, 3, _("Goal"), number(facts.target)))
    rows.sort(key=lambda row: row[:2])
    found = {(on, kind, what): value for on, kind, what, value in rows}  # the last of a day
    return [PlanRow(day(on, today=facts.today), what, value) for (on, _kind, what), value in found.items()]


def _plan_sentence(facts: ChartFacts) -> str:
    """What the line's marks say, in words."""
    parts = [
        _("Milestone: %(number)s by %(day)s.", number=number(value), day=day(on, today=facts.today))
        for on, value in facts.between
    ]
    parts += [_("The goal was changed on %(day)s.", day=day(on, today=facts.today)) for on in facts.changes]
    return " ".join(parts)


def _chart_sentence(facts: ChartFacts, start: str, target: str, due: str) -> str:
    return " ".join(filter(None, [_line_sentence(facts, start, target, due), _plan_sentence(facts)]))


def _line_sentence(facts: ChartFacts, start: str, target: str, due: str) -> str:
    counted = [score for score in sorted(facts.scores, key=lambda score: score.on) if score.counted]
    last = ", ".join(number(score.percent) for score in counted[-SCORES_SPOKEN:])
    if facts.past and last:
        words = _("The number over time: %(numbers)s.", numbers=last)
        return words + " " + _("The goal is %(target)s by %(day)s.", target=target, day=due)
    if not counted:
        return _("No scores yet. The goal is %(target)s by %(day)s.", target=target, day=due)
    if start:
        return _(
            "Last scores: %(scores)s. The aim line goes from %(start)s to %(target)s by %(day)s.",
            scores=last,
            start=start,
            target=target,
            day=due,
        )
    return _(
        "Last scores: %(scores)s. The goal is %(target)s by %(day)s.", scores=last, target=target, day=due
    )


def _path_sentence(start: str, now: str, aim: str, target: str) -> str:
    parts = [_("From %(start)s to %(target)s.", start=start, target=target)] if start else []
    parts += [] if start else [_("The goal is %(target)s.", target=target)]
    parts.append(_("Now at %(now)s.", now=now) if now else _("No grade counts so far."))
    if aim:
        parts.append(_("The aim line is at %(aim)s today.", aim=aim))
    return " ".join(parts)
