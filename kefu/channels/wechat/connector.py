"""Channel ``wechat``: an official account (公众号).

WeChat waits five seconds for the answer to a push, and pushes again twice. So a message waits up to
``answer_seconds`` for the bot: an answer that is ready is written into the response, which costs no
quota; otherwise the push is acknowledged with ``success`` and the answer follows by the API of
customer-service messages. What the quota does not allow any more waits for the customer's next
message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self

from kefu.channels.base import (
    Answered,
    Capabilities,
    ChannelContext,
    Route,
    WebRequest,
    WebResponse,
)
from kefu.channels.platform.quota import Allowance, Left
from kefu.channels.platform.xml import written_xml
from kefu.channels.wechat.account import Account
from kefu.channels.wechat.arrivals import Said
from kefu.channels.wechat.outgoing import Part, joined
from kefu.channels.wechat.pushes import MAX_PUSH, Push
from kefu.channels.wechat.receiving import SUCCESS, Receiving
from kefu.channels.wechat.sending import Sending, passive_fields
from kefu.channels.wechat.settings import AccountSettings
from kefu.core.messages import Reply
from kefu.errors import ChannelError

__all__ = ["WeChatConnector"]

TWO_DAYS, A_MINUTE = 172_800.0, 60.0
ALLOWANCES = {
    "message": Allowance(5, TWO_DAYS),
    "click": Allowance(3, A_MINUTE),
    "follow": Allowance(3, A_MINUTE),
    "scan": Allowance(3, A_MINUTE),
}
"""Source: developers.weixin.qq.com, 客服消息."""
KINDS = frozenset({"text", "image", "voice", "video", "news", "msgmenu"})


class WeChatConnector:
    """Customers of an official account."""

    name = "wechat"
    capabilities = Capabilities(can_push=True, joins_texts=True)

    def __init__(self, settings: AccountSettings, context: ChannelContext) -> None:
        self._context = context
        self._account = Account(self.name, settings, context, allowances=ALLOWANCES)
        self._receiving = Receiving(self.name, self._account, context)
        self._sending = Sending(self._account, context, kinds=KINDS)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the connector; docs/howto/connect_wechat.md has the settings."""
        return cls(AccountSettings.from_map(settings), context)

    def routes(self) -> Sequence[Route]:
        """Return the one address that WeChat is given."""

        def count() -> None:
            self._context.counters.count(self.name, "too_large")

        return (
            Route(method="GET", path="/webhook", serve=self.check),
            Route(
                method="POST",
                path="/webhook",
                serve=self.push,
                max_body=MAX_PUSH,
                too_large=count,
            ),
        )

    async def left(self, openid: str) -> Left:
        """Return how many messages a customer may still be sent, and until when."""
        return await self._account.quota.left(openid)

    async def check(self, request: WebRequest) -> WebResponse:
        """Answer the check that WeChat does when the address is saved."""
        return self._receiving.checked(request)

    async def push(self, request: WebRequest) -> WebResponse:
        """Take what a customer sent or did, and answer if the answer is ready in time."""
        until = asyncio.get_running_loop().time() + self._account.settings.answer_seconds
        got = await self._receiving.read(request)
        if isinstance(got, WebResponse):
            return got
        push, arrival = got
        said = await self._receiving.said(arrival)
        if said is None:
            return SUCCESS
        return await self._take(push, said, until)

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Send a reply by the API; WeChat gives no id that it could be recognised by."""
        await self._sending.send(reply, delivery_id=delivery_id, openid=recipient)
        return None

    async def close(self) -> None:
        """Close the connections to WeChat."""
        await self._account.calls.close()

    async def _take(self, push: Push, said: Said, until: float) -> WebResponse:
        loop, door = asyncio.get_running_loop(), self._context.door
        message = await self._receiving.message(said, seconds=until - loop.time() - 1.0)
        await self._receiving.release(said.openid)
        answered = await door.answer_within(message, max(0.0, until - loop.time()))
        self._context.spawn(self._account.identify(said.openid))
        if answered is None:
            self._context.spawn(self._account.show_typing(said.openid))
            return SUCCESS
        if not answered.replies:
            return SUCCESS
        return await self._answer(push, answered, until)

    async def _answer(self, push: Push, answered: Answered, until: float) -> WebResponse:
        """Write an answer into the response if it is one message; else let ``send`` send it.

        It is all or nothing: of an answer that was lost on the way, WeChat asks again for the
        whole.
        """
        door, ids = self._context.door, answered.delivery_ids
        part = await self._one_message(answered.replies, until)
        fields = None if part is None else passive_fields(part)
        if part is None or fields is None:
            await door.hand_back(ids)
            return SUCCESS
        self._context.counters.count(self.name, "answered")

        async def written() -> None:
            await door.confirm(ids)

        head = {
            "ToUserName": push.sender,
            "FromUserName": push.fields["ToUserName"],
            "CreateTime": int(self._context.clock.now()),
        }
        body = self._account.pushes.seal(push, written_xml({**head, **fields}))
        return WebResponse(body=body, content_type="application/xml", written=written)

    async def _one_message(self, replies: Sequence[Reply], until: float) -> Part | None:
        parts = [part for reply in replies for part in self._sending.parts(reply)]
        if len(parts) > 1:
            return joined(parts)
        seconds = max(0.0, until - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(seconds):
                return await self._sending.ready(parts[0]) if parts else None
        except (ChannelError, TimeoutError):
            return None
