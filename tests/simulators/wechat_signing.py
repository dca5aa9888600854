"""How the WeChat platform signs, encrypts and reads; the cryptography is wechatpy's.

Written from the platform's documentation (消息推送, 消息加解密说明). wechatpy is used on purpose: a
second implementation of the scheme, which shares no line with Kefu's.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.etree import ElementTree as ET

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import WeChatException

__all__ = ["Account", "BadAnswer", "SignedRequest", "answer_in", "seal", "signature", "signed"]

TEXT_LIMIT_PASSIVE = 2048
ANSWER_PARTS = {
    "text": ("Content",),
    "image": ("Image/MediaId",),
    "voice": ("Voice/MediaId",),
    "video": ("Video/MediaId",),
    "music": ("Music/ThumbMediaId",),
    "news": ("ArticleCount", "Articles/item/Title", "Articles/item/Url"),
    "transfer_customer_service": (),
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as its owner set it up on the platform's page 开发 - 基本配置."""

    kind: Literal["official", "miniprogram"] = "official"
    appid: str = "wx0123456789abcdef"
    secret: str = "0123456789abcdef0123456789abcdef"
    original_id: str = "gh_0123456789ab"
    token: str = "Kefu2026"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    mode: Literal["plain", "compatible", "encrypted"] = "plain"
    format: Literal["xml", "json"] = "xml"
    is_verified: bool = True
    """Accounts that are not may not use the customer-service API (48001)."""


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """A request to Kefu, ready to be sent."""

    method: Literal["GET", "POST"] = "POST"
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = "text/xml"


class BadAnswer(Exception):
    """What Kefu answered means nothing to the platform; the text says why."""


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(account: Account, plain: str, *, aes_key: str | None = None, appid: str = "") -> str:
    """Return ``plain`` encrypted, in Base64; for another key or appid on request."""
    key = base64.b64decode((aes_key or account.aes_key) + "=")
    return PrpCrypto(key).encrypt(plain, appid or account.appid).decode()


def encoded(account: Account, fields: Mapping[str, Any]) -> str:
    if account.format == "json":
        return json.dumps(fields, ensure_ascii=False)
    return f"<xml>{''.join(_element(name, value) for name, value in fields.items())}</xml>"


def signed(
    account: Account,
    fields: Mapping[str, Any],
    *,
    timestamp: int,
    nonce: str,
    aes_key: str | None = None,
) -> SignedRequest:
    """Return the push of ``fields`` in the account's mode and format."""
    plain = encoded(account, fields)
    moment = {"timestamp": str(timestamp), "nonce": nonce}
    params = {"signature": signature(account.token, *moment.values()), **moment}
    params["openid"] = str(fields.get("FromUserName", ""))
    if account.mode != "plain":
        sealed = seal(account, plain, aes_key=aes_key)
        params["encrypt_type"] = "aes"
        params["msg_signature"] = signature(account.token, *moment.values(), sealed)
        shown = fields if account.mode == "compatible" else {"ToUserName": account.original_id}
        plain = encoded(account, {**shown, "Encrypt": sealed})
    kind = "application/json" if account.format == "json" else "text/xml"
    return SignedRequest(params=params, body=plain.encode(), content_type=kind)


def answer_in(
    account: Account, body: bytes, *, to: str, aes_key: str | None = None
) -> dict[str, Any] | None:
    """Return what a body answered with status 200 tells the customer; None: nothing.

    Raises:
        BadAnswer: It is no answer; the customer is told that the account is out of service.
    """
    if body.strip() in (b"", b"success"):
        return None
    if account.kind == "miniprogram":
        raise BadAnswer("mini-programs answer 'success' or nothing")
    root = _parsed(body)
    if root.find("Encrypt") is not None:
        if account.mode == "plain":
            raise BadAnswer("an encrypted answer in plain mode")
        root = _parsed(_opened(account, root, aes_key).encode())
    elif account.mode == "encrypted":
        raise BadAnswer("a plain answer in encrypted mode")
    return _checked(account, root, to)


def _opened(account: Account, root: ET.Element, aes_key: str | None) -> str:
    envelope = {
        name: root.findtext(name) or ""
        for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")
    }
    if not all(envelope.values()):
        raise BadAnswer(f"the envelope misses a part: {envelope}")
    crypto = WeChatCrypto(account.token, aes_key or account.aes_key, account.appid)
    try:
        return crypto.decrypt_message(
            {"Encrypt": envelope["Encrypt"]},
            envelope["MsgSignature"],
            envelope["TimeStamp"],
            envelope["Nonce"],
        )
    except (WeChatException, ValueError, UnicodeDecodeError) as error:
        raise BadAnswer(f"the envelope does not open: {error!r}") from error


def _checked(account: Account, root: ET.Element, to: str) -> dict[str, Any]:
    kind = root.findtext("MsgType") or ""
    if kind not in ANSWER_PARTS:
        raise BadAnswer(f"no such MsgType: {kind!r}")
    if (root.findtext("ToUserName"), root.findtext("FromUserName")) != (to, account.original_id):
        raise BadAnswer("ToUserName or FromUserName is not those of the message")
    if not (root.findtext("CreateTime") or "").isdigit():
        raise BadAnswer("CreateTime is no number")
    for part in ANSWER_PARTS[kind]:
        if not root.findtext(part):
            raise BadAnswer(f"{part} is missing")
    if kind == "text" and len((root.findtext("Content") or "").encode()) > TEXT_LIMIT_PASSIVE:
        raise BadAnswer("the text is too long")
    return {"MsgType": kind, **{part: root.findtext(part) for part in ANSWER_PARTS[kind]}}


def _parsed(body: bytes) -> ET.Element:
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise BadAnswer(f"not XML: {error}") from error
    if root.tag != "xml":
        raise BadAnswer(f"the root is <{root.tag}>, not <xml>")
    return root


def _element(name: str, value: Any) -> str:
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    safe = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"
