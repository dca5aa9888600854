"""What customers send, as messages for the gateway."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from kefu.channels.base import InboundMessage
from kefu.channels.platform.media import PlatformMedia
from kefu.channels.showing import meant
from kefu.channels.wecom.api import MAX_BYTES
from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.sessions import CHANNEL, Session, address_of, recipient_of
from kefu.core.content_texts import bracketed, text_of, word
from kefu.core.contents import (
    BEST_SCORE,
    Content,
    File,
    Image,
    Link,
    Location,
    OrderCard,
    ProductCard,
    Rating,
    Video,
    Voice,
)
from kefu.errors import ChannelError
from kefu.logs import fields

__all__ = ["RATING", "Incoming", "menu_key"]

log = logging.getLogger(__name__)

TITLE_KEY = "title"
"""Metadata key under which the caption of the chosen button stands."""

MEDIA: Mapping[str, Callable[..., Content]] = {
    "image": Image,
    "voice": Voice,
    "video": Video,
    "file": File,
}
ATTEMPTS = 2
NAMES = {
    "business_card": "business_card",
    "merged_msg": "chat_history",
    "meeting": "meeting",
    "schedule": "schedule",
    "channels": "channels",
    "note": "note",
    "msgmenu": "menu",
}
"""Words that stand for kinds that have no content of ours."""
RATING = "rating:"
"""What the id of a menu entry begins with that is a mark; the mark and the request follow."""
LONGEST_ANSWER = 12
"""Longer texts are no number, and no title worth looking for."""


class Incoming:
    """Makes messages of entries of an account's log."""

    def __init__(self, enterprise: Enterprise) -> None:
        attachments = enterprise.context.attachments
        self._media = PlatformMedia(enterprise.api.calls, attachments, limits=MAX_BYTES)
        self._state = enterprise.context.state
        self._door = enterprise.context.door
        self._language = enterprise.context.language

    async def message(
        self, account: str, item: Mapping[str, Any], session: Session
    ) -> InboundMessage:
        """Return the message that ``item`` is.

        A file that cannot be fetched does not keep its message away: it arrives without the file.

        Raises:
            ChannelError: It is no message of a customer.
        """
        customer, msgid = item.get("external_userid"), item.get("msgid")
        if not (isinstance(customer, str) and customer and isinstance(msgid, str) and msgid):
            raise ChannelError("an entry of the log has no msgid, or no external_userid")
        kind = str(item.get("msgtype") or "")
        raw = item.get(kind)
        body: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        metadata = _metadata(account, customer, item, session)
        content, text = None, ""
        if kind == "text":
            text, content = await self._said(address_of(account, customer), body, metadata)
        elif kind in MEDIA:
            address = address_of(account, customer)
            content = await self._media_content(kind, str(body.get("media_id") or ""), address)
            metadata[CHANNEL]["media_id"] = body.get("media_id")
        else:
            content = _other(kind, body)
        return InboundMessage(
            conversation_id=address_of(account, customer),
            text=text or _words(kind, content, self._language()),
            message_id=msgid,
            sender=recipient_of(account, customer),
            content=content,
            input_channel=CHANNEL,
            output_channel=CHANNEL,
            metadata=metadata,
        )

    async def _said(
        self, address: str, body: Mapping[str, Any], metadata: dict[str, Any]
    ) -> tuple[str, Content | None]:
        """Return the text, and the mark that it may be; of a choice, what choosing it says."""
        text, chosen = str(body.get("content") or ""), str(body.get("menu_id") or "")
        if chosen.startswith(RATING):
            return text, _rating(chosen)
        if chosen.startswith("#"):
            stored = await self._state.get(menu_key(chosen))
            chosen = text if stored is None else stored.value
        if not chosen and len(text) <= LONGEST_ANSWER:
            answer = await meant(self._door, address, text)
            if isinstance(answer, Rating):
                return text, answer
            chosen = "" if answer is None else answer.payload or answer.title
        if chosen:
            metadata[TITLE_KEY] = text
        return chosen or text, None

    async def _media_content(self, kind: str, media_id: str, address: str) -> Content:
        for _ in range(ATTEMPTS if media_id else 0):
            try:
                kept = await self._media.fetch(media_id, kind=kind, conversation_id=address)
            except ChannelError as error:
                log.warning("a file was not kept", extra=fields(media=kind, error=str(error)))
                continue
            return MEDIA[kind](attachment=kept)
        return MEDIA[kind]()


def menu_key(menu_id: str) -> str:
    """Return the key under which stands what a choice says that is too long for its id."""
    return f"wecom:menu:{menu_id}"


def _metadata(
    account: str, customer: str, item: Mapping[str, Any], session: Session
) -> dict[str, Any]:
    known: dict[str, Any] = {
        "open_kfid": account,
        "external_userid": customer,
        "sent_at": item.get("send_time"),
    }
    if session.scene or session.scene_param:
        known["scene"], known["scene_param"] = session.scene, session.scene_param
    if session.state is not None:
        known["service_state"] = session.state
    return {CHANNEL: known}


def _other(kind: str, body: Mapping[str, Any]) -> Content | None:
    match kind:
        case "location":
            return _location(body)
        case "link":
            return Link(
                url=str(body.get("url") or ""),
                title=_or_none(body, "title"),
                description=_or_none(body, "desc"),
                image=_or_none(body, "pic_url"),
            )
        case "miniprogram":
            target = f"{body.get('appid') or ''}/{body.get('pagepath') or ''}"
            return Link(url=f"miniprogram://{target}", title=_or_none(body, "title"))
        case "channels_shop_product":
            return ProductCard(
                title=str(body.get("title") or ""),
                product_id=_or_none(body, "product_id"),
                price=_or_none(body, "sales_price"),
                image=_or_none(body, "head_image"),
                description=_or_none(body, "shop_nickname"),
            )
        case "channels_shop_order":
            return OrderCard(
                order_id=str(body.get("order_id") or ""),
                title=_or_none(body, "product_titles"),
                status=_or_none(body, "state"),
                amount=_or_none(body, "price_wording"),
                image=_or_none(body, "image_url"),
            )
        case _:
            return None


def _location(body: Mapping[str, Any]) -> Location | None:
    try:
        latitude, longitude = float(body["latitude"]), float(body["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    return Location(
        latitude=latitude,
        longitude=longitude,
        label=_or_none(body, "name"),
        address=_or_none(body, "address"),
    )


def _rating(chosen: str) -> Rating | None:
    score, _, rating_id = chosen.removeprefix(RATING).partition(":")
    is_score = score.isascii() and score.isdecimal() and int(score[:3]) <= BEST_SCORE
    return Rating(score=int(score), rating_id=rating_id or None) if is_score else None


def _or_none(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    return None if value in (None, "") else str(value)


def _words(kind: str, content: Content | None, locale: str) -> str:
    """Return what stands for a message without words."""
    if content is not None:
        return text_of(content, locale)
    name = NAMES.get(kind)
    return bracketed(name, locale) if name else f"[{kind or word('message', locale)}]"
