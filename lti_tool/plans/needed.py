"""What is still needed, for a goal of any kind (domain.md §3.4)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil

from lti_tool.plans.by_hand import counting, habit
from lti_tool.plans.counting import done, number_wanted, still_open
from lti_tool.plans.gradebook import left_in_groups
from lti_tool.plans.holding import holds
from lti_tool.plans.measure import Evidence, MeasureKind
from lti_tool.plans.observation import Reason
from lti_tool.plans.progress import Needed, needed_of, needed_on
from lti_tool.plans.ranks import why_no_rank
from lti_tool.plans.terms import Terms

_OPEN = frozenset({Reason.NOT_GRADED, Reason.NOT_POSTED, Reason.MISSING})


def needed_in(terms: Terms, evidence: Evidence, today: date, value: Fraction | None) -> Needed:
    """What the work, the days or the names that are left ask for. value: as it stands."""
    kind = terms.measure.kind
    if kind is MeasureKind.COUNT:
        return _count(terms, evidence, today)
    if kind is MeasureKind.HABIT:
        return _habit(terms, evidence, today)
    if kind is MeasureKind.LIST:
        names = len(terms.measure.params.scale)
        have = int(value or 0)
        return Needed(None, items=names - have, more=max(0, int(terms.target) - have), open_ended=True)
    if kind.is_manual:
        return Needed(None, open_ended=True)
    if kind is MeasureKind.MAINTAIN:
        return _maintain(terms, evidence)
    if kind is MeasureKind.RANK:
        waits = [why_no_rank(seen, terms.measure.params.scale) in _OPEN for seen in evidence.work]
        is_in = value is not None and value >= terms.target
        return Needed(None, items=sum(waits), more=0 if is_in else 1)
    if kind is MeasureKind.COURSE:
        return _course(terms, evidence)
    return needed_on(terms.measure, evidence.counted, evidence.left, terms.target)


def _count(terms: Terms, evidence: Evidence, today: date) -> Needed:
    params = terms.measure.params
    more = number_wanted(terms, evidence.work) - len(done(evidence.work, params))
    return Needed(None, items=len(still_open(evidence.work, params, today)), more=max(0, more))


def _habit(terms: Terms, evidence: Evidence, today: date) -> Needed:
    found = habit(terms, counting(evidence.entries, terms.measure.params, today), today)
    wanted = ceil(Fraction(terms.target) * found.in_all / 100)
    return Needed(None, items=found.in_all - found.expected, more=max(0, wanted - found.met))


def _maintain(terms: Terms, evidence: Evidence) -> Needed:
    """More: how many of the checks to come must hold."""
    checks, rest = evidence.counted, evidence.left
    held = sum(holds(seen, terms) for seen in checks)
    wanted = ceil(Fraction(terms.target) * (len(checks) + len(rest)) / 100)
    return Needed(None, items=len(rest), more=max(0, wanted - held))


def _course(terms: Terms, evidence: Evidence) -> Needed:
    """On the work of the course that is known; more may come, so nothing is ever said to be left."""
    found = left_in_groups(evidence.groups, evidence.work)
    if found is None or found.points_left == 0:
        return Needed(None, open_ended=True)
    return needed_of(found, terms.target)
