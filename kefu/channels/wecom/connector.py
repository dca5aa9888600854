"""Channel ``wecom``: customers who write to a 客服 account of WeCom (企业微信 · 微信客服)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Route,
    WebRequest,
    WebResponse,
)
from kefu.channels.platform.crypto import MessageCrypto
from kefu.channels.platform.freshness import Freshness
from kefu.channels.platform.quota import Left
from kefu.channels.wecom.callbacks import MAX_CALLBACK, Callbacks
from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.events import Events
from kefu.channels.wecom.inbox import Inbox
from kefu.channels.wecom.incoming import Incoming
from kefu.channels.wecom.outgoing import Outgoing
from kefu.channels.wecom.pulling import Puller
from kefu.channels.wecom.reading import Reader
from kefu.channels.wecom.sending import Sender
from kefu.channels.wecom.sessions import CHANNEL
from kefu.channels.wecom.settings import WeComSettings
from kefu.core.messages import Reply
from kefu.errors import Untrusted

__all__ = ["WeComConnector"]

STATUS = {"too_large": 413, "malformed": 400}
"""Of refused callbacks; 403 for all other reasons. The platform takes any for "not delivered"."""


class WeComConnector:
    """Takes callbacks, pulls messages, sends replies."""

    name = CHANNEL
    capabilities = Capabilities(can_push=True, joins_texts=True)

    def __init__(
        self, enterprise: Enterprise, callbacks: Callbacks, puller: Puller, sender: Sender
    ) -> None:
        self._enterprise = enterprise
        self._callbacks = callbacks
        self._puller = puller
        self._sender = sender

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the channel and begin to pull its accounts."""
        own = WeComSettings.from_raw(settings)
        enterprise = Enterprise.from_settings(own, context)
        crypto = MessageCrypto(token=own.token, keys=own.keys, receiver=own.corp_id)
        freshness = Freshness(context.state, context.clock, name=f"{CHANNEL}:{own.corp_id}")
        sender = Sender(enterprise, Outgoing(enterprise).messages)
        events = Events(enterprise, failed=sender.failed)
        inbox = Inbox(enterprise, Incoming(enterprise), events)
        puller = Puller(
            Reader(enterprise, inbox).read_all,
            state=context.state,
            leases=context.leases,
            clock=context.clock,
            spawn=context.spawn,
            every=own.pull_every,
        )
        context.spawn(puller.keep_pulling(own.open_kfids))
        return cls(
            enterprise,
            Callbacks(crypto, freshness, corp_id=own.corp_id),
            puller,
            sender,
        )

    def routes(self) -> Sequence[Route]:
        """Return the address that the platform checks and calls."""
        return (
            Route(method="GET", path="/webhook", serve=self.check),
            Route(
                method="POST",
                path="/webhook",
                serve=self.called,
                max_body=MAX_CALLBACK,
                too_large=lambda: self._enterprise.count("too_large"),
            ),
        )

    async def check(self, request: WebRequest) -> WebResponse:
        """Answer the check of the address, which the platform makes when it is entered."""
        try:
            return WebResponse(body=self._callbacks.echo(request))
        except Untrusted as refusal:
            return self._refused(refusal)

    async def called(self, request: WebRequest) -> WebResponse:
        """Take note that an account has news, and answer at once: the news are pulled."""
        try:
            news = await self._callbacks.read(request)
        except Untrusted as refusal:
            return self._refused(refusal)
        if news is not None:
            self._enterprise.count("callbacks")
            self._puller.wish(news.account, news.token)
        return WebResponse(body=b"success")

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Send a reply through the API."""
        return await self._sender.send(reply, delivery_id=delivery_id, recipient=recipient)

    async def left(self, recipient: str) -> Left:
        """Return how many messages a customer may still be sent, and until when."""
        return await self._enterprise.ledger.left(recipient)

    async def close(self) -> None:
        """Close the connections to the platform."""
        await self._enterprise.api.close()

    def _refused(self, refusal: Untrusted) -> WebResponse:
        self._enterprise.count(refusal.what)
        return WebResponse(status=STATUS.get(refusal.what, 403), body=b"refused")
