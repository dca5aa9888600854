"""One WeChat account: its API, access token, quota, and what it remembers of its customers."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping

from kefu.channels.base import ChannelContext
from kefu.channels.platform.calls import PlatformCalls
from kefu.channels.platform.crypto import MessageCrypto
from kefu.channels.platform.freshness import Freshness
from kefu.channels.platform.media import PlatformMedia
from kefu.channels.platform.menus import SentMenus
from kefu.channels.platform.quota import Allowance, QuotaLedger
from kefu.channels.platform.tokens import AccessTokens, Fetched
from kefu.channels.wechat.pushes import Pushes
from kefu.channels.wechat.settings import AccountSettings
from kefu.errors import ChannelError
from kefu.logs import fields

__all__ = ["Account"]

log = logging.getLogger(__name__)

UNIONID_SECONDS = 30 * 86400.0
ASK_AGAIN_SECONDS = 600.0
PASSIVE_SECONDS, LOOK_SECONDS = 86400.0, 30.0
"""How long it is believed that an account may not send, and how often others are asked."""
MEDIA_LIMITS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
"""In bytes."""


class Account:
    """What both kinds of accounts do in the same way.

    Args:
        channel: The channel's name.
        settings: Of credentials.yml.
        context: Of the app.
        allowances: What acts of customers allow to send them.
        can_answer: Whether a push can be answered in its response.
    """

    def __init__(
        self,
        channel: str,
        settings: AccountSettings,
        context: ChannelContext,
        *,
        allowances: Mapping[str, Allowance],
        can_answer: bool,
    ) -> None:
        self.settings = settings
        self._can_answer = can_answer
        self._is_passive, self._looked_at = False, -math.inf
        self.name = f"{channel}:{settings.appid}"
        self._passive_key = f"passive:{self.name}"
        self.channel = channel
        self._context = context
        crypto = None
        if settings.keys:
            crypto = MessageCrypto(
                token=settings.token, keys=settings.keys, receiver=settings.appid
            )
        self.freshness = Freshness(context.state, context.clock, name=self.name)
        self.pushes = Pushes(
            token=settings.token,
            crypto=crypto,
            freshness=self.freshness,
            original_id=settings.original_id,
        )
        self.calls = PlatformCalls(settings.api)
        self.calls.use_tokens(
            AccessTokens(
                self._fetch_token,
                name=self.name,
                state=context.state,
                leases=context.leases,
                clock=context.clock,
            )
        )
        self.quota = QuotaLedger(
            context.state, context.clock, name=self.name, allowances=allowances
        )
        self.media = PlatformMedia(self.calls, context.attachments, limits=MEDIA_LIMITS)
        self.menus = SentMenus(context.state, name=self.name)

    def address(self, openid: str) -> str:
        """Return the address of a customer's conversation."""
        return f"{self.channel}-{openid}"

    async def is_first(self, key: str, *, seconds: float = 3600.0) -> bool:
        """Return whether nobody asked this about ``key`` within ``seconds``, in any process."""
        state, full_key = self._context.state, f"once:{self.name}:{key}"
        if await state.get(full_key) is not None:
            return False
        return await state.change(full_key, "1", expected_version=0, expires_in=seconds)

    async def is_passive_only(self) -> bool:
        """Whether customers can be reached in answers to their pushes only.

        As the settings say; else as the platform said within a day, to any process.
        """
        if self.settings.passive_only is not None:
            return self.settings.passive_only
        now = self._context.clock.now()
        if not 0 <= now - self._looked_at < LOOK_SECONDS:
            self._is_passive = await self._context.state.get(self._passive_key) is not None
            self._looked_at = now
        return self._is_passive

    async def note_passive_only(self) -> bool:
        """Take note that the platform does not let the account send; False if it must, by setting.

        It is tried again after a day: the account may have been verified.
        """
        if self.settings.passive_only is not None or not self._can_answer:
            return False
        self._is_passive, self._looked_at = True, self._context.clock.now()
        await self._context.state.put(self._passive_key, "1", expires_in=PASSIVE_SECONDS)
        log.warning(
            "the account may not send customer-service messages (48001: is it verified?); for a "
            "day, customers are answered within five seconds or when they write again",
            extra=fields(account=self.name),
        )
        return True

    async def show_typing(self, openid: str) -> None:
        """Show the customer that an answer is being written; no harm if it cannot be shown."""
        if not self.settings.shows_typing or await self.is_passive_only():
            return
        body = {"touser": openid, "command": "Typing"}
        try:
            await self.calls.ask("/cgi-bin/message/custom/typing", body)
        except ChannelError as error:
            log.debug("typing is not shown", extra=fields(account=self.name, error=str(error)))

    async def identify(self, openid: str) -> None:
        """Tell whom an openid belongs to, once a month: the unionid of all the shop's accounts."""
        customers, state = self._context.customers, self._context.state
        known = f"unionid:{self.name}:{openid}"
        if customers is None or await state.get(known) is not None:
            return
        if not await self.is_first(f"asked:{openid}", seconds=ASK_AGAIN_SECONDS):
            return  # it was asked just now, or could not be answered
        query = {"openid": openid, "lang": "zh_CN"}
        try:
            answer = await self.calls.ask("/cgi-bin/user/info", query=query)
        except ChannelError as error:
            log.info("a customer's unionid is not known", extra=fields(error=str(error)))
            return
        if not answer.is_ok:
            return
        unionid = answer.data.get("unionid")
        if isinstance(unionid, str) and unionid:
            await customers.identify(
                self.address(openid), kind="unionid", value=unionid, is_verified=True
            )
        await state.put(known, "1", expires_in=UNIONID_SECONDS)

    async def _fetch_token(self, *, force: bool) -> Fetched:
        """Ask for the stable token, which stays the same for whoever asks until it nears its end.

        Source: developers.weixin.qq.com, 获取稳定版接口调用凭据.
        """
        answer = await self.calls.ask_freely(
            "/cgi-bin/stable_token",
            {
                "grant_type": "client_credential",
                "appid": self.settings.appid,
                "secret": self.settings.secret,
                "force_refresh": force,
            },
        )
        return answer.token()

    async def keep_file(
        self, media_id: str, *, kind: str, openid: str, seconds: float
    ) -> str | None:
        """Keep a file that a customer sent, if that takes no longer than ``seconds``.

        None: it is not kept; it stays with the platform, for three days.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self.media.fetch(
                    media_id, kind=kind, conversation_id=self.address(openid)
                )
        except (ChannelError, TimeoutError) as error:
            self._context.counters.count(self.channel, "media_not_kept")
            log.warning(
                "a customer's file is not kept",
                extra=fields(account=self.name, error=str(error) or "it took too long"),
            )
            return None
