"""The JSON for Canvas against Canvas's own rules, written as code (canvas.md §1)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lti_tool.launch.config_json import CANVAS, TOOL_CONFIGURATION, canvas_config, registration_payload
from lti_tool.plans.asked import PLACEMENTS, SCOPES, placements_asked, scopes_asked
from tests.sandbox_lms.canvas_placements import BY_MESSAGE, PUBLIC_SCOPES, placement_named, wrong_placement

PUBLIC_URL = "https://plans.example"
REQUIRED = ("title", "description", "target_link_uri", "oidc_initiation_url")
PRIVACY = {"public", "name_only", "email_only", "anonymous"}
VISIBILITY = {"admins", "members", "public"}
DISPLAY = {
    *("default", "full_width", "full_width_in_context", "full_width_with_nav", "in_nav_context", "borderless")
}
WITH_DEFAULT = {"account_navigation", "course_navigation"}
TEXTS = ("text", "icon_url", "canvas_icon_class", "required_permissions", "target_link_uri", "url")


def wrong_in(config: dict[str, Any]) -> Iterator[str]:
    """Everything Canvas would say to this configuration."""
    for name in REQUIRED:
        if not isinstance(config.get(name), str) or not config[name]:
            yield f"{name} is required"
    if not (config.get("public_jwk") or config.get("public_jwk_url")):
        yield "tool configuration must have public jwk or public jwk url"
    for scope in config.get("scopes", []):
        if scope not in PUBLIC_SCOPES:
            yield f"unknown scope {scope}"
    custom = config.get("custom_fields", {})
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        yield "custom_fields must be texts"
    for extension in config.get("extensions", []):
        yield from _wrong_in_extension(extension)


def _wrong_in_extension(extension: dict[str, Any]) -> Iterator[str]:
    if extension.get("platform") != "canvas.instructure.com":
        yield "platform"
    if "://" in extension.get("domain", ""):
        yield "domain is a host name"
    if extension.get("privacy_level") not in PRIVACY:
        yield "privacy_level"
    placements = extension.get("settings", {}).get("placements")
    if not isinstance(placements, list):
        yield "settings.placements is required"
        return
    names = [each.get("placement") for each in placements]
    if len(set(names)) != len(names):
        yield "a placement stands there twice"
    for each in placements:
        yield from _wrong_in_placement(each)


def _wrong_in_placement(each: dict[str, Any]) -> Iterator[str]:
    name, message = each.get("placement", ""), each.get("message_type", "LtiResourceLinkRequest")
    if reason := wrong_placement(message, name):
        yield reason
    if "default" in each and (name not in WITH_DEFAULT or each["default"] not in {"disabled", "enabled"}):
        yield f"default of {name}"
    if each.get("visibility", "public") not in VISIBILITY:
        yield f"visibility of {name}"
    if each.get("display_type", "default") not in DISPLAY:
        yield f"display_type of {name}"
    for key in TEXTS:
        if not isinstance(each.get(key, ""), str):
            yield f"{key} of {name}"


def test_ours_is_what_canvas_takes() -> None:
    assert list(wrong_in(canvas_config(PUBLIC_URL))) == []
    file = Path(__file__).parents[2] / "tool.json"
    assert list(wrong_in(json.loads(file.read_text()))) == []


def test_it_asks_for_these_places_and_is_off_in_courses() -> None:
    (extension,) = canvas_config(PUBLIC_URL)["extensions"]
    placements = {each["placement"]: each for each in extension["settings"]["placements"]}
    assert set(placements) == set(PLACEMENTS)
    assert placements["course_navigation"]["default"] == "disabled"
    messages = {name: each["message_type"] for name, each in placements.items()}
    assert messages["assignment_selection"] == messages["link_selection"] == "LtiDeepLinkingRequest"
    assert messages["course_navigation"] == messages["user_navigation"] == "LtiResourceLinkRequest"
    every = [canvas_config(PUBLIC_URL), extension, *placements.values()]
    addresses = [v for each in every for k, v in each.items() if k.endswith(("_url", "_uri"))]
    assert {urlsplit(address).netloc for address in addresses} == {"plans.example"} == {extension["domain"]}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("title",), None, "title is required"),
        (("public_jwk_url",), None, "public jwk"),
        (("scopes",), ["https://purl.imsglobal.org/spec/lti-pns/scope/x"], "unknown scope"),
        (("scopes",), ["https://canvas.instructure.com/lti/data_services/scope/create"], "unknown scope"),
        (("custom_fields",), {"n": 1}, "texts"),
        (("extensions", 0, "platform"), "moodle", "platform"),
        (("extensions", 0, "privacy_level"), "everything", "privacy_level"),
        (("extensions", 0, "domain"), "https://plans.example", "domain"),
        (("extensions", 0, "settings"), {}, "placements is required"),
        (("extensions", 0, "settings", "placements", 0, "placement"), "sidebar", "does not support"),
        (("extensions", 0, "settings", "placements", 0, "message_type"), "LtiDeepLinkingRequest", "support"),
        (("extensions", 0, "settings", "placements", 0, "visibility"), "everyone", "visibility"),
        (("extensions", 0, "settings", "placements", 0, "default"), False, "default"),
        (("extensions", 0, "settings", "placements", 1, "default"), "disabled", "default"),
    ],
)
def test_the_rules_notice_what_is_wrong(path: tuple[Any, ...], value: Any, said: str) -> None:
    config = copy.deepcopy(canvas_config(PUBLIC_URL))
    inner = config
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert any(said in reason for reason in wrong_in(config))


def test_the_registration_asks_canvas_for_the_same() -> None:
    payload = registration_payload(PUBLIC_URL, "canvas", [])
    tool = payload[TOOL_CONFIGURATION]
    assert set(payload["scope"].split()) == set(SCOPES) <= PUBLIC_SCOPES
    assert set(payload["grant_types"]) == {"client_credentials", "implicit"}
    places = [(each["type"], place) for each in tool["messages"] for place in each["placements"]]
    assert [reason for pair in places if (reason := wrong_placement(*pair))] == []
    (extension,) = canvas_config(PUBLIC_URL)["extensions"]
    static = {(each["message_type"], each["placement"]) for each in extension["settings"]["placements"]}
    assert {(kind, placement_named(place)) for kind, place in places} == static
    assert {each["type"] for each in tool["messages"]} <= set(BY_MESSAGE)
    defaults = [each.get(CANVAS + "course_navigation/default_enabled") for each in tool["messages"]]
    assert defaults == [False, None, None, None]
    assert tool[CANVAS + "privacy_level"] == extension["privacy_level"]
    assert tool["custom_parameters"] == canvas_config(PUBLIC_URL)["custom_fields"]


def test_what_moodle_needs_is_there() -> None:
    tool = registration_payload("https://plans.example:8443", "moodle", [])[TOOL_CONFIGURATION]
    assert tool["domain"] == "plans.example:8443" == urlsplit(tool["target_link_uri"]).netloc
    deep = [each for each in tool["messages"] if each["type"] == "LtiDeepLinkingRequest"]
    assert deep[0]["target_link_uri"] == tool["target_link_uri"]
    assert not [key for key in tool if key.startswith(CANVAS)]


def test_only_scopes_the_platform_has_are_asked_for() -> None:
    payload = registration_payload(PUBLIC_URL, "canvas", [SCOPES[0], "https://other.example/scope"])
    assert payload["scope"] == SCOPES[0]


def test_everything_asked_for_says_why_and_what_fails_without_it() -> None:
    assert [each.key for each in scopes_asked(str)] == list(SCOPES)
    assert [each.key for each in placements_asked(str)] == list(PLACEMENTS)
    for each in scopes_asked(str) + placements_asked(str):
        assert all((each.name, each.why, each.without))
