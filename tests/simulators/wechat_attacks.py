"""Requests that are not the platform's, or not as it sends them: each must change nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulators.wechat import WeChat
from tests.simulators.wechat_signing import Account, SignedRequest, seal, signature, signed

__all__ = ["ATTACKS", "attack"]

OTHER_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
LAUGHS = "".join(
    f'<!ENTITY {name} "{f"&{of};" * 10}">' for of, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMB = f'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">{LAUGHS}]>'
FILE_ENTITY = '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
NET_ENTITY = '<!DOCTYPE xml [<!ENTITY i SYSTEM "http://127.0.0.1:9/x">]>'

Attack = Callable[[WeChat, Mapping[str, Any]], SignedRequest]


def attack(platform: WeChat, name: str, *, openid: str = "oAttacker") -> SignedRequest:
    """Return the request that ``name`` of :data:`ATTACKS` is.

    ``replayed`` needs to be sent twice: what counts is the second time.
    """
    fields = {
        "ToUserName": platform.account.original_id,
        "FromUserName": openid,
        "CreateTime": int(platform.time.now()),
        "MsgType": "text",
        "Content": f"attack {name}",
        "MsgId": platform.message_id(),
    }
    return ATTACKS[name](platform, fields)


def _wrong_signature(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    stranger = dataclasses.replace(platform.account, token="not the token")
    return _as(platform, stranger, fields)


def _no_signature(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return dataclasses.replace(platform.signed(fields), params={})


def _changed_body(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    """Another message under the signature of this one (shows in encrypted modes only)."""
    request = platform.signed(fields)
    other = platform.signed({**fields, "Content": "something else"})
    return dataclasses.replace(request, body=other.body)


def _stale(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return _at(platform, fields, -3600)


def _from_the_future(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return _at(platform, fields, 3600)


def _replayed(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return platform.signed(fields)


def _foreign_appid(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return _as(platform, dataclasses.replace(platform.account, appid="wxfedcba9876543210"), fields)


def _foreign_account(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return platform.signed({**fields, "ToUserName": "gh_somebodyelse"})


def _foreign_key(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return platform.signed(fields, aes_key=OTHER_KEY)


def _plain_in_encrypted_mode(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return _as(platform, dataclasses.replace(platform.account, mode="plain"), fields)


def _claims_encryption(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    """A plain body whose address says that it is encrypted."""
    request = _plain_in_encrypted_mode(platform, fields)
    params = {**request.params, "encrypt_type": "aes", "msg_signature": "0" * 40}
    return dataclasses.replace(request, params=params)


def _entities(before: str, value: str) -> Attack:
    def request(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
        xml = (
            f"{before}<xml><ToUserName>{fields['ToUserName']}</ToUserName>"
            f"<FromUserName>{fields['FromUserName']}</FromUserName>"
            f"<CreateTime>{fields['CreateTime']}</CreateTime><MsgType>text</MsgType>"
            f"<Content>{value}</Content><MsgId>{fields['MsgId']}</MsgId></xml>"
        )
        return _with_plain(platform, xml)

    return request


def _entities_outside(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    """The envelope itself declares entities."""
    request = platform.signed(fields)
    return dataclasses.replace(request, body=BOMB.encode() + request.body)


def _not_xml(platform: WeChat, _: Mapping[str, Any]) -> SignedRequest:
    return _with_plain(platform, "hello <world")


def _empty(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return dataclasses.replace(platform.signed(fields), body=b"")


def _no_sender(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return platform.signed({k: v for k, v in fields.items() if k != "FromUserName"})


def _no_kind(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return platform.signed({k: v for k, v in fields.items() if k != "MsgType"})


def _not_utf8(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    request = platform.signed({**fields, "Content": "XYZ"})
    return dataclasses.replace(request, body=b"\xff\xfe\xfa" + request.body)


def _deep(platform: WeChat, _: Mapping[str, Any]) -> SignedRequest:
    return _with_plain(platform, "<xml>" * 20_000)


def _oversize(platform: WeChat, fields: Mapping[str, Any]) -> SignedRequest:
    return platform.signed({**fields, "Content": "长" * 2_000_000})


def _bad_base64(platform: WeChat, _: Mapping[str, Any]) -> SignedRequest:
    return _sealed(platform, "!!not base64!!")


def _short_cipher(platform: WeChat, _: Mapping[str, Any]) -> SignedRequest:
    return _sealed(platform, "QUJDRA==")


def _with_plain(platform: WeChat, text: str) -> SignedRequest:
    """Return a well signed request around a text that is no message."""
    if platform.account.mode == "encrypted":
        return _sealed(platform, seal(platform.account, text))
    moment = platform.moment()
    params = {"signature": signature(platform.account.token, *moment.values()), **moment}
    return SignedRequest(params=params, body=text.encode())


def _sealed(platform: WeChat, encrypted: str) -> SignedRequest:
    account = platform.account
    moment = platform.moment()
    params = {
        "signature": signature(account.token, *moment.values()),
        **moment,
        "encrypt_type": "aes",
        "msg_signature": signature(account.token, *moment.values(), encrypted),
    }
    if account.format == "json":
        body = json.dumps({"ToUserName": account.original_id, "Encrypt": encrypted})
        return SignedRequest(params=params, body=body.encode(), content_type="application/json")
    body = (
        f"<xml><ToUserName>{account.original_id}</ToUserName>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    )
    return SignedRequest(params=params, body=body.encode())


def _as(platform: WeChat, account: Account, fields: Mapping[str, Any]) -> SignedRequest:
    return signed(account, fields, timestamp=int(platform.time.now()), nonce=platform.nonce())


def _at(platform: WeChat, fields: Mapping[str, Any], offset: float) -> SignedRequest:
    timestamp = int(platform.time.now() + offset)
    return signed(platform.account, fields, timestamp=timestamp, nonce=platform.nonce())


ATTACKS: Mapping[str, Attack] = {
    "wrong_signature": _wrong_signature,
    "no_signature": _no_signature,
    "changed_body": _changed_body,
    "stale": _stale,
    "from_the_future": _from_the_future,
    "replayed": _replayed,
    "foreign_appid": _foreign_appid,
    "foreign_account": _foreign_account,
    "foreign_key": _foreign_key,
    "plain_in_encrypted_mode": _plain_in_encrypted_mode,
    "claims_encryption": _claims_encryption,
    "entity_bomb": _entities(BOMB, "&i;"),
    "file_entity": _entities(FILE_ENTITY, "&i;"),
    "net_entity": _entities(NET_ENTITY, "&i;"),
    "entities_outside": _entities_outside,
    "not_xml": _not_xml,
    "empty": _empty,
    "no_sender": _no_sender,
    "no_kind": _no_kind,
    "not_utf8": _not_utf8,
    "deep": _deep,
    "oversize": _oversize,
    "bad_base64": _bad_base64,
    "short_cipher": _short_cipher,
}
"""By name. ``changed_body``, ``foreign_appid``, ``foreign_key``, ``plain_in_encrypted_mode``,
``bad_base64`` and ``short_cipher`` mean something in encrypted mode only."""
