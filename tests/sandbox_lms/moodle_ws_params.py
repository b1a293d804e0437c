"""Moodle's REST parameters and errors: flattened arrays in, every error HTTP 200 (specs/moodle.md)."""

from __future__ import annotations

import re
from typing import Any

Kind = Any  # int, str, [kind] for a list, {name: kind} for a record


class MoodleError(Exception):
    """An error as Moodle writes it: exception class, errorcode, message."""

    def __init__(self, exception: str, errorcode: str, message: str, debuginfo: str = "") -> None:
        super().__init__(errorcode)
        self.exception, self.errorcode = exception, errorcode
        self.message, self.debuginfo = message, debuginfo

    def body(self, debug: bool) -> dict[str, str]:
        words = {"exception": self.exception, "errorcode": self.errorcode, "message": self.message}
        return words | ({"debuginfo": self.debuginfo} if debug and self.debuginfo else {})


def invalid_token() -> MoodleError:
    return MoodleError("moodle_exception", "invalidtoken", "Invalid token - token not found")


def access_denied() -> MoodleError:
    """Expired token, no REST capability, function not in the service: all the same to the caller."""
    return MoodleError("webservice_access_exception", "accessexception", "Access control exception")


def invalid_parameter(debuginfo: str = "") -> MoodleError:
    words = "Invalid parameter value detected"
    return MoodleError("invalid_parameter_exception", "invalidparameter", words, debuginfo)


def no_record(table: str) -> MoodleError:
    words = f"Can't find data record in database table {table}."
    return MoodleError("dml_missing_record_exception", "invalidrecord", words)


def no_course_access(course_id: int) -> MoodleError:
    words = (
        f"You cannot execute functions in the course context (course id:{course_id}). "
        "The context error message was: Course or activity not accessible."
    )
    return MoodleError("moodle_exception", "errorcoursecontextnotvalid", words)


def require_login() -> MoodleError:
    return MoodleError("require_login_exception", "requireloginerror", "Course or activity not accessible.")


def no_capability(name: str) -> MoodleError:
    words = f"Sorry, but you do not currently have permissions to do that ({name})."
    return MoodleError("required_capability_exception", "nopermissions", words)


def warning(item: str, itemid: int, code: str, message: str) -> dict[str, Any]:
    return {"item": item, "itemid": itemid, "warningcode": code, "message": message}


def unflatten(flat: dict[str, str]) -> dict[str, Any]:
    """`options[0][name]=x` → `{"options": {"0": {"name": "x"}}}`; raises MoodleError when malformed."""
    found: dict[str, Any] = {}
    for key, value in flat.items():
        if not re.fullmatch(r"\w+(\[\w*\])*", key):
            raise invalid_parameter(f"Bad key {key}")
        steps = [key.split("[")[0], *re.findall(r"\[(\w*)\]", key)]
        place = found
        for step in steps[:-1]:
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise invalid_parameter(f"Bad key {key}")
        place[steps[-1] or str(len(place))] = value
    return found


def check(given: dict[str, Any], kinds: dict[str, Kind], required: set[str]) -> dict[str, Any]:
    """The parameters by their kinds; unknown, missing or mistyped ones raise MoodleError."""
    unknown = set(given) - set(kinds)
    missing = required - set(given)
    if unknown or missing:
        raise invalid_parameter(f"Unexpected {sorted(unknown)}, missing {sorted(missing)}")
    return {name: _as(value, kinds[name]) for name, value in given.items()}


def _as(value: Any, kind: Kind) -> Any:
    if isinstance(kind, list):
        if not isinstance(value, dict):
            raise invalid_parameter("Only arrays accepted")
        return [_as(value[key], kind[0]) for key in sorted(value, key=lambda k: (len(k), k))]
    if isinstance(kind, dict):
        if not isinstance(value, dict):
            raise invalid_parameter("Only arrays accepted")
        return check(value, kind, set(kind))
    if not isinstance(value, str):
        raise invalid_parameter("Scalar type expected, array or object received.")
    if kind is int:
        if not re.fullmatch(r"-?\d+", value):
            raise invalid_parameter("the server was expecting int type")
        return int(value)
    return value
