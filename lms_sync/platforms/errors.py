"""An answer of an LMS we could not get or use; what each kind says to people is in plans/troubles.py."""

from __future__ import annotations

from typing import Any

from lti_tool.plans.troubles import BREAKS_CONNECTION, PERMANENT, trouble


class LmsError(Exception):
    """An answer we could not get or use.

    Attributes:
        code: a key of plans.troubles, for rows, logs and tests. lms: what people call the LMS.
        words: what the code's sentence needs; with the code it can be said in any language.
        sentence, what_to_do: for people, in English. permanent: trying again by itself will not help.
        breaks_connection: the access itself is to blame.
        status: of the HTTP answer, if there was one. retry_in: seconds the LMS asked us to wait.
    """

    def __init__(
        self,
        code: str,
        lms: str,
        *,
        detail: str = "",
        status: int | None = None,
        because: LmsError | None = None,
    ) -> None:
        self.code: str = code
        words: dict[str, Any] = {"lms": lms, "detail": detail, "status": status}
        if because is not None:
            words = {**because.words, "because": because.code}
        self.words: dict[str, Any] = {name: value for name, value in words.items() if value}
        said = trouble(code, self.words)
        self.lms = lms
        self.sentence = said.sentence
        self.what_to_do = said.what_to_do
        self.permanent = code in PERMANENT
        self.breaks_connection = code in BREAKS_CONNECTION
        self.status = status
        self.retry_in: float | None = None
        super().__init__(said.whole)

    @property
    def row(self) -> dict[str, Any]:
        """The columns a row keeps of it: what is said in English, the code, and its words."""
        return {"error": str(self), "error_code": self.code, "error_words": self.words}


NO_ERROR: dict[str, Any] = {"error": "", "error_code": "", "error_words": {}}
