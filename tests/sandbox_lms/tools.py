"""Putting a tool into a platform, as an administrator does, and finding it again."""

from __future__ import annotations

import secrets

from tests.sandbox_lms.world import Course, Tool, World

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NOTICES_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
AGS_SCOPES = [AGS + "lineitem", AGS + "lineitem.readonly", AGS + "result.readonly", AGS + "score"]
TOOL_SETTING = "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting"
ALL_SCOPES = [*AGS_SCOPES, NRPS_SCOPE]
CANVAS_SCOPES = [*ALL_SCOPES, NOTICES_SCOPE]

CANVAS_CUSTOM = {
    "canvas_user_id": "$Canvas.user.id",
    "canvas_course_id": "$Canvas.course.id",
    "canvas_api_domain": "$Canvas.api.domain",
    "canvas_api_base": "$Canvas.api.baseUrl",
    "sis_user_id": "$Canvas.user.sisSourceId",
    "membership_roles": "$Canvas.membership.roles",
    "enrollment_state": "$Canvas.enrollment.enrollmentState",
    "section_ids": "$Canvas.course.sectionIds",
    "context_history": "$Context.id.history",
    "observees": "$com.instructure.User.observees",
    "not_known_here": "$No.such.variable",
}
MOODLE_CUSTOM = {
    "user_sis": "$Person.sourcedId",
    "course_sis": "$CourseSection.sourcedId",
    "username": "$User.username",
    "context_history": "$Context.id.history",
    "canvas_user_id": "$Canvas.user.id",
}


def add_tool(
    world: World,
    tool_url: str,
    *,
    client_id: str | None = None,
    name: str = "Personal Plans",
    deployment_ids: list[str] | None = None,
    scopes: list[str] | None = None,
    custom: dict[str, str] | None = None,
    privacy: str = "public",
) -> Tool:
    """A tool of ours at `tool_url` (no slash at the end), active at once.

    A client_id that is there already is changed in place and keeps its deployments.
    """
    all_scopes = CANVAS_SCOPES if world.personality == "canvas" else ALL_SCOPES
    default_custom = CANVAS_CUSTOM if world.personality == "canvas" else MOODLE_CUSTOM
    client_id = client_id or new_client_id(world)
    known = world.tools[client_id].deployment_ids if client_id in world.tools else []
    tool = Tool(
        client_id=client_id,
        name=name,
        redirect_uris=[f"{tool_url}/lti/launch"],
        login_url=f"{tool_url}/lti/login",
        jwks_url=f"{tool_url}/lti/jwks",
        target_link_uri=f"{tool_url}/lti/launch",
        deployment_ids=deployment_ids or known or [new_deployment_id(world)],
        scopes=list(all_scopes) if scopes is None else scopes,
        custom=dict(default_custom) if custom is None else custom,
        privacy=privacy,
        deep_link_url=f"{tool_url}/lti/launch",
    )
    with world.lock:
        world.tools[client_id] = tool
    return tool


def new_client_id(world: World) -> str:
    """Canvas: a global developer-key id. Moodle: 15 random letters and digits."""
    if world.personality == "canvas":
        return f"1000000000{world.new_id():07d}"
    return secrets.token_hex(8)[:15]


def new_deployment_id(world: World) -> str:
    """Canvas: "<tool id>:<opaque context id>". Moodle: the tool type's number."""
    if world.personality == "canvas":
        return f"{world.new_id()}:{secrets.token_hex(20)}"
    return str(len(world.tools) + 1)


def the_tool(world: World, client_id: str | None = None) -> Tool:
    """The named tool, or the newest. KeyError when there is none."""
    if client_id:
        return world.tools[client_id]
    if not world.tools:
        raise KeyError("no tool is registered here yet")
    return list(world.tools.values())[-1]


def tool_number(world: World, tool: Tool) -> int:
    """Moodle's "type id": 1 for the first tool. Its deployment id is the same number."""
    return list(world.tools).index(tool.client_id) + 1


def link_item(course: Course, tool: Tool, link_id: str) -> int | None:
    """The one line item of a resource link; None when it has none or several."""
    ids = [i.id for i in course.items.values() if i.tool_client_id == tool.client_id]
    ids = [i for i in ids if course.items[i].resource_link_id == link_id]
    return ids[0] if len(ids) == 1 else None


def notice_handlers_url(world: World, tool: Tool) -> str:
    """Where a Canvas tool says which notices it wants."""
    return f"{world.issuer}/api/lti/notice-handlers/{tool_number(world, tool)}"
