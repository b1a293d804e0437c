"""A student's yes or no to what was proposed, as it was sent."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from lti_tool.web.forms import Text


class AnswerForm(BaseModel):
    """The answer to a proposal."""

    accept: bool
    reason: Text = ""


def read_answer(sent: MultiDict[str, str]) -> tuple[bool | None, str]:
    """(yes or no, reason); None when neither was said."""
    reason = sent.get("reason", "")
    try:
        form = AnswerForm(accept=sent.get("accept", ""), reason=reason)
    except ValidationError:
        return None, reason
    return form.accept, form.reason
