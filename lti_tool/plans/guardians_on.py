"""Whether guardians read along in a school: adults at a college speak for themselves (domain.md §5)."""

from __future__ import annotations

from lti_tool.plans.profile import Band, band_of


def guardians_on(said: bool | None, *age_bands: str | None) -> bool:
    """said: what the administrator chose; without a choice they do, except at a college.

    age_bands: of the course, where it says its own, before the school's.
    """
    return said if said is not None else band_of(*age_bands) is not Band.COLLEGE
