"""One call of Moodle's web services: POST body, flattened arrays, errors that come as HTTP 200."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.values import text
from lms_sync.platforms.wire import Wire

ENDPOINT = "/webservice/rest/server.php"
# Moodle's errorcode → ours. The token in the body is never logged, nor is Moodle's message.
CODES = {
    "invalidtoken": "token_dead",
    "requireloginerror": "no_course",
    "errorcoursecontextnotvalid": "no_course",
    "nopermissiontoviewgrades": "no_right",
    "nopermissions": "no_right",
    **dict.fromkeys(
        ("sitepolicynotagreed", "usernotfullysetup", "forcepasswordchangenotice"), "account_waits"
    ),
    **dict.fromkeys(("sitemaintenance", "upgraderunning"), "server_error"),
    **dict.fromkeys(("dmlreadexception", "dmlwriteexception", "dbconnectionfailed"), "server_error"),
}
# What is said of the one person asked about, while others can be read: outside our groups, or gone.
OF_ONE = frozenset({"notingroup", "invaliduser", "userdeleted", "usernotconfirmed", "guestsarenotallowed"})
# What a role needs to read everybody's report, and to read about people outside one's own groups.
VIEW_GRADES = "moodle/grade:viewall, gradereport/user:view"
RIGHTS = {"notingroup": "moodle/site:accessallgroups"}
Value = str | int | list[int] | list[dict[str, str | int]]


class NotThisPerson(LmsError):
    """Moodle does not tell of one person; that says nothing of the others."""


class MoodleCalls:
    """The web-service door of one Moodle, with one token.

    Args:
        api_url: Moodle's address, with or without the path of its REST server.
    """

    def __init__(self, wire: Wire, *, api_url: str, token: str) -> None:
        self._wire = wire
        self._url = api_url.rstrip("/").removesuffix(ENDPOINT).rstrip("/") + ENDPOINT
        self._token = token

    def call(self, function: str, **params: Value) -> Any:
        """The function's answer. Raises LmsError for what HTTP or Moodle says went wrong."""
        body = {"wstoken": self._token, "wsfunction": function, "moodlewsrestformat": "json"}
        body |= flatten(params)
        response = self._wire.call(lambda: self._wire.session.post(self._url, data=body))
        status = response.status_code
        if status >= 500:
            raise self._wire.error("server_error", status=status)
        if status != 200:
            raise self._wire.error("refused", status=status)
        answer = self._wire.json(response)
        if isinstance(answer, dict) and "exception" in answer:
            raise self._trouble(function, answer)
        return answer

    def _trouble(self, function: str, answer: Mapping[str, Any]) -> LmsError:
        code = text(answer.get("errorcode"), 64)
        if code in OF_ONE:
            return NotThisPerson("no_right", self._wire.lms, detail=RIGHTS.get(code, VIEW_GRADES))
        if CODES.get(code) == "server_error":
            return self._wire.error("server_error")
        if code in CODES:
            return self._wire.error(CODES[code], VIEW_GRADES)
        if code == "invalidresponse" and function.startswith("gradereport_"):
            return self._wire.error("bad_item_name", "the report was refused")
        if code == "accessexception" and function == "core_webservice_get_site_info":
            return self._wire.error("not_let_in")
        if code == "accessexception" or "external_functions" in text(answer.get("message"), 500):
            return self._wire.error("token_rights", function)
        if code == "invalidrecord":
            return self._wire.error("no_course")
        if "capability" in text(answer.get("exception"), 64):
            return self._wire.error("no_right", VIEW_GRADES)
        return self._wire.error("wrong_shape", f"{function} said “{code[:40]}”")


def flatten(params: Mapping[str, Value]) -> dict[str, str]:
    """{"ids": [1, 2]} → {"ids[0]": "1", "ids[1]": "2"}, as Moodle wants it."""
    flat: dict[str, str] = {}
    for name, value in params.items():
        if not isinstance(value, list):
            flat[name] = str(value)
            continue
        for n, entry in enumerate(value):
            if isinstance(entry, dict):
                flat |= {f"{name}[{n}][{key}]": str(inner) for key, inner in entry.items()}
            else:
                flat[f"{name}[{n}]"] = str(entry)
    return flat
