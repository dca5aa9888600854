"""Callbacks: is it WeCom's, for us and new, and which account has news."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.channels.base import WebRequest
from kefu.channels.platform.crypto import MessageCrypto
from kefu.channels.platform.freshness import Freshness, Stamp
from kefu.channels.platform.xml import read_xml, text_at
from kefu.errors import Untrusted

__all__ = ["MAX_CALLBACK", "Callbacks", "News"]

MAX_CALLBACK = 64 * 1024
EVENT = "kf_msg_or_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An account has news; nothing is said about what."""

    account: str
    token: str


class Callbacks:
    """Reads the callbacks of one enterprise."""

    def __init__(self, crypto: MessageCrypto, freshness: Freshness, *, corp_id: str) -> None:
        self._crypto = crypto
        self._freshness = freshness
        self._corp_id = corp_id

    def echo(self, request: WebRequest) -> bytes:
        """Return what the check of the address wants to hear.

        Raises:
            Untrusted: It is not the platform that asks.
        """
        query = request.query
        timestamp = query.get("timestamp", "")
        opened = self._crypto.open(
            query.get("echostr", ""),
            signature=query.get("msg_signature", ""),
            timestamp=timestamp,
            nonce=query.get("nonce", ""),
        )
        self._freshness.check_time(timestamp)
        return opened.message

    async def read(self, request: WebRequest) -> News | None:
        """Return which account has news; None for other events, which are not ours.

        Raises:
            Untrusted: It is not WeCom's, not for this enterprise, old, replayed, or nonsense.
        """
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        envelope = read_xml(request.body, max_bytes=MAX_CALLBACK)
        opened = self._crypto.open(
            text_at(envelope, "Encrypt", longest=MAX_CALLBACK),
            signature=query.get("msg_signature", ""),
            timestamp=timestamp,
            nonce=nonce,
        )
        event = read_xml(opened.message, max_bytes=MAX_CALLBACK)
        if text_at(event, "ToUserName") != self._corp_id:
            raise Untrusted("foreign_appid", "the callback is for another enterprise")
        await self._freshness.check(Stamp.of(timestamp, nonce, request.body))
        if text_at(event, "Event") != EVENT:
            return None
        account = text_at(event, "OpenKfId", longest=128)
        if not account:
            raise Untrusted("malformed", "the callback names no account")
        return News(account=account, token=text_at(event, "Token", longest=256))
