"""By when a request about data is answered: a month (GDPR), 45 days for a copy (FERPA)."""

from __future__ import annotations

from datetime import date

import pytest

from lti_tool.plans.deadlines import deadlines

MONTHS = [
    (date(2026, 2, 23), date(2026, 3, 23)),
    (date(2026, 1, 31), date(2026, 2, 28)),
    (date(2028, 1, 31), date(2028, 2, 29)),
    (date(2026, 3, 31), date(2026, 4, 30)),
    (date(2026, 12, 5), date(2027, 1, 5)),
]


@pytest.mark.parametrize(("asked", "due"), MONTHS)
def test_a_month_after(asked: date, due: date) -> None:
    found = deadlines("erasure", asked)
    assert (found.month, found.record) == (due, None)
    assert not found.late(due)
    assert found.late(date.fromordinal(due.toordinal() + 1))


def test_a_copy_has_forty_five_days_too() -> None:
    assert deadlines("copy", date(2026, 2, 23)).record == date(2026, 4, 9)
