"""Canvas's Platform Notification Service: a tool's handlers, and the notices it is sent (canvas.md §4)."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Blueprint, Response, jsonify, request

from tests.sandbox_lms.bearer import Refused, canvas_tool
from tests.sandbox_lms.tools import NOTICES_SCOPE, tool_number
from tests.sandbox_lms.world import Course, Tool, World

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
TYPES = ("LtiHelloWorldNotice", "LtiContextCopyNotice")


def make_notices_blueprint(world: World) -> Blueprint:
    notices = Blueprint("notices", __name__)

    @notices.route("/api/lti/notice-handlers/<number>", methods=["GET", "PUT"])
    def handlers(number: str) -> Response | tuple[Response, int]:
        try:
            tool = canvas_tool(world, {NOTICES_SCOPE})
        except Refused as refused:
            return refused.answer
        if not world.lti.sends_notices or number not in {str(tool_number(world, t)) for t in _all(world)}:
            return _error("not found"), 404
        if str(tool_number(world, tool)) != number:
            return _error("permission denied"), 403
        kept = world.lti.handlers.setdefault(tool.client_id, dict.fromkeys(TYPES, ""))
        if request.method == "GET":
            listed = [{"notice_type": kind, "handler": url} for kind, url in kept.items()]
            return jsonify(
                client_id=tool.client_id, deployment_id=tool.deployment_ids[0], notice_handlers=listed
            )
        # Only JSON that says it is JSON is read, as Rails does it.
        body = request.get_json(silent=True) if request.is_json else None
        body = body if isinstance(body, dict) else {}
        kind, handler = body.get("notice_type"), body.get("handler")
        wrong = _wrong(tool, kind, handler)
        if wrong:
            return _error(wrong), 400
        kept[str(kind)] = str(handler)
        return jsonify(notice_type=kind, handler=handler, max_batch_size=None)

    return notices


def _all(world: World) -> list[Tool]:
    return list(world.tools.values())


def _error(words: str) -> Response:
    return jsonify(errors={"type": "client_error", "message": words})


def _wrong(tool: Tool, kind: object, handler: object) -> str:
    """What platform_notification_service.rb says to this subscription; "" when it is one."""
    if kind is None:
        return "param is missing or the value is empty: notice_type"
    if kind not in TYPES:
        return f"unknown notice_type, it must be one of [{', '.join(TYPES)}]"
    if handler == "":
        return ""
    if not isinstance(handler, str) or urlsplit(handler).scheme not in {"http", "https"}:
        return "handler must be a valid URL or an empty string"
    if urlsplit(handler).netloc != urlsplit(tool.target_link_uri).netloc:
        return "handler url should match tool's domain"
    return ""


def copy_notice(world: World, tool: Tool, course: Course, **changed: Any) -> dict[str, Any]:
    """The claims of the notice that `course` was copied."""
    issued = int(world.now().timestamp())
    return {
        LTI + "version": "1.3.0",
        LTI + "notice": {
            "id": secrets.token_hex(16),
            "timestamp": world.now().isoformat(),
            "type": "LtiContextCopyNotice",
        },
        LTI + "deployment_id": tool.deployment_ids[0],
        LTI + "context": {
            "id": course.lti_id,
            "label": course.label,
            "title": course.title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        },
        LTI + "origin_contexts": course.copied_from[:1],
        "aud": tool.client_id,
        "azp": tool.client_id,
        "iss": world.issuer,
        "iat": issued,
        "exp": issued + 3600,
        "nonce": secrets.token_hex(16),
        **changed,
    }


def send_notices(world: World, address: str, *claims: dict[str, Any]) -> requests.Response:
    """One delivery, as Canvas makes it: once, whatever the answer is."""
    body = {"notices": [{"jwt": world.lti.sign(each)} for each in claims]}
    return requests.post(address, json=body, timeout=60)
