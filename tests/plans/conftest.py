"""Rules are proved on machines that are busy with other things: no example is too slow to be right."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
