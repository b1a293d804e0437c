"""Something to mend in what somebody typed, said beside its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lti_tool.plans.translate import Translate

Sentence = Callable[[Translate], str]


class Problem(NamedTuple):
    """One thing to mend: the field, a short code for tests and logs, and the sentence for people."""

    field: str
    code: str
    sentence: Sentence
