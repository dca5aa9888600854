"""What WeChat posts: is it WeChat's, is it for us, is it new, and what does it say.

Sources: developers.weixin.qq.com, 消息推送 and 消息加解密说明.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kefu.channels.base import WebRequest
from kefu.channels.platform.crypto import MessageCrypto, check_signature
from kefu.channels.platform.freshness import Freshness, Stamp
from kefu.channels.platform.xml import read_xml, text_at, written_xml
from kefu.core.nesting import TooDeep, check_depth
from kefu.errors import Untrusted

__all__ = ["MAX_PUSH", "Push", "Pushes", "text_of_field"]

ECHO = re.compile(r"[0-9A-Za-z_+/=-]{1,128}")
MAX_PUSH = 128 * 1024
"""In bytes; the longest text of a customer, encrypted twice over in compatible mode, is 20 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A message or event, decrypted."""

    fields: Mapping[str, Any]
    stamp: Stamp
    """By what a request is known that comes again."""
    key: bytes | None = field(default=None, repr=False)
    """What decrypted it and seals the answer; None: it came in the clear."""

    @property
    def sender(self) -> str:
        """The customer's openid."""
        return text_of_field(self.fields, "FromUserName")

    @property
    def kind(self) -> str:
        """MsgType."""
        return text_of_field(self.fields, "MsgType")


class Pushes:
    """Reads the pushes of one account.

    Args:
        token: The word that pushes are signed with.
        crypto: Decrypts; None: the account pushes in the clear.
        freshness: Refuses what is old or was seen.
        original_id: The account's 原始ID, ``gh_…``; None: it is not compared.
    """

    def __init__(
        self,
        *,
        token: str,
        crypto: MessageCrypto | None,
        freshness: Freshness,
        original_id: str | None = None,
    ) -> None:
        self._token = token
        self._crypto = crypto
        self._freshness = freshness
        self._original_id = original_id

    def echo(self, request: WebRequest) -> bytes:
        """Return what the check of the address wants to hear.

        Raises:
            Untrusted: ``bad_signature``, ``stale``, or ``malformed``: the signature does not cover
                what is to be said back, so that is no more than WeChat's number.
        """
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        check_signature(query.get("signature", ""), self._token, timestamp, nonce)
        self._freshness.check_time(timestamp)
        if not ECHO.fullmatch(query.get("echostr", "")):
            raise Untrusted("malformed", "echostr is none of WeChat's")
        return query["echostr"].encode()

    async def read(self, request: WebRequest) -> Push:
        """Return what was pushed.

        Raises:
            Untrusted: It is not WeChat's, not for this account, old, replayed, or no push. That it
                came is noted by whoever takes what it says: see :class:`Freshness`.
        """
        if len(request.body) > MAX_PUSH:
            raise Untrusted("too_large", f"a push has at most {MAX_PUSH} bytes")
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if self._crypto is None:
            check_signature(query.get("signature", ""), self._token, timestamp, nonce)
            fields, key = _fields(request.body), None
        else:
            fields, key = self._opened(self._crypto, request, timestamp, nonce)
        push = Push(fields=fields, stamp=Stamp.of(timestamp, nonce, request.body), key=key)
        self._check_push(push)
        await self._freshness.noting(push.stamp)
        return push

    def seal(self, push: Push, answer: bytes) -> bytes:
        """Return an answer to ``push`` as it goes out: encrypted if the push was."""
        if push.key is None or self._crypto is None:
            return answer
        return written_xml(
            self._crypto.seal(
                answer, key=push.key, timestamp=push.stamp.timestamp, nonce=push.stamp.nonce
            )
        )

    def _opened(
        self, crypto: MessageCrypto, request: WebRequest, timestamp: str, nonce: str
    ) -> tuple[dict[str, Any], bytes]:
        # The signature covers the encrypted text, so the envelope around it is read before.
        envelope = _fields(request.body)
        opened = crypto.open(
            text_at(envelope, "Encrypt", longest=MAX_PUSH),
            signature=request.query.get("msg_signature", ""),
            timestamp=timestamp,
            nonce=nonce,
        )
        return _fields(opened.message), opened.key

    def _check_push(self, push: Push) -> None:
        if self._crypto is None and "Encrypt" in push.fields and not push.kind:
            raise Untrusted(
                "malformed", "the account pushes encrypted messages: set encoding_aes_key"
            )
        if not push.sender or not push.kind:
            raise Untrusted("malformed", "the push names no FromUserName or no MsgType")
        if self._original_id and text_of_field(push.fields, "ToUserName") != self._original_id:
            raise Untrusted("foreign_appid", "the push is for another account")


def text_of_field(fields: Mapping[str, Any], name: str, *, longest: int = 1024) -> str:
    """Return a field as text; "" when it is missing.

    Raises:
        Untrusted: ``malformed``: it is no text, or longer than ``longest``.
    """
    return text_at(dict(fields), name, longest=longest)


def _fields(body: bytes) -> dict[str, Any]:
    if not body.lstrip().startswith(b"{"):
        return read_xml(body, max_bytes=MAX_PUSH)
    try:
        check_depth(body)
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, TooDeep) as error:
        raise Untrusted("malformed", "the body is neither XML nor JSON") from error
    return {
        name: str(value) if isinstance(value, int | float) else value
        for name, value in decoded.items()
    }
