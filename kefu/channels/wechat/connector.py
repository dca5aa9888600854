"""What connectors of both kinds of WeChat accounts have in common."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from kefu.channels.base import Capabilities, ChannelContext, Route, WebRequest, WebResponse
from kefu.channels.platform.quota import Allowance, Left
from kefu.channels.wechat.account import Account
from kefu.channels.wechat.arrivals import Said
from kefu.channels.wechat.pushes import MAX_PUSH, Push
from kefu.channels.wechat.receiving import SUCCESS, Receiving
from kefu.channels.wechat.sending import Sending
from kefu.channels.wechat.settings import AccountSettings
from kefu.core.messages import Reply
from kefu.errors import Untrusted

__all__ = ["AccountConnector"]


class AccountConnector(ABC):
    """Customers of one account: checked, received and sent to in one way.

    What a kind of account allows stands in the class; what it does with a message is
    :meth:`_take`.
    """

    name: ClassVar[str]
    allowances: ClassVar[Mapping[str, Allowance]]
    """What acts of customers allow to send them."""
    kinds: ClassVar[frozenset[str]]
    """The msgtypes that can be sent."""
    can_answer: ClassVar[bool]
    """Whether a push can be answered in its response."""
    capabilities = Capabilities(can_push=True, joins_texts=True)

    def __init__(self, settings: AccountSettings, context: ChannelContext) -> None:
        self._context = context
        self._account = Account(
            self.name, settings, context, allowances=self.allowances, can_answer=self.can_answer
        )
        self._receiving = Receiving(self.name, self._account, context)
        self._sending = Sending(self._account, context, kinds=self.kinds)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the connector; docs/howto/connect_wechat.md has the settings."""
        return cls(AccountSettings.from_map(settings), context)

    def routes(self) -> Sequence[Route]:
        """Return the one address that WeChat is given."""
        return (self._route("GET"), self._route("POST"))

    async def left(self, openid: str) -> Left:
        """Return how many messages a customer may still be sent, and until when."""
        if await self._account.is_passive_only():
            return Left(messages=0, ends=None)
        return await self._account.quota.left(openid)

    async def check(self, request: WebRequest) -> WebResponse:
        """Answer the check that WeChat does when the address is saved."""
        return self._receiving.checked(request)

    async def push(self, request: WebRequest) -> WebResponse:
        """Take what a customer sent or did."""
        until = asyncio.get_running_loop().time() + self._account.settings.answer_seconds
        try:
            push, arrival = await self._receiving.read(request)
            said = await self._receiving.said(push, arrival)
            return SUCCESS if said is None else await self._take(push, said, until)
        except Untrusted as error:
            return self._receiving.refused(error)

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Send a reply by the API; WeChat gives no id that it could be recognised by."""
        await self._sending.send(reply, delivery_id=delivery_id, openid=recipient)
        return None

    async def close(self) -> None:
        """Close the connections to WeChat."""
        await self._account.calls.close()

    @abstractmethod
    async def _take(self, push: Push, said: Said, until: float) -> WebResponse:
        """Take what a customer said, and answer the push.

        Args:
            push: What was pushed.
            said: What it says.
            until: When the answer must be written, by the event loop's clock.

        Raises:
            Untrusted: It was replayed just now.
        """

    def _route(self, method: Any) -> Route:
        return Route(
            method=method,
            path="/webhook",
            serve=self.check if method == "GET" else self.push,
            max_body=MAX_PUSH,
            too_large=lambda: self._context.counters.count(self.name, "too_large"),
        )
