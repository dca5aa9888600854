"""A WeChat platform on this machine: official accounts, and mini-programs' customer service.

::

    async with WeChat(Account(mode="encrypted"), callback_url=kefu) as platform:
        customer = platform.customer()
        push = await customer.says("你好")       # posts to Kefu, repeats, reads the answer
        push.outcome, customer.texts             # what came of it, what the customer has seen

Kefu calls ``platform.url`` instead of ``https://api.weixin.qq.com``. What follows the public
protocol is written down in ``tests/simulators/README.md``, assumptions included.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Any, Literal, Self

import aiohttp
from aiohttp import web
from yarl import URL

from tests.simulators.times import RealTime, Time
from tests.simulators.wechat_api import Received, WeChatApi
from tests.simulators.wechat_ledgers import Rules
from tests.simulators.wechat_signing import (
    Account,
    BadAnswer,
    SignedRequest,
    answer_in,
    signature,
    signed,
)

__all__ = ["Account", "Customer", "Push", "Received", "Rules", "Try", "WeChat"]

OUT_OF_SERVICE = "该公众号暂时无法提供服务，请稍后再试"
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)

Loss = Literal["request", "connection", "answer"]
"""How a try goes wrong on the way: cut in the middle of the request, cut behind it without waiting
for the answer, or the answer is lost after Kefu gave it."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """One request of a push and what came back."""

    status: int | None = None
    """None: no answer arrived."""
    body: bytes = b""
    problem: str = ""
    """Why it counts as unanswered, such as ``timeout``."""


@dataclass(kw_only=True)
class Push:
    """One message or event on its way to Kefu."""

    openid: str
    fields: Mapping[str, Any]
    tries: list[Try] = field(default_factory=list)
    outcome: Literal["success", "answered", "unanswered", "bad"] = "unanswered"
    answer: Mapping[str, Any] | None = None
    """The passive answer the customer saw."""
    complaint: str = ""
    """What was wrong with a bad answer."""

    @property
    def is_accepted(self) -> bool:
        """Whether the platform was told that Kefu has it."""
        return self.outcome in ("success", "answered")


class WeChat:
    """The platform for one account: its API, its pushes, its customers."""

    def __init__(
        self,
        account: Account | None = None,
        *,
        callback_url: str | Callable[[], str] = "",
        time: Time | None = None,
        rules: Rules | None = None,
        seed: int = 0,
    ) -> None:
        self.account = account or Account()
        self.callback_url = callback_url
        self.time: Time = time or RealTime()
        self.rules = rules or Rules()
        self.random = Random(seed)
        self.customers: dict[str, Customer] = {}
        self.api = WeChatApi(
            account=self.account,
            time=self.time,
            rules=self.rules,
            random=Random(seed + 1),
            users=self.customers,
        )
        self.pushes: list[Push] = []
        self.retries_are_signed_anew = True
        self._message_number = 20_000_000_000_000_000 + self.random.randrange(10**12)
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.api.application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.api.url = f"http://127.0.0.1:{port}"
        # Requests name no time-out: the platform's five seconds pass in simulated time.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": "Mozilla/4.0"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        assert self._runner is not None
        await self._session.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where Kefu finds the API."""
        return self.api.url

    @property
    def outcomes(self) -> Counter[str]:
        """How many pushes ended in which way."""
        return Counter(push.outcome for push in self.pushes)

    def customer(self, openid: str | None = None, *, unionid: str | None = None) -> Customer:
        """Return the customer ``openid``; one nobody has heard of if there is none yet."""
        openid = openid or "o" + "".join(self.random.choices(ALPHABET, k=27))
        if openid not in self.customers:
            self.customers[openid] = Customer(self, openid, unionid)
        return self.customers[openid]

    def message_id(self) -> int:
        """Return the next MsgId: 64 bits, growing, with gaps."""
        self._message_number += self.random.randrange(1, 1000)
        return self._message_number

    def nonce(self) -> str:
        return str(self.random.randrange(10**9, 2**31))

    def moment(self) -> dict[str, str]:
        return {"timestamp": str(int(self.time.now())), "nonce": self.nonce()}

    def signed(self, fields: Mapping[str, Any], *, aes_key: str | None = None) -> SignedRequest:
        """Return the request that pushes ``fields`` now."""
        return signed(
            self.account,
            fields,
            timestamp=int(self.time.now()),
            nonce=self.nonce(),
            aes_key=aes_key,
        )

    async def check_url(self) -> bool:
        """Do what the button 提交 of the platform's settings does: is the address Kefu's?"""
        moment = self.moment()
        echo = str(self.random.randrange(10**18))
        signed_by = signature(self.account.token, *moment.values())
        params = {"signature": signed_by, **moment, "echostr": echo}
        tried = await self.request(SignedRequest(method="GET", params=params))
        return tried.status == 200 and tried.body == echo.encode()

    async def push(
        self,
        openid: str,
        fields: Mapping[str, Any],
        *,
        losses: Sequence[Loss | None] = (),
        overlapping: int = 0,
        aes_key: str | None = None,
    ) -> Push:
        """Push ``fields`` until Kefu answers, three tries at most.

        Args:
            openid: Who did it.
            fields: The message or event.
            losses: What befalls the first tries on the way, one entry a try.
            overlapping: So many tries run at once; the answer to the last one counts.
            aes_key: The key to encrypt with, when not the account's.
        """
        push = Push(openid=openid, fields=fields)
        self.pushes.append(push)
        first = self.signed(fields, aes_key=aes_key)
        if overlapping:
            requests = [first, *(self.signed(fields) for _ in range(overlapping - 1))]
            push.tries.extend(await asyncio.gather(*map(self.request, requests)))
            self._conclude(push, push.tries[-1], aes_key)
            return push
        for number in range(self.rules.tries):
            if number and self.rules.retry_pause and push.tries[-1].problem != "timeout":
                await self.time.sleep(self.rules.retry_pause)
            again = number and self.retries_are_signed_anew
            request = self.signed(fields, aes_key=aes_key) if again else first
            loss = losses[number] if number < len(losses) else None
            push.tries.append(await self.request(request, loss=loss))
            if self._conclude(push, push.tries[-1], aes_key):
                break
        if not push.is_accepted:
            self.customer(openid).notices.append(OUT_OF_SERVICE)
        return push

    async def request(self, request: SignedRequest, *, loss: Loss | None = None) -> Try:
        """Send one request to Kefu and wait as long as the platform does."""
        url = self.callback_url if isinstance(self.callback_url, str) else self.callback_url()
        if loss in ("request", "connection"):
            return await self._cut_request(url, request, loss)
        try:
            tried = await self.time.limit(self._exchange(url, request), self.rules.answer_within)
        except TimeoutError:
            return Try(problem="timeout")
        except aiohttp.ClientError as error:
            return Try(problem=type(error).__name__)
        return Try(problem="answer lost") if loss == "answer" else tried

    async def _exchange(self, url: str, request: SignedRequest) -> Try:
        assert self._session is not None
        async with self._session.request(
            request.method,
            url,
            params=request.params,
            data=BytesIO(request.body) if request.body else None,
            headers={"Content-Type": request.content_type},
        ) as response:
            return Try(status=response.status, body=await response.read())

    async def _cut_request(self, url: str, request: SignedRequest, loss: Loss) -> Try:
        target = URL(url).update_query(request.params)
        assert target.host is not None
        head = (
            f"{request.method} {target.raw_path_qs} HTTP/1.1\r\nHost: {target.host}\r\n"
            f"Content-Type: {request.content_type}\r\nContent-Length: {len(request.body)}\r\n\r\n"
        )
        sent = request.body[: len(request.body) // 2] if loss == "request" else request.body
        try:
            _, writer = await asyncio.open_connection(target.host, target.port)
            writer.write(head.encode() + sent)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except OSError as error:
            return Try(problem=type(error).__name__)
        return Try(problem=f"{loss} cut")

    def _conclude(self, push: Push, tried: Try, aes_key: str | None) -> bool:
        """Note what an answer means; True ends the push."""
        if tried.status is None or tried.status >= 500:
            return False
        customer = self.customer(push.openid)
        try:
            if tried.status != 200:
                raise BadAnswer(f"status {tried.status}")  # noqa: TRY301 - read like a bad body
            answer = answer_in(self.account, tried.body, to=push.openid, aes_key=aes_key)
        except BadAnswer as bad:
            push.outcome, push.complaint = "bad", str(bad)
            return True
        push.outcome = "success" if answer is None else "answered"
        if answer is not None:
            push.answer = answer
            got = Received(how="passive", kind=answer["MsgType"], body=answer, at=self.time.now())
            customer.received.append(got)
        return True


class Customer:
    """Somebody with WeChat: what they do reaches Kefu, what they get is remembered."""

    def __init__(self, platform: WeChat, openid: str, unionid: str | None = None) -> None:
        self._platform = platform
        self.openid = openid
        self.unionid = unionid
        self.language = "zh_CN"
        self.is_following = True
        self.last_act = 0.0
        self.received: list[Received] = []
        self.notices: list[str] = []

    @property
    def texts(self) -> list[str]:
        """The words of everything they got, oldest first."""
        return [received.text for received in self.received]

    @property
    def messages_left(self) -> int:
        """How many messages Kefu may still send them now, as the platform counts."""
        return self._platform.api.ledger.left(self.openid)

    async def says(self, text: str, *, menu_id: str | None = None, **push: Any) -> Push:
        """Write a text, or choose an entry of a menu message."""
        extra = {"bizmsgmenuid": menu_id} if menu_id is not None else {}
        return await self.sends("text", {"Content": text, **extra}, **push)

    async def sends_image(self, data: bytes = PICTURE, **push: Any) -> Push:
        media_id = self._keep("image", data, "image/png")
        url = f"{self._platform.url}/video/{media_id}"
        return await self.sends("image", {"PicUrl": url, "MediaId": media_id}, **push)

    async def sends_voice(
        self, data: bytes = b"#!AMR\n", *, recognition: str | None = None, **push: Any
    ) -> Push:
        fields = {"MediaId": self._keep("voice", data, "audio/amr"), "Format": "amr"}
        if recognition is not None:
            fields["Recognition"] = recognition
        return await self.sends("voice", fields, **push)

    async def sends_video(self, data: bytes = b"\0\0\0\x18ftypmp42", **push: Any) -> Push:
        thumb = self._keep("thumb", PICTURE, "image/png")
        media_id = self._keep("video", data, "video/mp4")
        return await self.sends("video", {"MediaId": media_id, "ThumbMediaId": thumb}, **push)

    async def sends_location(self, latitude: float, longitude: float, label: str) -> Push:
        place = {"Location_X": latitude, "Location_Y": longitude, "Scale": 16, "Label": label}
        return await self.sends("location", place)

    async def sends_link(self, url: str, title: str, description: str = "") -> Push:
        return await self.sends("link", {"Title": title, "Description": description, "Url": url})

    async def sends_page(self, title: str, path: str) -> Push:
        """Send a card of the mini-program (mini-program only)."""
        thumb = self._keep("thumb", PICTURE, "image/png")
        card = {"Title": title, "AppId": self._platform.account.appid, "PagePath": path}
        return await self.sends("miniprogrampage", {**card, "ThumbMediaId": thumb, "ThumbUrl": ""})

    async def sends(self, kind: str, fields: Mapping[str, Any], **push: Any) -> Push:
        """Send a message of any kind; its window of 48 hours opens."""
        self._acted("message")
        message_id = self._platform.message_id()
        head = self._head()
        return await self._platform.push(
            self.openid, {**head, "MsgType": kind, **fields, "MsgId": message_id}, **push
        )

    async def follows(self, scene: str | None = None, **push: Any) -> Push:
        self.is_following = True
        extra = {"EventKey": ""} if scene is None else {"EventKey": f"qrscene_{scene}"}
        ticket = {"Ticket": "gQH47joAAAAAAAAAASxodHRw"} if scene is not None else {}
        return await self.does("subscribe", {**extra, **ticket}, "follow", **push)

    async def unfollows(self, **push: Any) -> Push:
        self.is_following = False
        self._platform.api.ledger.close(self.openid)
        return await self.does("unsubscribe", {"EventKey": ""}, **push)

    async def scans(self, scene: str, **push: Any) -> Push:
        fields = {"EventKey": scene, "Ticket": "gQH47joAAAAAAAAAASxodHRw"}
        return await self.does("SCAN", fields, "scan", **push)

    async def clicks(self, key: str, **push: Any) -> Push:
        return await self.does("CLICK", {"EventKey": key}, "click", **push)

    async def views(self, url: str, **push: Any) -> Push:
        return await self.does("VIEW", {"EventKey": url, "MenuId": "1"}, **push)

    async def enters(self, session_from: str = "wxapp", **push: Any) -> Push:
        """Open the mini-program's customer-service window."""
        fields = {"SessionFrom": session_from}
        return await self.does("user_enter_tempsession", fields, "enter", **push)

    async def does(
        self, event: str, fields: Mapping[str, Any], act: str | None = None, **push: Any
    ) -> Push:
        """Cause an event; ``act`` names the window it opens."""
        self._acted(act)
        fields = {**self._head(), "MsgType": "event", "Event": event, **fields}
        return await self._platform.push(self.openid, fields, **push)

    def _head(self) -> dict[str, Any]:
        account = self._platform.account
        now = int(self._platform.time.now())
        return {
            "ToUserName": account.original_id,
            "FromUserName": self.openid,
            "CreateTime": now,
        }

    def _acted(self, act: str | None) -> None:
        self.last_act = self._platform.time.now()
        if act is not None:
            self._platform.api.ledger.opened_by(self.openid, act)

    def _keep(self, kind: str, data: bytes, content_type: str) -> str:
        return self._platform.api.keep(kind, data, content_type)
