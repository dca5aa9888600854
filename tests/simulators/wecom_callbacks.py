"""WeCom's callbacks: signed and encrypted by wechatpy, and everything an attacker might post."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto

from kefu.clock import Clock, SystemClock
from tests.simulators.posting import Attempt, Callback, Posted, Poster

__all__ = ["WeComCallbacks"]

OTHER_KEY = b64encode(b"another key of thirty-two bytes!").decode().rstrip("=")

EVENT = (
    "<xml><ToUserName><![CDATA[{corp}]]></ToUserName><CreateTime>{time}</CreateTime>"
    "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event>"
    "<Token><![CDATA[{token}]]></Token><OpenKfId><![CDATA[{account}]]></OpenKfId></xml>"
)
ENVELOPE = (
    "<xml><ToUserName><![CDATA[{corp}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
    "<AgentID><![CDATA[]]></AgentID></xml>"
)


@dataclass(kw_only=True)
class WeComCallbacks:
    """Makes callbacks of one enterprise and posts them to ``url``."""

    url: str
    corp_id: str
    token: str
    aes_key: str
    clock: Clock = field(default_factory=SystemClock)
    deadline: float = 5.0
    made: list[Callback] = field(default_factory=list)
    """Every callback that was posted, for replays."""

    @property
    def poster(self) -> Poster:
        return Poster(url=self.url, deadline=self.deadline)

    async def check_address(self) -> tuple[Attempt, str]:
        """Check the address as the console does; return the answer and the right one."""
        echo = secrets.token_hex(10)
        encrypted = self.encrypt(echo)
        return await self.poster.get({**self.signed(encrypted), "echostr": encrypted}), echo

    async def post(self, account: str, sync_token: str) -> Posted:
        """Post the signal that an account has news, with retries."""
        callback = self.callback(account, sync_token)
        self.made.append(callback)
        return await self.poster.post(callback)

    def callback(self, account: str, sync_token: str, **tricks: Any) -> Callback:
        """Make the signal of an account.

        Args:
            account: Its open_kfid.
            sync_token: The token that a pull shows.
            tricks: ``corp_id`` (encrypted for somebody else), ``aes_key`` (another key),
                ``timestamp`` (seconds, stale or in the future), ``signature`` (a wrong one),
                ``inner`` (another XML inside).
        """
        inner = tricks.get("inner") or EVENT.format(
            corp=self.corp_id, time=int(self.clock.now()), token=sync_token, account=account
        )
        encrypted = self.encrypt(
            inner, corp_id=tricks.get("corp_id"), aes_key=tricks.get("aes_key")
        )
        query = self.signed(encrypted, timestamp=tricks.get("timestamp"))
        if "signature" in tricks:
            query["msg_signature"] = tricks["signature"]
        body = ENVELOPE.format(corp=self.corp_id, encrypted=encrypted)
        return Callback(query=query, body=body.encode())

    def hostile(self, account: str = "wkAAAA") -> dict[str, Callback]:
        """Return callbacks that must be refused, and nothing else happen, by what is wrong."""
        good = self.callback(account, "sync-token")
        entity = '<!DOCTYPE xml [<!ENTITY a "boom">]>'
        bomb = (
            '<!DOCTYPE xml [<!ENTITY a "ha">'
            + "".join(
                f'<!ENTITY {name} "{f"&{before};" * 10}">'
                for before, name in zip("abcdefgh", "bcdefghi", strict=True)
            )
            + "]>"
        )
        outside = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        inner = EVENT.format(corp=self.corp_id, time=1, token="t", account=account)
        body = good.body.decode()
        return {
            "wrong signature": self.callback(account, "t", signature="0" * 40),
            "no signature": Callback(query={"timestamp": "1", "nonce": "n"}, body=good.body),
            "foreign corp id": self.callback(account, "t", corp_id="wwSomebodyElse0000"),
            "another key": self.callback(account, "t", aes_key=OTHER_KEY),
            "stale": self.callback(account, "t", timestamp=int(self.clock.now()) - 3600),
            "from the future": self.callback(account, "t", timestamp=int(self.clock.now()) + 3600),
            "no XML": Callback(query=good.query, body=b"\x00\xff{}"),
            "cut short": Callback(query=good.query, body=good.body[: len(good.body) // 2]),
            "empty": Callback(query=good.query, body=b""),
            "entity outside": self._with_body(entity + body.replace("<AgentID>", "<AgentID>&a;")),
            "entity inside": self.callback(
                account, "t", inner=entity + inner.replace("<![CDATA[t]]>", "&a;")
            ),
            "entity bomb": self.callback(
                account, "t", inner=bomb + inner.replace("<![CDATA[t]]>", "&i;")
            ),
            "file entity": self.callback(
                account, "t", inner=outside + inner.replace("<![CDATA[t]]>", "&a;")
            ),
            "deeply nested": self.callback(account, "t", inner="<a>" * 5000 + "</a>" * 5000),
            "oversize": self._with_body(body + " " * (2 << 20)),
        }

    def encrypt(self, text: str, *, corp_id: str | None = None, aes_key: str | None = None) -> str:
        crypto = WeChatCrypto(self.token, aes_key or self.aes_key, self.corp_id)
        return PrpCrypto(crypto.key).encrypt(text, corp_id or self.corp_id).decode()

    def signed(self, encrypted: str, *, timestamp: int | None = None) -> dict[str, str]:
        stamp = str(int(self.clock.now()) if timestamp is None else timestamp)
        nonce = secrets.token_hex(5)
        parts = sorted([self.token, stamp, nonce, encrypted])
        signature = sha1("".join(parts).encode()).hexdigest()
        return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}

    def _with_body(self, body: str) -> Callback:
        """Return a body that carries a right signature of what stands in its Encrypt."""
        encrypted = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
        return Callback(query=self.signed(encrypted), body=body.encode())
