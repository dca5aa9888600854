"""Channel ``wechat_miniprogram``: customer-service messages of a mini-program (小程序客服消息).

Pushed in XML or JSON, always acknowledged with ``success``: there are no answers in the response,
so every reply goes through the API and its quota.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self

from kefu.channels.base import Capabilities, ChannelContext, Route, WebRequest, WebResponse
from kefu.channels.platform.quota import Allowance, Left
from kefu.channels.wechat.account import Account
from kefu.channels.wechat.pushes import MAX_PUSH
from kefu.channels.wechat.receiving import SUCCESS, Receiving
from kefu.channels.wechat.sending import Sending
from kefu.channels.wechat.settings import AccountSettings
from kefu.core.messages import Reply

__all__ = ["MiniProgramConnector"]

ALLOWANCES = {"message": Allowance(5, 172_800.0), "enter": Allowance(2, 60.0)}
"""Source: developers.weixin.qq.com, 小程序客服消息."""
KINDS = frozenset({"text", "image", "link", "miniprogrampage"})


class MiniProgramConnector:
    """Customers in the customer-service window of a mini-program."""

    name = "wechat_miniprogram"
    capabilities = Capabilities(can_push=True, joins_texts=True)

    def __init__(self, settings: AccountSettings, context: ChannelContext) -> None:
        self._context = context
        self._account = Account(self.name, settings, context, allowances=ALLOWANCES)
        self._receiving = Receiving(self.name, self._account, context)
        self._sending = Sending(self._account, context, kinds=KINDS)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the connector; docs/howto/connect_wechat_miniprogram.md has the settings."""
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
        """Take what a customer sent or did."""
        until = asyncio.get_running_loop().time() + self._account.settings.answer_seconds
        got = await self._receiving.read(request)
        if isinstance(got, WebResponse):
            return got
        said = await self._receiving.said(got[1])
        if said is None:
            return SUCCESS
        seconds = until - asyncio.get_running_loop().time()
        message = await self._receiving.message(said, seconds=seconds)
        door = self._context.door
        await self._receiving.release(said.openid)
        receipt = await door.receive(message)
        if not receipt.is_repeat:
            self._context.spawn(self._account.show_typing(said.openid))
        return SUCCESS

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Send a reply by the API; WeChat gives no id that it could be recognised by."""
        await self._sending.send(reply, delivery_id=delivery_id, openid=recipient)
        return None

    async def close(self) -> None:
        """Close the connections to WeChat."""
        await self._account.calls.close()
