"""Pictures and figures in the reader's own form: numbers, days, times, and a sentence for each drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal as format_decimal_in
from flask_babel import format_decimal, format_time, get_locale
from flask_babel import gettext as _

from lti_tool.plans.chart import ChartFacts, GoalChart, GoalPath, goal_chart, goal_path, mini_chart
from lti_tool.plans.measure import Measure
from lti_tool.plans.reach import NumberText, word_at
from lti_tool.plans.rounding import shown, shown_needed, shown_up

SCORES_SPOKEN = 6
NEAR_DAYS = 14  # a day so near is said with its weekday: a teacher plans by Friday, not by the 4th


def number(value: Decimal) -> str:
    """A number as the reader writes it, cut down to one decimal."""
    return _number(shown(value) or Decimal(0), get_locale())  # nought and less than nought look alike


def number_up(value: Decimal) -> str:
    """A number of a goal where less is better: cut up, so that it never reads as there when it is not."""
    return _number(shown_up(value) or Decimal(0), get_locale())


def number_of(measure: Measure) -> NumberText:
    """How the values of a measure are written."""
    return number_up if measure.less_is_better else number


def said_of(measure: Measure) -> NumberText:
    """How a sentence says a value: the word of a level or a grade, else the number."""
    if measure.kind.unit != "rank" or not measure.params.scale:
        return number_of(measure)
    return lambda value: _("“%(word)s”", word=word_at(measure, value))


def day(value: date, *, today: date | None = None, long: bool = False, weekday: bool | None = None) -> str:
    """A day as the reader writes it; the year only where it is not this one.

    weekday: say it or not; left open, it is said of the days around today, which people know by it.
    """
    skeleton = "MMMMd" if long else "MMMd"
    if today is not None and value.year != today.year:
        skeleton = "y" + skeleton
    locale = get_locale()
    shown = _day(skeleton, value, locale)
    if weekday is None:
        weekday = today is not None and abs((value - today).days) <= NEAR_DAYS
    if not weekday:
        return shown
    return _("%(weekday)s, %(day)s", weekday=_weekday("EEEE" if long else "EEE", value, locale), day=shown)


# A page says the same few numbers and days again and again, and the next page too: Babel takes a
# twentieth of a millisecond for each.
@lru_cache(maxsize=4096)
def _number(value: Decimal, locale: Locale | None) -> str:
    return format_decimal_in(value, locale=locale)


@lru_cache(maxsize=4096)
def _day(skeleton: str, value: date, locale: Locale | None) -> str:
    return format_skeleton(skeleton, value, locale=locale)


@lru_cache(maxsize=4096)
def _weekday(pattern: str, value: date, locale: Locale | None) -> str:
    return format_date(value, pattern, locale=locale)


def day_and_time(at: datetime) -> str:
    """A moment as the reader writes it; `at` is in the zone it is shown in."""
    return _(
        "%(day)s, %(time)s",
        day=day(at.date(), long=True, weekday=True),
        time=format_time(at, "short", rebase=False),
    )


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
    """A goal's picture with its numbers as text; one for all three sizes. Each part is worked out when it is
    asked for: a page shows one size of a goal, a board a hundred of them."""

    facts: ChartFacts

    @cached_property
    def chart(self) -> GoalChart:
        return goal_chart(self.facts)

    @cached_property
    def mini(self) -> GoalChart:
        return mini_chart(self.facts)

    @cached_property
    def path(self) -> GoalPath:
        return goal_path(self.facts)

    @cached_property
    def sentence(self) -> str:
        return _chart_sentence(self.facts, self.start, self.target, self.due)

    @cached_property
    def path_sentence(self) -> str:
        return _path_sentence(self.start, self.now, self.aim, self.target)

    @cached_property
    def days(self) -> dict[date, str]:
        return {tick.day: day(tick.day) for tick in self.chart.days if tick.day is not None}

    @cached_property
    def start(self) -> str:
        return "" if self.facts.baseline is None else number(self.facts.baseline)

    @cached_property
    def now(self) -> str:
        write = number_up if self.facts.lower else number
        return "" if self.facts.value is None else write(self.facts.value)

    @cached_property
    def aim(self) -> str:
        return "" if self.path.aim is None else number(self.path.aim)

    @cached_property
    def target(self) -> str:
        return number(self.facts.target)

    @cached_property
    def needed(self) -> str:
        return _needed(self.facts)

    @cached_property
    def due(self) -> str:
        return day(self.facts.due_on, today=self.facts.today, long=True)

    @cached_property
    def plan(self) -> Sequence[PlanRow]:
        return _plan_rows(self.facts)


def draw(facts: ChartFacts) -> Drawing:
    """The picture of a goal, for the macros mini_chart, goal_path and goal_chart."""
    return Drawing(facts)


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
    return [
        PlanRow(day(on, today=facts.today, weekday=False), what, value)
        for (on, _kind, what), value in found.items()
    ]


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
