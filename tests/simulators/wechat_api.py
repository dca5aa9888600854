"""The WeChat platform's API (``api.weixin.qq.com``) on a local port."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web

from tests.simulators.faults import Fault, Faults
from tests.simulators.times import Time
from tests.simulators.wechat_ledgers import Rules, SendLedger, TokenBook
from tests.simulators.wechat_signing import Account

__all__ = ["Media", "Received", "WeChatApi"]

ERRORS = {
    0: "ok",
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40006: "invalid meida size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40125: "invalid appsecret",
    40164: "invalid ip, not in whitelist",
    41001: "access_token missing",
    41005: "media data missing",
    42001: "access_token expired",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45080: "client msgtyping frequently",
    45081: "not in state of typing",
    47001: "data format error",
    48001: "api unauthorized",
    50002: "user limited",
}
REQUIRED = {
    "text": ("content",),
    "image": ("media_id",),
    "voice": ("media_id",),
    "video": ("media_id",),
    "music": ("musicurl", "hqmusicurl", "thumb_media_id"),
    "news": ("articles",),
    "mpnews": ("media_id",),
    "msgmenu": ("list",),
    "link": ("title", "url"),
    "wxcard": ("card_id",),
    "miniprogrampage": ("pagepath", "thumb_media_id"),
}
KINDS = {
    "official": frozenset(REQUIRED) - {"link"},
    "miniprogram": frozenset({"text", "image", "link", "miniprogrampage"}),
}
MEDIA_BYTES = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
ESCAPED = re.compile(rb"(?<!\\)\\u(?=[0-9a-fA-F]{4})")


@dataclass(frozen=True, kw_only=True)
class Received:
    """One message that a customer got."""

    how: str
    """``passive``: in the answer to their own message; ``api``: by message/custom/send."""
    kind: str
    body: Mapping[str, Any]
    at: float

    @property
    def text(self) -> str:
        """The words of it; of a menu, its head and choices."""
        if self.kind == "msgmenu":
            choices = [str(choice["content"]) for choice in self.body["list"]]
            return "\n".join([str(self.body.get("head_content", "")), *choices])
        return str(self.body.get("content") or self.body.get("Content") or "")


@dataclass(frozen=True, kw_only=True)
class Media:
    """A file the platform keeps for three days."""

    kind: str
    data: bytes
    content_type: str
    ends: float
    name: str = ""


class Refused(Exception):
    """The platform says no with an error code."""

    def __init__(self, errcode: int) -> None:
        super().__init__(errcode)
        self.errcode = errcode


@dataclass(kw_only=True)
class WeChatApi:
    """The calls that Kefu makes, and what they did."""

    account: Account
    time: Time
    rules: Rules
    random: Random
    users: Mapping[str, Any]
    """By openid: anything with ``unionid``, ``is_following`` and a list ``received``."""
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    typing: list[tuple[str, str]] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    url: str = ""

    def __post_init__(self) -> None:
        self.faults = Faults(self.random)
        self.ledger = SendLedger(self.rules, self.time)
        self.tokens = TokenBook(self.rules, self.time, self.random)
        self._minute: deque[float] = deque()
        self._apis: dict[tuple[str, str], Callable[..., Awaitable[Any]]] = {
            ("POST", "stable_token"): self._stable_token,
            ("GET", "token"): self._classic_token,
            ("POST", "message/custom/send"): self._send,
            ("POST", "message/custom/typing"): self._typing,
            ("GET", "user/info"): self._user_info,
            ("POST", "media/upload"): self._upload,
            ("GET", "media/get"): self._download,
        }

    def application(self) -> web.Application:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_get("/video/{media_id}", self._video)
        app.router.add_route("*", "/cgi-bin/{api:.+}", self._serve)
        return app

    def keep(self, kind: str, data: bytes, content_type: str, name: str = "") -> str:
        """Keep a file as an uploaded or received one; returns its media id."""
        media_id = "M" + "".join(self.random.choices("abcdefgh_-0123456789", k=63))
        ends = self.time.now() + self.rules.media_lifetime
        self.media[media_id] = Media(
            kind=kind, data=data, content_type=content_type, ends=ends, name=name
        )
        return media_id

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        api = request.match_info["api"]
        self.calls[api] += 1
        fault = self.faults.next(api) or Fault()
        if fault.delay:
            await self.time.sleep(fault.delay)
        if fault.drop == "before":
            return _cut(request)
        if fault.status:
            return web.Response(status=fault.status, text="<html>Bad Gateway</html>")
        try:
            self._refuse(fault.errcode or 0)
            response = await self._answer(api, request)
        except Refused as refusal:
            self.refused[refusal.errcode] += 1
            message = f"{ERRORS[refusal.errcode]} rid: 0123-4567"
            response = _json({"errcode": refusal.errcode, "errmsg": message})
        return _cut(request) if fault.drop == "after" else response

    async def _answer(self, api: str, request: web.Request) -> web.Response:
        serve = self._apis.get((request.method, api))
        if serve is None:
            raise web.HTTPNotFound
        now = self.time.now()
        while self._minute and self._minute[0] < now - 60:
            self._minute.popleft()
        if len(self._minute) >= self.rules.calls_a_minute:
            raise Refused(45011)
        self._minute.append(now)
        if api not in ("stable_token", "token"):
            self._refuse(self.tokens.check(request.query.get("access_token", "")))
        answer = await serve(request)
        return answer if isinstance(answer, web.Response) else _json(answer)

    def _refuse(self, errcode: int) -> None:
        if errcode:
            raise Refused(errcode)

    async def _stable_token(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        self._check_secret(body)
        result = self.tokens.stable(force=body.get("force_refresh") is True)
        if isinstance(result, int):
            raise Refused(result)
        return {"access_token": result[0], "expires_in": result[1]}

    async def _classic_token(self, request: web.Request) -> dict[str, Any]:
        self._check_secret(request.query)
        token, seconds = self.tokens.classic()
        return {"access_token": token, "expires_in": seconds}

    def _check_secret(self, given: Mapping[str, Any]) -> None:
        if given.get("grant_type") != "client_credential":
            raise Refused(40002)
        if given.get("appid") != self.account.appid:
            raise Refused(40013)
        if given.get("secret") != self.account.secret:
            raise Refused(40125)

    async def _send(self, request: web.Request) -> dict[str, Any]:
        # The platform takes \uXXXX in JSON for those six characters; customers then see them.
        body = await _body(request, literally=True)
        if not self.account.is_verified:
            raise Refused(48001)
        user = self.users.get(body.get("touser", ""))
        if user is None:
            raise Refused(40003)
        kind = body.get("msgtype")
        if kind not in KINDS[self.account.kind]:
            raise Refused(40008)
        content = body.get(kind)
        if not isinstance(content, dict) or not all(content.get(n) for n in REQUIRED[kind]):
            raise Refused(44004 if kind == "text" else 47001)
        self._check_content(kind, content)
        if not user.is_following:
            raise Refused(45015)
        self._refuse(self.ledger.take(user.openid))
        user.received.append(Received(how="api", kind=kind, body=content, at=self.time.now()))
        return {"errcode": 0, "errmsg": "ok"}

    def _check_content(self, kind: str, content: Mapping[str, Any]) -> None:
        limited = str(content.get("content") or content.get("head_content") or "")
        if len(limited.encode()) > self.rules.text_bytes:
            raise Refused(45002)
        for name in ("media_id", "thumb_media_id"):
            if name in content:
                self._kept(content[name])
        if kind == "news" and len(content["articles"]) != 1:
            raise Refused(47001)

    def _kept(self, media_id: str) -> Media:
        media = self.media.get(media_id)
        if media is None or media.ends <= self.time.now():
            raise Refused(40007)
        return media

    async def _typing(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        user = self.users.get(body.get("touser", ""))
        if user is None:
            raise Refused(40003)
        if body.get("command") not in ("Typing", "CancelTyping"):
            raise Refused(47001)
        if self.time.now() - user.last_act > 30:
            raise Refused(45081)
        self.typing.append((user.openid, body["command"]))
        return {"errcode": 0, "errmsg": "ok"}

    async def _user_info(self, request: web.Request) -> dict[str, Any]:
        if not self.account.is_verified:
            raise Refused(48001)
        user = self.users.get(request.query.get("openid", ""))
        if user is None:
            raise Refused(40003)
        info = {"subscribe": int(user.is_following), "openid": user.openid}
        if user.unionid:
            info["unionid"] = user.unionid
        if user.is_following:
            info.update(nickname="", language=user.language, subscribe_time=int(user.last_act))
        return info

    async def _upload(self, request: web.Request) -> dict[str, Any]:
        kind = request.query.get("type", "")
        if kind not in MEDIA_BYTES:
            raise Refused(40004)
        form = await request.post()
        part = form.get("media")
        if not isinstance(part, web.FileField):
            raise Refused(41005)
        data = part.file.read()
        if not data or len(data) > MEDIA_BYTES[kind]:
            raise Refused(40006)
        media_id = self.keep(kind, data, part.content_type, part.filename)
        return {"type": kind, "media_id": media_id, "created_at": int(self.time.now())}

    async def _download(self, request: web.Request) -> web.Response:
        media_id = request.query.get("media_id", "")
        media = self._kept(media_id)
        if media.kind == "video":
            return _json({"video_url": f"{self.url}/video/{media_id}"})
        disposition = f'attachment; filename="{media.name or media_id}"'
        return web.Response(
            body=media.data,
            content_type=media.content_type,
            headers={"Content-Disposition": disposition},
        )

    async def _video(self, request: web.Request) -> web.Response:
        media = self._kept(request.match_info["media_id"])
        return web.Response(body=media.data, content_type=media.content_type)


async def _body(request: web.Request, *, literally: bool = False) -> dict[str, Any]:
    raw = await request.read()
    if not raw:
        raise Refused(44002)
    if literally:
        raw = ESCAPED.sub(rb"\\\\u", raw)
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refused(47001) from error
    if not isinstance(body, dict):
        raise Refused(47001)
    return body


def _json(value: Any) -> web.Response:
    # The platform declares its JSON as text/plain often enough to be ready for it.
    return web.Response(text=json.dumps(value, ensure_ascii=False), content_type="text/plain")


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
