"""Canvas's placements by message type and its scopes, as its own schemas list them (specs/canvas.md §1)."""

from __future__ import annotations

RESOURCE_LINK = frozenset(
    [
        "account_navigation",
        "analytics_hub",
        "assignment_edit",
        "assignment_group_menu",
        "assignment_index_menu",
        "assignment_menu",
        "assignment_selection",
        "assignment_view",
        "collaboration",
        "conference_selection",
        "course_assignments_menu",
        "course_home_sub_navigation",
        "course_navigation",
        "course_settings_sub_navigation",
        "discussion_topic_index_menu",
        "discussion_topic_menu",
        "file_index_menu",
        "file_menu",
        "global_navigation",
        "homework_submission",
        "link_selection",
        "migration_selection",
        "module_group_menu",
        "module_index_menu",
        "module_index_menu_modal",
        "module_menu_modal",
        "module_menu",
        "post_grades",
        "quiz_index_menu",
        "quiz_menu",
        "resource_selection",
        "similarity_detection",
        "student_context_card",
        "submission_type_selection",
        "tool_configuration",
        "top_navigation",
        "user_navigation",
        "wiki_index_menu",
        "wiki_page_menu",
    ]
)
DEEP_LINKING = frozenset(
    [
        "assignment_selection",
        "ActivityAssetProcessor",
        "ActivityAssetProcessorContribution",
        "collaboration",
        "conference_selection",
        "course_assignments_menu",
        "editor_button",
        "homework_submission",
        "link_selection",
        "migration_selection",
        "module_index_menu_modal",
        "module_menu_modal",
        "resource_selection",
        "submission_type_selection",
    ]
)
BY_MESSAGE = {"LtiResourceLinkRequest": RESOURCE_LINK, "LtiDeepLinkingRequest": DEEP_LINKING}
ALIASES = {"ContentArea": "link_selection", "RichTextEditor": "editor_button"}

_LTI = "https://purl.imsglobal.org/spec/"
_CANVAS = "https://canvas.instructure.com/lti/"
PUBLIC_SCOPES = frozenset(
    [_LTI + "lti-ags/scope/" + name for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")]
    + [_LTI + "lti-nrps/scope/contextmembership.readonly"]
    + [
        _LTI + "lti/scope/" + name
        for name in ("noticehandlers", "asset.readonly", "report", "eula/deployment", "eula/user")
    ]
    + [_LTI + "lti-reg/scope/" + name for name in ("registration", "registration.readonly")]
    + [
        _CANVAS + name
        for name in (
            "public_jwk/scope/update",
            "account_lookup/scope/show",
            "lti-ags/progress/scope/show",
            "page_content/show",
        )
    ]
)
PREFIX = _CANVAS


def placement_named(name: str) -> str:
    """A placement's own name: bare, behind Canvas's prefix, or one of the standard's."""
    return ALIASES.get(name, name.removeprefix(PREFIX))


def wrong_placement(message_type: str, placement: str) -> str:
    """What Canvas says to this pair; empty when it takes it."""
    if message_type not in BY_MESSAGE:
        return f"message type {message_type} is not supported"
    if placement_named(placement) not in BY_MESSAGE[message_type]:
        return f"Placement {placement} does not support message type {message_type}"
    return ""
