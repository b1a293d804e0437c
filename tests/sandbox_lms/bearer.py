"""Who may call a service: the access token of the request, and how each platform refuses."""

from __future__ import annotations

from flask import Response, json, request

from tests.sandbox_lms.lti_state import ServiceToken
from tests.sandbox_lms.tools import tool_number
from tests.sandbox_lms.world import Tool, World


class Refused(Exception):
    """A service's refusal: the finished answer travels with it."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def token_of(world: World) -> ServiceToken | None:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    token = world.lti.tokens.get(value) if kind.lower() == "bearer" else None
    return token if token and token.expires_at > world.now() else None


def moodle_tool(world: World, scopes: set[str], number: int | None = None) -> Tool:
    """The calling tool, when its token has one of the scopes and its number fits the address."""
    token = token_of(world)
    tool = world.tools.get(token.client_id) if token else None
    if tool is None or token is None or not scopes & set(token.scopes):
        raise Refused(moodle_error(401, "Unauthorized"))
    if number is not None and tool_number(world, tool) != number:
        raise Refused(moodle_error(401, "Unauthorized"))
    return tool


def moodle_error(status: int, reason: str) -> Response:
    """As recorded: the reason in the status line and in the body, with what was asked."""
    asked = {
        "method": request.method,
        "url": request.full_path.rstrip("?"),
        "accept": request.headers.get("Accept", "*/*"),
        "contentType": request.headers.get("Content-Type", ""),
    }
    body = {"status": status, "reason": reason, "request": asked}
    return Response(json.dumps(body), f"{status} {one_line(reason)}", mimetype="application/json")


def accepts(kind: str) -> bool:
    """No Accept header at all is as good as */*."""
    return "Accept" not in request.headers or request.accept_mimetypes.best_match([kind]) is not None


def no_handler(path: str) -> Response:
    """The answer to an Accept or Content-Type that the service does not speak."""
    accept = request.headers.get("Accept", "*/*").replace("*/*", "")
    return moodle_error(
        400, f"No handler found for {path} {accept} {request.headers.get('Content-Type', '')}"
    )


def one_line(text: str) -> str:
    return " ".join(text.encode("ascii", "replace").decode().split())


def canvas_tool(world: World, scopes: set[str]) -> Tool:
    token = token_of(world)
    if token is None:
        raise Refused(canvas_error(401, "unauthorized", "Access token invalid"))
    tool = world.tools.get(token.client_id)
    if tool is None or not tool.active or not scopes & set(token.scopes):
        raise Refused(canvas_error(401, "unauthorized", "Insufficient permissions"))
    return tool


def canvas_error(status: int, kind: str, message: str) -> Response:
    body = {"errors": {"type": kind, "message": message}}
    answer = Response(json.dumps(body), status, mimetype="application/json")
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="canvas-lms"'
    return answer
