"""The answer to a picker: a signed LtiDeepLinkingResponse with our own content items (Deep Linking 2.0).

pylti1p3's DeepLink frames the message. Ours are the checks of what the LMS takes, the line item and
`custom` of an item, `data` only where it was given, and the key id (lti.md §4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt
from flask_babel import gettext as _
from pylti1p3.deep_link import DeepLink
from pylti1p3.registration import Registration

from lti_tool.launch.link_targets import CHECK_INS_COLUMN, FIELD, OFFERS, Offer
from lti_tool.records import platform

RESOURCE_LINK = "ltiResourceLink"
LIFETIME = timedelta(minutes=5)
_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


class PickRefused(ValueError):
    """What was chosen cannot be sent; `args[0]` is the sentence."""


def takes_links(settings: Mapping[str, Any]) -> bool:
    """Whether the LMS takes the one kind of item we have."""
    return RESOURCE_LINK in settings["accept_types"]


def chosen(settings: Mapping[str, Any], names: Sequence[str]) -> list[Offer]:
    """The offers with these names, in the order of the page.

    Raises:
        PickRefused: the LMS takes no links, or not so many; nothing, or something unknown was chosen.
    """
    if not takes_links(settings):
        raise PickRefused(_("Your LMS does not take links to a tool in this place."))
    offers = [offer for offer in OFFERS if offer.target.value in names]
    if not names:
        raise PickRefused(_("Choose what to add."))
    if len(offers) != len(names):
        raise PickRefused(_("Choose from the list."))
    if len(offers) > 1 and not settings["accept_multiple"]:
        raise PickRefused(_("Your LMS takes one link at a time here. Choose one."))
    return offers


def content_item(offer: Offer, *, launch_url: str, lineitems: bool, resource_id: str) -> dict[str, Any]:
    """One ltiResourceLink. lineitems: the LMS may make a column of the gradebook for it."""
    item: dict[str, Any] = {
        "type": RESOURCE_LINK,
        "title": str(offer.title),
        "text": str(offer.sentence),
        "url": launch_url,
        "custom": {FIELD: offer.target.value},
    }
    if offer.graded and lineitems:
        item["lineItem"] = {**CHECK_INS_COLUMN, "resourceId": resource_id}
    return item


class Answer(DeepLink):
    """One answer to one picker. settings: the `deep_linking` of the session (launch/messages.py)."""

    def __init__(
        self,
        registration: platform.Registration,
        key: platform.SigningKey,
        settings: Mapping[str, Any],
        now: datetime,
    ) -> None:
        ours = Registration().set_issuer(registration.issuer).set_client_id(registration.client_id)
        super().__init__(ours, settings["deployment"], settings)  # type: ignore[arg-type]
        self._issuer, self._key, self._now = registration.issuer, key, now

    def signed(self, items: Iterable[dict[str, Any]], *, said: str) -> str:
        """The JWT to post; `said` is the line the LMS may show the person."""
        message = self.get_message_jwt([])
        issued = int(self._now.timestamp())
        message |= {"aud": self._issuer, "iat": issued}
        message["exp"] = issued + int(LIFETIME.total_seconds())
        message[_DL + "content_items"] = chosen_items = list(items)
        message[_DL + "msg"] = said
        message[_DL + "log"] = f"{len(chosen_items)} content items"
        if message[_DL + "data"] is None:
            del message[_DL + "data"]
        return self.encode_jwt(message)

    def encode_jwt(self, message: dict[str, object]) -> str:
        return jwt.encode(message, self._key.private_pem, algorithm="RS256", headers={"kid": self._key.kid})
