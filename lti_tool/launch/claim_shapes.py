"""The shapes of the claims we read: what each must look like to be believed (lti.md §2, §3).

Identifiers must be what the specification says (text, at most 255 characters, no control
characters). Names and titles are free text here; what reads them cleans and cuts them.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from lti_tool.launch.origins import origin_of


def _is_identifier(value: str) -> str:
    if value.isprintable() and not value.isspace():
        return value
    if not value.strip() or any(unicodedata.category(char) in {"Cc", "Cs"} for char in value):
        raise ValueError("empty, or with control characters")
    return value


def web_address(value: str) -> str:
    """The address if a page may link to it; else empty."""
    return value if len(value) <= 2048 and origin_of(value) and value.isprintable() else ""


def _text_or_nothing(value: Any) -> Any:
    return "" if value is None else value


def _number_as_text(value: Any) -> Any:
    return str(value) if type(value) is int and 0 <= value < 10**30 else value


def _said_true(value: Any) -> Any:
    """Some platforms write their booleans as words; null is as good as absent."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return False if value is None else value


def _plain_json(value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except RecursionError:
        raise ValueError("too deep") from None
    return value


Identifier = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_is_identifier)]
FreeText = Annotated[str, BeforeValidator(_text_or_nothing)]
Address = Annotated[str, BeforeValidator(_text_or_nothing), AfterValidator(web_address)]


class _Claim(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ContextClaim(_Claim):
    """The course: id as the LMS has it, label and title for people."""

    id: Identifier
    label: FreeText = ""
    title: FreeText = ""


class ResourceLinkClaim(_Claim):
    """The place in the course the tool was opened from."""

    id: Identifier
    title: FreeText = ""


class PlatformClaim(_Claim):
    """Which installation of which LMS this is."""

    guid: Annotated[str, Field(max_length=255), BeforeValidator(_text_or_nothing)] = ""
    product_family_code: Annotated[str, Field(max_length=64), BeforeValidator(_text_or_nothing)] = ""


class PresentationClaim(_Claim):
    """How the LMS shows us; `return_url` leads back."""

    return_url: Address = ""
    locale: FreeText = ""


class ForUserClaim(_Claim):
    """Whose submission or data this message is about: their `sub` (a number becomes its digits)."""

    user_id: Annotated[Identifier, BeforeValidator(_number_as_text)]


class DeepLinkingClaim(_Claim):
    """What the LMS's picker takes (Deep Linking 2.0, 3.4.1). Absent `accept_multiple` means one.

    accept_lineitem: None where the LMS does not say. data: sent back as it came.
    """

    deep_link_return_url: Annotated[str, AfterValidator(web_address), Field(min_length=1)]
    accept_types: list[str]
    accept_multiple: Annotated[bool, BeforeValidator(_said_true)] = False
    accept_lineitem: Annotated[bool | None, BeforeValidator(_said_true)] = None
    data: Annotated[Any, AfterValidator(_plain_json)] = None


class NrpsClaim(_Claim):
    """Where the roster can be read."""

    context_memberships_url: Address = ""


class AgsClaim(_Claim):
    """Where our own line items live, and what we may do there."""

    lineitems: Address = ""
    scope: list[str] = []


class NoticesClaim(_Claim):
    """Where a platform is told which notices we want (Platform Notification Service 1.0)."""

    platform_notification_service_url: Address = ""
    notice_types_supported: Any = None

    def address_for(self, kind: str) -> str:
        """The service's address, if it sends this kind of notice; else empty."""
        kinds = self.notice_types_supported
        return self.platform_notification_service_url if isinstance(kinds, list) and kind in kinds else ""


class Claims(_Claim):
    """The claims we read, by their short names."""

    message_type: str
    version: str
    deployment_id: Identifier
    target_link_uri: str
    roles: list[str]
    sub: Identifier | None = None
    name: FreeText = ""
    given_name: FreeText = ""
    family_name: FreeText = ""
    email: FreeText = ""
    locale: FreeText = ""
    context: ContextClaim | None = None
    resource_link: ResourceLinkClaim | None = None
    tool_platform: PlatformClaim = PlatformClaim()
    launch_presentation: PresentationClaim = PresentationClaim()
    custom: dict[str, Any] = {}
    nrps: NrpsClaim = NrpsClaim()
    ags: AgsClaim = AgsClaim()
    platformnotificationservice: NoticesClaim = NoticesClaim()
    for_user: ForUserClaim | None = None
    deep_linking: DeepLinkingClaim | None = None
    role_scope_mentor: Any = None


class NoticeClaim(_Claim):
    """What kind of notice this is."""

    type: Annotated[str, Field(min_length=1, max_length=255)]


class NoticeClaims(_Claim):
    """The claims of a platform's notice, by their short names. origin_contexts: where a copy came from."""

    version: str
    deployment_id: Identifier
    notice: NoticeClaim
    context: ContextClaim | None = None
    origin_contexts: list[Identifier] = []
