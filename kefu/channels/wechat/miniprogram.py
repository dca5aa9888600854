"""Channel ``wechat_miniprogram``: customer-service messages of a mini-program (小程序客服消息).

Pushed in XML or JSON, always acknowledged with ``success``: there are no answers in the response,
so every reply goes through the API and its quota.
"""

from __future__ import annotations

import asyncio

from kefu.channels.base import ChannelContext, WebResponse
from kefu.channels.platform.quota import Allowance
from kefu.channels.wechat.arrivals import Said
from kefu.channels.wechat.connector import AccountConnector
from kefu.channels.wechat.pushes import Push
from kefu.channels.wechat.receiving import SUCCESS
from kefu.channels.wechat.settings import AccountSettings
from kefu.errors import ChannelError

__all__ = ["MiniProgramConnector"]

ALLOWANCES = {"message": Allowance(5, 172_800.0), "enter": Allowance(2, 60.0)}
"""Source: developers.weixin.qq.com, 小程序客服消息."""


class MiniProgramConnector(AccountConnector):
    """Customers in the customer-service window of a mini-program."""

    name = "wechat_miniprogram"
    allowances = ALLOWANCES
    kinds = frozenset({"text", "image", "link", "miniprogrampage"})
    can_answer = False

    def __init__(self, settings: AccountSettings, context: ChannelContext) -> None:
        if settings.passive_only:
            raise ChannelError("'passive_only': a mini-program cannot be answered in the response")
        super().__init__(settings, context)

    async def _take(self, push: Push, said: Said, until: float) -> WebResponse:
        seconds = until - asyncio.get_running_loop().time()
        message = await self._receiving.message(said, seconds=seconds)
        receipt = await self._receiving.handed_over(
            push,
            said,
            lambda changes: self._context.door.receive(message, changes=changes),
        )
        if not receipt.is_repeat:
            self._context.spawn(self._account.show_typing(said.openid))
        return SUCCESS
