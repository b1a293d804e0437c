"""HTTP doors of a launch: login initiation, authorization endpoint, key set."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from tests.sandbox_lms.launching import start_launch
from tests.sandbox_lms.messages import MESSAGES
from tests.sandbox_lms.oidc import authorize
from tests.sandbox_lms.paths import CANVAS, MOODLE
from tests.sandbox_lms.tools import the_tool
from tests.sandbox_lms.world import World


def person_cookie(world: World) -> str:
    """Cookies are shared by the ports of one host, so each personality has its own name."""
    return f"{world.personality}_person"


def signed_in(world: World) -> int | None:
    """Who the browser says it is; the Secure twin is the one that survives inside an iframe."""
    name = person_cookie(world)
    value = request.cookies.get(f"{name}_framed") or request.cookies.get(name) or ""
    number = int(value) if value.isdigit() else None
    return number if number in world.people else None


def sign_in(world: World, response: Response, person_id: int) -> None:
    name = person_cookie(world)
    response.set_cookie(name, str(person_id), httponly=True, samesite="Lax")
    response.set_cookie(f"{name}_framed", str(person_id), httponly=True, samesite="None", secure=True)


def make_lti_blueprint(world: World) -> Blueprint:
    doors = Blueprint("lti", __name__)
    paths = CANVAS if world.personality == "canvas" else MOODLE

    @doors.get("/open/<int:course_id>")
    def open_tool(course_id: int) -> Response:
        """The page inside the frame: it posts the login initiation to the tool."""
        course, person_id = world.courses.get(course_id), signed_in(world)
        if course is None or not world.tools:
            return Response("There is no such course, or no tool yet.", 404, mimetype="text/plain")
        if person_id is None:
            return Response("Choose who you are first.", 403, mimetype="text/plain")
        about = request.args.get("for", "")
        tool = the_tool(world, request.args.get("tool"))
        fields = start_launch(
            world,
            tool,
            course,
            person_id,
            link_id=request.args.get("link"),
            message_type=MESSAGES.get(request.args.get("message", ""), MESSAGES[""]),
            deployment_id=request.args.get("deployment"),
            for_person_id=int(about) if about.isdigit() else None,
            placement=request.args.get("placement", "link_selection"),
        )
        return make_response(render_template("post.html", action=tool.login_url, fields=fields))

    @doors.route(paths["auth"], methods=["GET", "POST"])
    def auth() -> Response:
        answer = authorize(world, request.values, signed_in(world))
        if answer.page:
            return Response(f"<!doctype html><title>Error</title><p>{answer.page}</p>", 400)
        page = render_template("post.html", action=answer.action, fields=answer.fields)
        response = make_response(page)
        response.headers["Cache-Control"] = "no-store"
        return response

    @doors.get(paths["jwks"])
    def jwks() -> dict[str, list[dict[str, str]]]:
        with world.lock:
            return world.lti.jwks(world.now())

    return doors
